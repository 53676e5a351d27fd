import { parseConfig } from "../settings/config.ts";
import { importLines } from "../import/report.ts";
import { type Command, CommandError, EXIT } from "./command.ts";

/** `bitrix24-bot import FILE`: takes over the data of the predecessor. */
export const importFile: Command = {
  name: "import",
  synopsis: "import FILE",
  summary: "takes over incidents and subscribers of the predecessor's database",
  details:
    `FILE is the SQLite file of the bot that came before this one; it is never written to. What was taken,
known or not understood is counted and listed. Nobody is told anything. Works before the first start
and beside the running daemon, and a second run doubles nothing.

Uses DATABASE_URL, REGIONS and RETENTION_DAYS.

Exit codes: 0 everything that could be read is here, 1 it could not be done.`,
  operands: ["FILE"],
  failure: { config: EXIT.failed, other: EXIT.failed },
  async run({ operands: [file = ""] }, { env, print, stopSignal }) {
    const config = parseConfig(env, Deno.readTextFileSync, {
      only: ["caFile", "databaseUrl", "databaseAuthToken", "regions", "retentionDays"],
    });
    const { retentionDays } = config;
    const { ImportError, importPredecessor } = await import("../import/import.ts");
    try {
      const report = await importPredecessor({
        file,
        url: config.databaseUrl,
        authToken: config.databaseAuthToken,
        regions: config.regions,
        retentionDays,
        now: Date.now(),
        signal: stopSignal(),
      });
      print(`${importLines(report, { retentionDays }).join("\n")}\n`);
      return EXIT.ok;
    } catch (error) {
      if (error instanceof ImportError) throw new CommandError(error.message, { cause: error });
      throw error;
    }
  },
};
