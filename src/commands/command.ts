import { parseArgs } from "node:util";
import type { Build } from "../build.ts";
import { messageOf } from "../text/errors.ts";

/** Exit codes that scripts and service managers rely on (sysexits.h names for 64 and 78). */
export const EXIT = {
  ok: 0,
  failed: 1,
  unknown: 3,
  usage: 64,
  config: 78,
  interrupted: 130,
} as const;

/** A command's access to the process; `main.ts` creates it. */
export interface Shell {
  readonly build: Build;
  /** The environment, completed by ./.env. */
  readonly env: Readonly<Record<string, string>>;
  /** Problems of ./.env. */
  readonly envFile: { readonly warnings: readonly string[]; readonly isIgnored: boolean };
  /** Writes data to standard output. */
  print(text: string): void;
  /** Writes messages for people to standard error. */
  printError(text: string): void;
  /**
   * A signal that the first SIGTERM or SIGINT aborts; the second ends the process at once. SIGHUP aborts
   * it at a terminal; without one it calls `onHangUp`, if given.
   */
  stopSignal(onHangUp?: () => void): AbortSignal;
}

/** A command line option for parseArgs of `node:util`; `multiple` collects a list. */
export interface Option {
  readonly type: "boolean" | "string";
  readonly short?: string;
  readonly multiple?: boolean;
}

/** Exit codes and output of a command that fails. */
export interface Failure {
  /** Exit code for wrong settings. */
  readonly config: number;
  /** Exit code for other errors. */
  readonly other: number;
  /** Exit code for wrong arguments; 64 by default. */
  readonly usage?: number;
  /** The line for standard output about a problem; by default it goes to standard error. */
  readonly line?: (problem: string) => string;
}

/** A command of the program, the first word after `bitrix24-bot`. */
export interface Command {
  readonly name: string;
  /** Name and arguments, for `--help`. */
  readonly synopsis: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The rest of its own `--help`: behaviour, output, exit codes. */
  readonly details: string;
  readonly options?: Readonly<Record<string, Option>>;
  /** Names of the operands; those in brackets are optional. */
  readonly operands?: readonly string[];
  readonly failure: Failure;
  /** Whether the command itself reports problems of ./.env; otherwise they go to standard error. */
  readonly tellsOfEnvFile?: boolean;
  /**
   * Runs the command and returns the exit code. Heavy modules are imported in here, so that light commands
   * such as a container's probe start fast.
   */
  run(given: Given, shell: Shell): Promise<number>;
}

type Value = string | boolean;

/** The arguments after the name. */
export interface Given {
  readonly options: Readonly<Record<string, Value | readonly Value[] | undefined>>;
  readonly operands: readonly string[];
}

/** Wrong arguments, described by the message. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The command failed; the message is a sentence with the reason and the remedy. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** Parses the arguments after a command's name; "help" for --help. Throws {@linkcode UsageError}. */
export function given(command: Command, args: readonly string[]): Given | "help" {
  const { values, positionals } = parsed(command, args);
  if (values["help"] === true) return "help";
  const known = command.operands ?? [];
  const surplus = positionals[known.length];
  if (surplus !== undefined) throw new UsageError(`unexpected argument "${surplus}"`);
  const missing = known.slice(positionals.length).find((it) => !it.startsWith("["));
  if (missing !== undefined) throw new UsageError(`${command.name} wants a ${missing}`);
  if (positionals.includes("")) throw new UsageError("an argument is empty");
  return { options: values, operands: positionals };
}

function parsed(command: Command, args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { ...command.options, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    // The rest of Node's message is about arguments that begin with a dash, which no command has.
    const [problem = ""] = (error as Error).message.split(". To specify");
    throw new UsageError(problem.charAt(0).toLowerCase() + problem.slice(1), { cause: error });
  }
}

/** The reason of an unexpected error, in words for the operator. */
export function reasonOf(error: unknown): string {
  const reason = messageOf(error);
  // The compiled program unpacks libSQL's driver into TMPDIR to load it.
  const isDriver = /\.node\b/.test(reason) || /Cannot find module '@libsql/.test(reason);
  return isDriver
    ? `the database driver cannot be loaded: ${reason}. Let TMPDIR name a folder that can be written ` +
      `to and that is not mounted with noexec`
    : reason;
}
