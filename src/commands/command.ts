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

/** What a command has of the outside; `main.ts` makes it. */
export interface Shell {
  readonly build: Build;
  /** The environment, filled in from ./.env. */
  readonly env: Readonly<Record<string, string>>;
  /** What is odd about ./.env. */
  readonly envFile: { readonly warnings: readonly string[]; readonly isIgnored: boolean };
  /** To standard output: data and nothing else. */
  print(text: string): void;
  /** To standard error: what a person should read. */
  printError(text: string): void;
  /**
   * From now on the first SIGTERM or SIGINT aborts this; the second ends the process at once. SIGHUP, too,
   * aborts it, but where there is no terminal that could have hung up it calls `onHangUp`, if given.
   */
  stopSignal(onHangUp?: () => void): AbortSignal;
}

/** An option, as `node:util` reads them; `multiple` collects a list. */
export interface Option {
  readonly type: "boolean" | "string";
  readonly short?: string;
  readonly multiple?: boolean;
}

/** How a command ends that cannot do what it should. */
export interface Failure {
  /** Exit code when the settings are wrong. */
  readonly config: number;
  /** Exit code when something unforeseen happens. */
  readonly other: number;
  /** Exit code when it was called wrongly; 64 by default. */
  readonly usage?: number;
  /** The line for standard output; by default the problem goes to standard error. */
  readonly line?: (problem: string) => string;
}

/** One word behind `bitrix24-bot`. */
export interface Command {
  readonly name: string;
  /** What may follow the name, as `--help` shows it. */
  readonly synopsis: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The rest of its own `--help`: what it does, what it prints, its exit codes. */
  readonly details: string;
  readonly options?: Readonly<Record<string, Option>>;
  /** Names of what may stand behind it, those in brackets may be left out. */
  readonly operands?: readonly string[];
  readonly failure: Failure;
  /** It says itself what is odd about ./.env; for all others that goes to standard error. */
  readonly tellsOfEnvFile?: boolean;
  /**
   * Does it and returns the exit code. What is heavy is imported in here: the probe of a container,
   * run every half minute, has no use for a database driver.
   */
  run(given: Given, shell: Shell): Promise<number>;
}

type Value = string | boolean;

/** What was given behind the name. */
export interface Given {
  readonly options: Readonly<Record<string, Value | readonly Value[] | undefined>>;
  readonly operands: readonly string[];
}

/** The command was called wrongly; the message says how. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** It cannot be done; the message is a sentence that says why and what helps. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** Reads what stands behind a command's name; `help` when it asks how. Throws UsageError. */
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
    // Node's further advice is about arguments that begin with a dash, which nobody means here.
    const [problem = ""] = (error as Error).message.split(". To specify");
    throw new UsageError(problem.charAt(0).toLowerCase() + problem.slice(1), { cause: error });
  }
}

/** Why something unforeseen went wrong, in words for whoever runs the program. */
export function reasonOf(error: unknown): string {
  const reason = messageOf(error);
  // The compiled program unpacks libSQL's driver there before it can load it.
  const isDriver = /\.node\b/.test(reason) || /Cannot find module '@libsql/.test(reason);
  return isDriver
    ? `the database driver cannot be loaded: ${reason}. Let TMPDIR name a folder that can be written ` +
      `to and that is not mounted with noexec`
    : reason;
}
