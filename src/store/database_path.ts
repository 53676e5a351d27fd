/**
 * Path of a `file:` address with %-codes decoded; null for the address of a server. The forms are those of
 * libSQL: `file:relative`, `file:/absolute` and `file:///absolute`.
 */
export function databasePath(url: string): string | null {
  const path = /^file:(?:\/\/(?=\/))?(.+)$/i.exec(url)?.[1];
  return path === undefined ? null : decodeURIComponent(path);
}

/** Makes the folder of a database file, if it is missing; nothing for null. */
export async function makeFolder(path: string | null): Promise<void> {
  const folder = /^(.+)\/[^/]+$/.exec(path ?? "")?.[1];
  if (folder) await Deno.mkdir(folder, { recursive: true });
}
