import type { Hold, HoldOptions } from "./lease.ts";
import type { Log } from "../log/log.ts";
import { type Connection, Database, type DatabaseOptions, databasePath } from "./database.ts";
import { holderOfFile, takeFile } from "./file_lock.ts";
import { holderOfLease, type ServerHold, takeLease } from "./server_lease.ts";

/**
 * Takes the right to work on a database: the lock of its file, or the lease on its server. Waits while
 * another bot has it.
 */
export async function takeDatabase(
  { url, authToken }: Pick<DatabaseOptions, "url" | "authToken">,
  options: HoldOptions & { readonly logger: Log },
): Promise<Hold & Partial<Pick<ServerHold, "fence">>> {
  const path = databasePath(url);
  if (path !== null) {
    const real = await realPath(path);
    const { nlink } = await Deno.stat(real).catch(() => ({ nlink: 1 }));
    // Each name of the file would have its own log and lock (https://sqlite.org/howtocorrupt.html, 2.4).
    if ((nlink ?? 1) > 1) {
      options.logger.warning("The database file has several names: use none but this one", {
        path: real,
        names: nlink,
      });
    }
    return await takeFile(`${real}.lock`, options);
  }
  const database = Database.attach({ url, authToken: authToken ?? null });
  try {
    return await takeLease(database, options);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Description of the bot that works on a database; null for none, undefined when unknown. */
export async function databaseHolder(
  url: string,
  database: Connection,
): Promise<string | null | undefined> {
  const path = databasePath(url);
  if (path === null) return await holderOfLease(database);
  return await holderOfFile(`${await Deno.realPath(path)}.lock`);
}

/** Real path of a file that may not exist yet; its folder is made. */
async function realPath(path: string): Promise<string> {
  const slash = path.lastIndexOf("/");
  const folder = slash < 0 ? "./" : path.slice(0, slash + 1);
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) return path;
    const target = await Deno.readLink(path).catch(() => null);
    if (target !== null) return await realPath(target.startsWith("/") ? target : folder + target);
    await Deno.mkdir(folder, { recursive: true });
    return `${await Deno.realPath(folder)}/${path.slice(slash + 1)}`;
  }
}
