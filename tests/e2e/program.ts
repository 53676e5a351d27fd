// The program as a process, with nothing known of its inside: from source, or the compiled binary
// when BITRIX24_BOT_BINARY names it.
import type { World } from "../world.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const BINARY = Deno.env.get("BITRIX24_BOT_BINARY");

/** What to start the program with. */
export function commandOf(args: string[]): { command: string; args: string[] } {
  if (BINARY) return { command: BINARY, args };
  // Quiet of what Deno itself says, such as that it fetches a package for the first time.
  return { command: Deno.execPath(), args: ["run", "-q", "-A", MAIN, ...args] };
}

function program(
  args: string[],
  { env = {}, cwd, clearEnv = true }: {
    env?: Record<string, string>;
    cwd?: string;
    clearEnv?: boolean;
  } = {},
): Deno.Command {
  const kept: Record<string, string> = {};
  for (const name of ["HOME", "PATH", "DENO_DIR", "XDG_CACHE_HOME", "DENO_TLS_CA_STORE"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) kept[name] = value;
  }
  const command = commandOf(args);
  return new Deno.Command(command.command, {
    args: command.args,
    clearEnv,
    env: { ...kept, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the program and reads only the beginning of what it prints, like `… | head -1`. */
export async function runForHead(args: string[], options: Parameters<typeof program>[1] = {}) {
  const child = program(args, options).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  const { code } = await child.status;
  const stderr = await new Response(child.stderr).text();
  return { code, head: new TextDecoder().decode(value), stderr };
}

/** Runs the program to its end. */
export async function run(args: string[], options: Parameters<typeof program>[1] = {}) {
  const { code, stdout, stderr } = await program(args, options).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs the program for as long as a test wants it to; what it prints can be waited for. */
export function start(args: string[], options: Parameters<typeof program>[1] = {}) {
  const child = program(args, options).spawn();
  const stderr = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  const readOn = async () => {
    const { value, done } = await reader.read();
    printed += value ?? "";
    return !done;
  };
  return {
    /** Throws when it ends before it has printed that. */
    async printed(pattern: RegExp): Promise<RegExpExecArray> {
      while (true) {
        const match = pattern.exec(printed);
        if (match) return match;
        if (!await readOn()) throw new Error(`It never printed ${pattern}, but:\n${printed}`);
      }
    },
    async end(signal: Deno.Signal) {
      child.kill(signal);
      while (await readOn());
      const { code } = await child.status;
      return { code, stdout: printed, stderr: await stderr };
    },
  };
}

/** The daemon in the world of a test, as its own process. */
export function daemon(world: World, env: Record<string, string> = {}) {
  const child = program([], { env: { ...world.env, ...env }, cwd: world.folder }).spawn();
  const output = new Response(child.stderr).text();
  const rest = new Response(child.stdout).text();
  return {
    child,
    async end(signal: Deno.Signal) {
      child.kill(signal);
      const { code } = await child.status;
      return { code, log: await output, stdout: await rest };
    },
  };
}
