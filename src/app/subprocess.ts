// Work that is done by another process of this same program.

/** The program's file was replaced or removed since it was started. */
export class ReplacedProgramError extends Error {
  override name = "ReplacedProgramError";
}

/** Runs this program with these arguments and answers what it prints. Throws when it fails. */
export type RunSubprocess = (args: readonly string[], signal: AbortSignal) => Promise<string>;

const SOURCE = new URL("../main.ts", import.meta.url);

/**
 * Remembers which file this program is, to run it again. Another file in its place is never run: a
 * newer version may do something else, and a removed one cannot be run at all. Nothing but the program
 * itself is ever run.
 */
export function createSubprocessRunner(program = Deno.execPath()): RunSubprocess {
  const started = identityOf(program);
  return async (args, signal) => {
    signal.throwIfAborted();
    if (started === null || identityOf(program) !== started) {
      throw new ReplacedProgramError("The program's file was replaced: restart it");
    }
    const own = Deno.build.standalone ? [] : ["run", "-A", "--no-prompt", SOURCE.pathname];
    const child = new Deno.Command(program, {
      args: [...own, ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const kill = () => child.kill("SIGKILL");
    signal.addEventListener("abort", kill);
    try {
      const { success, code, stdout, stderr } = await child.output();
      signal.throwIfAborted();
      const decoder = new TextDecoder();
      if (success) return decoder.decode(stdout);
      const reason = decoder.decode(stderr).trim().split("\n").at(-1) ?? "";
      throw new Error(`Ended with exit code ${code}: ${reason}`);
    } finally {
      signal.removeEventListener("abort", kill);
    }
  };
}

/** Device and inode of a file; null when there is none. */
function identityOf(path: string): string | null {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev} ${ino}`;
  } catch {
    return null;
  }
}
