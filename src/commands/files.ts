import { CommandError } from "./command.ts";

/**
 * Creates a file through a temporary one: `write` fills the path that it gets, and the result then gets its
 * final name, so that half a file is never visible. The temporary file is in a new folder, in which nobody
 * can have placed a link. Existing files are not replaced. Throws CommandError.
 */
export async function fillNew(path: string, write: (partial: string) => Promise<void>) {
  if (await isThere(path)) {
    throw new CommandError(`${path} exists already; choose another name, nothing is replaced`);
  }
  const [, parent = "", name = ""] = /^(.*\/)?([^/]*)$/.exec(path) ?? [];
  let folder: string | null = null;
  try {
    folder = await Deno.makeTempDir({ dir: parent || ".", prefix: `${name}.partial-` });
    const partial = `${folder}/${name || "file"}`;
    await write(partial);
    await give(partial, path);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${path} cannot be written: ${plainly(error)}`, { cause: error });
  } finally {
    if (folder !== null) await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

/** The usual errors of files in plain words. */
export function plainly(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such folder";
  if (error instanceof Deno.errors.PermissionDenied) return "no permission";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  const { code, message = String(error) } = error as { code?: string; message?: string };
  if (code === "ENOSPC") return "the disk is full";
  if (code === "EROFS") return "the file system is read-only";
  return message;
}

/** Gives a file its final name: by a hard link, which replaces no file, or else by renaming. */
async function give(partial: string, path: string): Promise<void> {
  try {
    await Deno.link(partial, path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw error;
    await Deno.rename(partial, path);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new CommandError(`${path} cannot be looked at: ${plainly(error)}`, { cause: error });
  }
}
