import { type Command, EXIT } from "./command.ts";

/**
 * `bitrix24-bot upkeep DATABASE COPY`: the daemon's own heavy work, in a process of its own, so that
 * nothing waits for it and all that it takes is given back. Prints the outcome as JSON.
 */
export const upkeep: Command = {
  name: "upkeep",
  synopsis: "upkeep DATABASE COPY",
  summary: "checks and copies a database; run by the daemon itself",
  details: `With - for a COPY the database itself is written anew.
Not meant for people: use bitrix24-bot backup FILE.

Exit code: 0; how it went is printed as JSON.`,
  operands: ["DATABASE", "COPY"],
  failure: { config: EXIT.failed, other: EXIT.failed },
  async run({ operands: [url = "", target = ""] }, { print }) {
    const { checkAndBackUp, NO_COPY } = await import("../store/upkeep/work.ts");
    // It holds who is told what.
    Deno.umask(0o077);
    print(
      JSON.stringify(await checkAndBackUp({ url, target: target === NO_COPY ? null : target })),
    );
    return EXIT.ok;
  },
};
