/**
 * The number of the user whose rights this process has, asked of the file system: Deno.uid() would want
 * a permission of its own (--allow-sys).
 */
export function ownUser(): number {
  try {
    return ownerOf("/proc/self");
  } catch {
    const folder = Deno.makeTempDirSync();
    try {
      return ownerOf(folder);
    } finally {
      Deno.removeSync(folder);
    }
  }
}

/** Whether a file of this owner, by the number of the user, is ours or root's. */
export function isTrusted(uid: number | null): boolean {
  // Whoever owns the root folder is root; in a user namespace without a root it has another number.
  return [0, ownUser(), ownerOf("/")].includes(uid ?? NaN);
}

function ownerOf(path: string): number {
  return Deno.statSync(path).uid ?? NaN;
}
