import type { Config } from "../../settings/config.ts";
import type { Voice } from "../../telegram/texts/format.ts";
import { inTime } from "../../time/pause.ts";
import type { Shell } from "../command.ts";
import { plainly } from "../files.ts";
import { messageOf } from "../../text/errors.ts";

/** What every question of doctor's goes by. */
export interface Scene {
  readonly config: Config;
  readonly voice: Voice;
  readonly env: Shell["env"];
  readonly build: Shell["build"];
  readonly redact: (text: string) => string;
}

const CONNECT_MS = 5_000;

/** What stands in the way of a file, in the bot's language. */
export function obstacle({ voice, redact }: Scene, error: unknown): string {
  const words = plainly(error);
  return voice.texts.doctor.cannot[words] ?? redact(words);
}

/** Why no file can be made in a folder, or where it would be made; null when it can. */
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

/** The folder of a path, as the system finds it. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

/** Why no connection can be made; null when it can. Nothing is sent. */
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
