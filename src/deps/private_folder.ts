// The runtime unpacks libSQL's driver into the folder for temporary files, under the same name for every
// user, and loads the file that it finds there. A private folder keeps other users from replacing it.
import { isTrusted } from "./user.ts";

/** Parents for the private folder, in the order in which they are tried. */
const USUAL_FOLDERS = ["/tmp", "/var/tmp"];
const STICKY = 0o1000;

/**
 * Runs `load` while TMPDIR names a new folder that only this user and root can enter or replace, and
 * removes the folder afterwards; a loaded library stays in memory. Throws an Error with advice when no
 * such folder can be made.
 */
export async function withPrivateTemp<T>(
  load: () => Promise<T>,
  env: Pick<typeof Deno.env, "get" | "set" | "delete"> = Deno.env,
): Promise<T> {
  const given = env.get("TMPDIR");
  const folder = makePrivateFolder(given ? [given, ...USUAL_FOLDERS] : USUAL_FOLDERS);
  try {
    env.set("TMPDIR", folder);
    return await load();
  } finally {
    if (given === undefined) env.delete("TMPDIR");
    else env.set("TMPDIR", given);
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Makes a folder (0700, random name) in the first of `parents` where others cannot replace it. */
export function makePrivateFolder(parents: readonly string[]): string {
  for (const parent of parents) {
    try {
      if (isSafeParent(parent)) {
        return Deno.makeTempDirSync({ dir: parent, prefix: "bitrix24-bot-" });
      }
    } catch {
      // This parent is missing or read-only; the next one may do.
    }
  }
  throw new Error(
    `the database driver cannot be loaded: ${parents.join(", ")} cannot be written to, or can be ` +
      "changed by other users. Let TMPDIR name a folder of your own, not mounted with noexec",
  );
}

/**
 * Whether other users cannot rename entries of a folder: the folder and all above it belong to this user
 * or root, and those that others may write to are sticky, like /tmp.
 */
function isSafeParent(path: string): boolean {
  const isSafe = (folder: string) => {
    const { uid, mode, isDirectory } = Deno.statSync(folder || "/");
    const isOpen = ((mode ?? 0) & 0o022) !== 0;
    return isDirectory && isTrusted(uid) && (!isOpen || ((mode ?? 0) & STICKY) !== 0);
  };
  const parts = Deno.realPathSync(path).split("/");
  return parts.every((_, index) => isSafe(parts.slice(0, index + 1).join("/")));
}
