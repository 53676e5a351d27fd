/** Id of this process's user, as the file system shows it: Deno.uid() would need --allow-sys. */
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

/** Whether a user id is that of this process or root's. */
export function isTrusted(uid: number | null): boolean {
  // In a user namespace root may have another id; it is the owner of the root folder.
  return [0, ownUser(), ownerOf("/")].includes(uid ?? NaN);
}

function ownerOf(path: string): number {
  return Deno.statSync(path).uid ?? NaN;
}

/**
 * Whether other users of the machine can read or change a file, by its mode and the modes of the
 * folders above it. False for a missing file. False also for another user's file, unless this
 * process is root's: we cannot change the mode of such a file, and rely on it for reading (settings
 * mounted into a container).
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
