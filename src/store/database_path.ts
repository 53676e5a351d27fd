/**
 * The file of a `file:` address, its %-codes decoded; null for the address of a server. libSQL knows
 * `file:relative`, `file:/absolute` and `file:///absolute`.
 */
export function databasePath(url: string): string | null {
  const path = /^file:(?:\/\/(?=\/))?(.+)$/i.exec(url)?.[1];
  return path === undefined ? null : decodeURIComponent(path);
}
