import type { Config } from "../../settings/config.ts";
import type { Voice } from "../../telegram/texts/format.ts";
import { inTime } from "../../time/pause.ts";
import type { Shell } from "../command.ts";
import { plainly } from "../files.ts";
import { messageOf } from "../../text/errors.ts";

/** Common input of all steps of the doctor. */
export interface Scene {
  readonly config: Config;
  readonly voice: Voice;
  readonly env: Shell["env"];
  readonly build: Shell["build"];
  readonly redact: (text: string) => string;
}

const CONNECT_MS = 5_000;

/** An error of a file in plain words of the bot's language. */
export function obstacle({ voice, redact }: Scene, error: unknown): string {
  const words = plainly(error);
  return voice.texts.doctor.cannot[words] ?? redact(words);
}

/** The error of making a file in a folder, or in its nearest existing parent; null when that works. */
export async function folderProblem(folder: string): Promise<unknown> {
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: ".doctor-" }));
    return null;
  } catch (error) {
    const isThere = await Deno.stat(folder).then(() => true, () => false);
    if (isThere || !(error instanceof Deno.errors.NotFound)) return error;
    const parent = folder.replace(/\/+[^/]*\/*$/, "");
    return await folderProblem(parent === folder ? "." : parent || "/");
  }
}

/** The folder part of a path; "." for a bare name. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

/** The problem of connecting to an address; null when it works. Sends nothing. */
export async function reachProblem(hostname: string, port: number): Promise<string | null> {
  const connected = Deno.connect({ hostname, port }).then((connection) => connection.close());
  try {
    await inTime(CONNECT_MS, connected, () => {
      throw new Error(`no answer within ${CONNECT_MS / 1_000} s`);
    });
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
