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
 * on the way to it. What was mounted for us, the file itself or its folder, was handed in from outside:
 * there are no other users beside a container's. False when it is not there.
 */
export function isOpenToOthers(path: string): boolean {
  try {
    const file = Deno.realPathSync(path);
    const { mode, uid } = Deno.statSync(file);
    if (((mode ?? 0) & 0o006) === 0) return false;
    const folder = file.slice(0, file.lastIndexOf("/"));
    const mounts = mountPoints();
    const isHandedIn = mounts.includes(file) || (folder !== "" && mounts.includes(folder));
    if (isHandedIn && uid !== ownUser()) return false;
    const parts = folder.split("/").slice(1);
    return parts.every((_, at) => {
      const { mode } = Deno.statSync(`/${parts.slice(0, at + 1).join("/")}`);
      return ((mode ?? 0) & 0o001) !== 0;
    });
  } catch {
    return false;
  }
}

/** proc(5), /proc/self/mountinfo; none where there is no such file. */
function mountPoints(): string[] {
  try {
    return Deno.readTextFileSync("/proc/self/mountinfo").split("\n").map((line) =>
      (line.split(" ")[4] ?? "").replace(
        /\\(\d{3})/g,
        (_, code) => String.fromCharCode(parseInt(code, 8)),
      )
    );
  } catch {
    return [];
  }
}
