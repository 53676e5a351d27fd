import { type Command, EXIT } from "./command.ts";

/**
 * `bitrix24-bot upkeep DATABASE COPY`: check and backup of a database in a process of its own, started by
 * the daemon. Prints the outcome as JSON.
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
    // The copy has data about people, so only this user may read it.
    Deno.umask(0o077);
    print(
      JSON.stringify(await checkAndBackUp({ url, target: target === NO_COPY ? null : target })),
    );
    return EXIT.ok;
  },
};
