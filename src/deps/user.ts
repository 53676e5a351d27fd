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

/**
 * Whether other users of the machine can read or change a file, by its mode and by those of the folders
 * on the way to it. Of somebody else's file only root is told: we could not change its mode, and without
 * it not read the file, such as the settings that are mounted into a container. False when it is not there.
 */
export function isOpenToOthers(path: string): boolean {
  try {
    const file = Deno.realPathSync(path);
    const { mode, uid } = Deno.statSync(file);
    if (((mode ?? 0) & 0o006) === 0 || ![0, uid].includes(ownUser())) return false;
    const parts = file.split("/").slice(1, -1);
    return parts.every((_, at) => {
      const { mode } = Deno.statSync(`/${parts.slice(0, at + 1).join("/")}`);
      return ((mode ?? 0) & 0o001) !== 0;
    });
  } catch {
    return false;
  }
}
