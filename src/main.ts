import "./deps/runtime.ts";
import { BUILD, versionLine } from "./build.ts";
import { backup } from "./commands/backup.ts";
import { check } from "./commands/check.ts";
import { type Command, EXIT, given, reasonOf, type Shell, UsageError } from "./commands/command.ts";
import { demo } from "./commands/demo.ts";
import { doctor } from "./commands/doctor.ts";
import { exportIncidents } from "./commands/export.ts";
import { health } from "./commands/health.ts";
import { helpOf, usage } from "./commands/help.ts";
import { importFile } from "./commands/import.ts";
import { run } from "./commands/run.ts";
import { upkeep } from "./commands/upkeep.ts";
import { ConfigError } from "./settings/config.ts";
import { trustAuthorities } from "./deps/authorities.ts";
import { readEnvFile } from "./settings/env_file.ts";
import { Outlet } from "./log/outlet.ts";

/** All commands for people, in the order of `--help`. */
export const COMMANDS: readonly Command[] = [
  run,
  doctor,
  check,
  health,
  backup,
  exportIncidents,
  importFile,
  demo,
];

/** Commands that only the daemon runs. */
const INTERNAL: readonly Command[] = [upkeep];

/** Longest wait at the end for standard error, which may have no reader. */
const FLUSH_PATIENCE_MS = 1_000;
const errors = new Outlet({ dropped: (count) => `(${count} lines were dropped)\n` });

/** Runs the command in the arguments and returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  // All files of the program hold data about people, so only this user may read them.
  Deno.umask(0o077);
  const [word = run.name, ...rest] = args;
  if (word === "--help" || word === "-h" || word === "--version" || word === "-V") {
    if (rest[0] !== undefined) return misused(`unexpected argument "${rest[0]}"`);
    const isHelp = word === "--help" || word === "-h";
    print(isHelp ? usage(BUILD.version, COMMANDS) : versionLine(BUILD));
    return EXIT.ok;
  }
  const command = [...COMMANDS, ...INTERNAL].find((it) => it.name === word);
  if (!command) {
    return misused(`unknown ${word.startsWith("-") ? "option" : "command"} "${word}"`);
  }
  try {
    const what = given(command, rest);
    if (what === "help") {
      print(helpOf(command));
      return EXIT.ok;
    }
    return await command.run(what, shell(command));
  } catch (error) {
    return failed(command, error);
  }
}

/** Prints the problem of a failed command to standard error or output; returns the exit code. */
function failed({ name, failure }: Command, error: unknown): number {
  const say = (problem: string) =>
    failure.line ? print(`${failure.line(problem)}\n`) : printError(problem);
  if (error instanceof UsageError) {
    say(misuse(error.message, name));
    return failure.usage ?? EXIT.usage;
  }
  if (error instanceof ConfigError) {
    say(`${error.report()}\n`);
    return failure.config;
  }
  say(`bitrix24-bot ${name}: ${reasonOf(error)}\n`);
  return failure.other;
}

function shell({ tellsOfEnvFile = false }: Command): Shell {
  const envFile = readEnvFile();
  if (!tellsOfEnvFile) { for (const warning of envFile.warnings) printError(`${warning}\n`); }
  const env = environment(envFile.values);
  const authorities = env["CA_FILE"]?.trim();
  if (authorities) trustAuthorities(authorities);
  return { build: BUILD, env, envFile, print, printError, stopSignal };
}

function stopSignal(onHangUp?: () => void): AbortSignal {
  const stop = new AbortController();
  const end = (name: string) => {
    if (stop.signal.aborted) Deno.exit(EXIT.interrupted);
    stop.abort(new Error(name));
  };
  // Determined now, because a terminal that has hung up is no longer recognised as one.
  const hasTerminal = [Deno.stdin, Deno.stdout, Deno.stderr].some((it) => it.isTerminal());
  for (const name of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(name, () => end(name));
  Deno.addSignalListener("SIGHUP", () => {
    if (onHangUp && !hasTerminal) onHangUp();
    // The end of a session sends several SIGHUP; only the first counts.
    else if (!stop.signal.aborted) end("SIGHUP");
  });
  return stop.signal;
}

/** The environment, with unset variables taken from ./.env. */
function environment(values: Readonly<Record<string, string>>): Record<string, string> {
  const env = Deno.env.toObject();
  const missing = Object.entries(values).filter(([name]) => !env[name]?.trim());
  return { ...env, ...Object.fromEntries(missing) };
}

function misused(problem: string): number {
  printError(misuse(problem));
  return EXIT.usage;
}

function misuse(problem: string, command?: string): string {
  const help = `bitrix24-bot ${command === undefined ? "" : `${command} `}--help`;
  return `bitrix24-bot: ${problem}; see ${help}\n`;
}

/** Writes to standard output; a reader that is gone, as in `… | head -1`, is no error. */
function print(text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function printError(text: string): void {
  errors.put(text);
}

if (import.meta.main) {
  const code = await main(Deno.args);
  await errors.flush(FLUSH_PATIENCE_MS);
  Deno.exit(code);
}
