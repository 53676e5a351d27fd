// Work that this same program does in a second process.

/** The program's file was replaced or removed after this process started. */
export class ReplacedProgramError extends Error {
  override name = "ReplacedProgramError";
}

/**
 * Runs this program with these arguments and returns its standard output. Throws when the exit code is
 * not 0, and {@linkcode ReplacedProgramError}. An abort kills the process and is rethrown.
 */
export type RunSubprocess = (args: readonly string[], signal: AbortSignal) => Promise<string>;

const SOURCE = new URL("../main.ts", import.meta.url);

/**
 * Creates the function that runs this program again. The identity of the program's file is remembered
 * now: when an upgrade has put another file in its place, the other version is not run, for its commands
 * may mean something else.
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
