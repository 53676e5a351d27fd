import { resolve } from "node:path";
import { type Config, ConfigError, type ConfigProblem } from "../settings/config.ts";
import { databasePath } from "../store/database_path.ts";

/** Suffixes of files that the bot makes beside its database and its log. */
const DATABASE_PARTS = ["", "-wal", "-shm", "-journal"];
const ROTATED_LOGS = ["", ".1", ".2", ".3", ".4", ".5"];
/** Limit of symbolic links in a path (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Throws ConfigError when the log file is the same as a file of another setting, also through links: the
 * log would be written into it.
 */
export function refuseSameFile(config: Config, tokenFile: string | undefined): void {
  const { logFile } = config;
  if (logFile === null) return;
  const database = databasePath(config.databaseUrl);
  const named: [string, string | null | undefined, readonly string[]][] = [
    ["DATABASE_URL", database, DATABASE_PARTS],
    ["BOT_TOKEN_FILE", tokenFile?.trim() || null, [""]],
    ["CA_FILE", config.caFile, [""]],
    ["NOTICE_FILE", config.noticeFile, [""]],
    [".env", ".env", [""]],
  ];
  const logs = new Set(ROTATED_LOGS.map((part) => identityOf(logFile + part)));
  const problems = named.flatMap(([name, path, parts]): ConfigProblem[] => {
    if (!path || !parts.some((part) => logs.has(identityOf(path + part)))) return [];
    const problem = `names the same file as ${name}, which the log would damage`;
    return [{ variable: "LOG_FILE", problem, example: "data/bot.log" }];
  });
  if (problems.length > 0) throw new ConfigError(problems);
}

/** Device and inode of a file; for a missing file the real path at which it would be made. */
function identityOf(path: string): string {
  let target = resolve(path);
  for (let links = 0; links < MAX_LINKS; links++) {
    try {
      const { dev, ino } = Deno.statSync(target);
      return `${dev}:${ino}`;
    } catch {
      // The file is missing, or a link to a missing file.
    }
    const slash = target.lastIndexOf("/");
    const folder = existing(target.slice(0, slash)) + target.slice(slash);
    try {
      target = resolve(folder, "..", Deno.readLinkSync(folder));
    } catch {
      return folder;
    }
  }
  return target;
}

/** Real path of a folder; of a missing one that of its nearest existing parent, with the rest. */
function existing(folder: string): string {
  try {
    return Deno.realPathSync(folder || "/").replace(/\/$/, "");
  } catch {
    const slash = folder.lastIndexOf("/");
    return existing(folder.slice(0, slash)) + folder.slice(slash);
  }
}
