import { parseConfig } from "../settings/config.ts";
import { type Command, CommandError, EXIT } from "./command.ts";
import { fillNew } from "./files.ts";

/** `bitrix24-bot backup FILE`: a consistent copy of the database. */
export const backup: Command = {
  name: "backup",
  synopsis: "backup FILE",
  summary: "a consistent copy of the database, daemon running or not",
  details:
    `Checks the database of DATABASE_URL from end to end and copies it to FILE, which must not exist
yet; of a damaged one no copy is made. Only the user who runs this can read the copy. The daemon goes
on meanwhile; it makes a copy of its own each day, in the folder backups beside the database.

To put it back: stop the daemon, move the database and the files whose names begin with it away, and
copy FILE to its place.

Exit codes: 0 the copy is there and sound, 1 it is not.`,
  operands: ["FILE"],
  failure: { config: EXIT.failed, other: EXIT.failed },
  async run({ operands: [file = ""] }, { env, print }) {
    const { databaseUrl } = parseConfig(env, Deno.readTextFileSync, { only: ["databaseUrl"] });
    const { fileOf } = await import("../store/open_existing.ts");
    const { checkAndBackUp } = await import("../store/upkeep/work.ts");
    if (await fileOf(databaseUrl) === null) {
      throw new CommandError("DATABASE_URL names a server, which has backups of its own");
    }
    let sizeBytes = 0;
    await fillNew(file, async (partial) => {
      const outcome = await checkAndBackUp({ url: databaseUrl, target: partial });
      if (outcome.kind === "damaged") {
        throw new CommandError(`The database is damaged, no copy is made of it: ${outcome.detail}`);
      }
      if (outcome.kind === "failed") {
        throw new CommandError(`No copy was made: ${problem(outcome.problem, outcome.detail)}`);
      }
      if (outcome.kind === "done") sizeBytes = outcome.sizeBytes;
    });
    print(`${file}: ${sizeBytes} bytes, checked\n`);
    return EXIT.ok;
  },
};

function problem(kind: string, detail: string): string {
  if (kind === "locked") return "another program keeps the database locked";
  if (kind === "full") return "the disk is full";
  if (kind === "read only") return `the database or FILE's folder cannot be written to (${detail})`;
  return detail;
}
