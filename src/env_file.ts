import { parse } from "dotenv";
import { isTrusted } from "./deps/user.ts";

/** What ./.env sets, and what its owner should know about it, a sentence each. */
export interface EnvFile {
  readonly values: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

const NOTHING: EnvFile = { values: {}, warnings: [] };

/**
 * Reads `.env` in the working directory, if it is there. Its settings decide whom the bot talks to, so
 * they are taken only from a folder that nobody but this user and root may put files into. Whose the file
 * is does not matter: a container has it from a user of the machine outside. A group that may write to
 * the folder was given that right by its owner, and is believed.
 */
export function readEnvFile(): EnvFile {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(".env");
    const { uid, mode } = Deno.statSync(".");
    if (!isTrusted(uid) || ((mode ?? 0) & 0o002) !== 0) {
      return { ...NOTHING, warnings: [distrust(isTrusted(uid))] };
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NOTHING;
    const reason = error instanceof Error ? error.message : String(error);
    return { ...NOTHING, warnings: [`.env cannot be read: ${reason}`] };
  }
  return { values: parse(new TextDecoder().decode(bytes)), warnings: [] };
}

function distrust(isOurs: boolean): string {
  const whose = isOurs ? "every user may write to" : "belongs to another user";
  return `.env is not read, because its folder ${whose}; start the bot in a folder of its own`;
}
