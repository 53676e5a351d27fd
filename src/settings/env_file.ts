import { parse } from "dotenv";
import { isTrusted } from "../deps/user.ts";
import { messageOf } from "../text/errors.ts";

/** The settings in ./.env, and sentences about problems in it. */
export interface EnvFile {
  readonly values: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  /** True when the file exists and is ignored as a whole. */
  readonly isIgnored: boolean;
}

/** Variables that the runtime reads from the real environment only. */
const OF_RUNTIME = /^(https?_proxy|all_proxy|no_proxy|deno_.*|ssl_cert_(file|dir)|tmpdir)$/i;

/**
 * Reads `.env` in the working directory, if there is one. Its settings decide with whom the bot talks, so
 * the folder must belong to this user or root and must not be writable for everybody; a group with write
 * permission is trusted. The owner of the file itself is not checked: in a container it may be a user of
 * the host.
 */
export function readEnvFile(): EnvFile {
  try {
    const bytes = Deno.readFileSync(".env");
    const { uid, mode } = Deno.statSync(".");
    const isOurs = isTrusted(uid);
    if (isOurs && ((mode ?? 0) & 0o002) === 0) return parseEnvFile(bytes);
    const whose = isOurs ? "every user may write to" : "belongs to another user";
    return nothing(
      `.env is not read, because its folder ${whose}; start the bot in a folder of its own`,
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { values: {}, warnings: [], isIgnored: false };
    }
    if (isFolder(".env")) {
      return nothing(
        ".env is a folder, which Docker makes where the file to be mounted is missing; where " +
          "compose.yaml is, type: docker compose down; rmdir .env; install -m 644 .env.example .env",
      );
    }
    const reason = messageOf(error);
    return nothing(`.env cannot be read: ${reason}`);
  }
}

/** Reads the content of an env file: UTF-8 with or without a byte order mark, or windows-1251. */
export function parseEnvFile(bytes: Uint8Array): EnvFile {
  if (bytes.includes(0) || /^(fffe|feff)/.test(hex(bytes.subarray(0, 2)))) {
    return nothing(".env is not read, because it is UTF-16 and not UTF-8; save it as UTF-8");
  }
  const text = textOf(bytes);
  const values = parse(text);
  const ofRuntime = Object.keys(values).filter((name) => OF_RUNTIME.test(name));
  return {
    values: Object.fromEntries(Object.entries(values).filter(([name]) => !OF_RUNTIME.test(name))),
    isIgnored: false,
    warnings: [
      ...cutShort(text).map((name) =>
        `.env: the value of ${name} ends before its #, where a comment begins; put the value in quotes`
      ),
      ...strayLines(text).map(([number, odd]) =>
        `.env: line ${number} sets nothing; NAME=value is expected` +
        (odd === undefined ? "" : `, and there is the character ${odd} before its =`)
      ),
      ...ofRuntime.map((name) =>
        `.env: ${name} has no effect here, only in the environment that the bot is started with` +
        (/^(deno_cert|ssl_cert_file)$/i.test(name) ? "; CA_FILE has" : "")
      ),
    ],
  };
}

/** Variables with an unquoted value that has a # within a word: dotenv cuts it there. */
function cutShort(text: string): string[] {
  const lines = text.matchAll(/^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*|:\s+)(.*)$/gm);
  return [...lines].filter(([, , value = ""]) => /^[^\s"'`#][^#]*(?<!\s)#/.test(value))
    .map(([, name = ""]) => name);
}

/** A setting in the syntax of dotenv (18.0.10, index.cjs). */
const SETTING =
  /^\s*(?:export\s+)?[\w.-]+(?:\s*=\s*?|:\s+?)(?:\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/gm;

/** Numbers of lines that dotenv ignores though they are no comments, with the odd character in the name. */
function strayLines(text: string): [number, string | undefined][] {
  const left = text.replace(/\r\n?/g, "\n").replace(SETTING, (it) => it.replace(/[^\n]/g, ""));
  return left.split("\n").flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const odd = /[^\x20-\x7e\t]/u.exec(line.split("=", 1)[0] ?? "")?.[0].codePointAt(0);
    return [[
      index + 1,
      odd === undefined ? odd : `U+${odd.toString(16).toUpperCase().padStart(4, "0")}`,
    ]];
  });
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Settings are ASCII; only comments may be in the old Windows encoding.
    return new TextDecoder("windows-1251").decode(bytes);
  }
}

function nothing(warning: string): EnvFile {
  return { values: {}, warnings: [warning], isIgnored: true };
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((it) => it.toString(16).padStart(2, "0")).join("");
}
