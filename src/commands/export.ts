import { parseConfig } from "../settings/config.ts";
import { incidentsToCsv } from "../export/csv.ts";
import { type Command, EXIT } from "./command.ts";
import { fillNew } from "./files.ts";

/** `bitrix24-bot export [FILE]`: the same CSV as the bot's command /export. */
export const exportIncidents: Command = {
  name: "export",
  synopsis: "export [FILE]",
  summary: "all incidents as CSV; to standard output without FILE",
  details:
    `For Excel: UTF-8 with a byte order mark, semicolons, CRLF, times in UTC. FILE must not exist yet.
Reads the database of DATABASE_URL, daemon running or not.

Exit codes: 0, or 1 when it cannot be read or written.`,
  operands: ["[FILE]"],
  failure: { config: EXIT.failed, other: EXIT.failed },
  async run({ operands: [file = "-"] }, { env, print }) {
    const config = parseConfig(env, Deno.readTextFileSync, {
      only: ["caFile", "databaseUrl", "databaseAuthToken"],
    });
    const { openToRead } = await import("../store/open_existing.ts");
    const { incidentPages } = await import("../store/rows.ts");
    const database = await openToRead({
      url: config.databaseUrl,
      authToken: config.databaseAuthToken,
    });
    try {
      const csv = incidentsToCsv(incidentPages(database), Date.now());
      if (file === "-") { for await (const piece of csv) print(piece); }
      else {
        const bytes = ReadableStream.from(csv).pipeThrough(new TextEncoderStream());
        await fillNew(file, (partial) => Deno.writeFile(partial, bytes, { createNew: true }));
      }
    } finally {
      await database.close();
    }
    return EXIT.ok;
  },
};
