// The runtime unpacks libSQL's driver into the folder of temporary files, under a name that is the same
// for every user of the machine, and loads what it finds there. So it gets a folder of its own for that.
import { isTrusted } from "./user.ts";

/** Where a folder for temporary files may be made, in the order in which they are tried. */
const USUAL_FOLDERS = ["/tmp", "/var/tmp"];
const STICKY = 0o1000;

/**
 * Runs `load` while TMPDIR names a new folder that nobody but this user (and root) can reach or replace;
 * afterwards the folder and all that was unpacked into it are gone: what is mapped into memory needs no
 * name. Throws, with a sentence that says what to do, when there is no place for such a folder.
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

/** A new folder (0700, random name) in the first of `parents` where it cannot be replaced by others. */
export function makePrivateFolder(parents: readonly string[]): string {
  for (const parent of parents) {
    try {
      if (isSafeParent(parent)) {
        return Deno.makeTempDirSync({ dir: parent, prefix: "bitrix24-bot-" });
      }
    } catch {
      // Not there, or not to be written to: the next one may be.
    }
  }
  throw new Error(
    `the database driver cannot be loaded: ${parents.join(", ")} cannot be written to, or can be ` +
      "changed by other users. Let TMPDIR name a folder of your own, not mounted with noexec",
  );
}

/**
 * Whether no other user can rename what is in a folder: it and all above it belong to us or root, and
 * what others may write to is sticky, as /tmp is.
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
