import type { SCENES, Stage } from "./scenes.ts";
import { linesOf, TOKEN } from "./stand_ins.ts";

type Scenes = typeof SCENES;
type Options<Name extends keyof Scenes> = Parameters<Scenes[Name]>[1];
type Result<Name extends keyof Scenes> = Awaited<ReturnType<Scenes[Name]>>;

/** The stand-ins' process, from outside. */
export class StandIns implements AsyncDisposable {
  /** What a program has to be started with to meet them. */
  readonly env: Readonly<Record<string, string>>;
  readonly #process: Deno.ChildProcess;
  readonly #lines: AsyncGenerator<string>;
  readonly #to: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(
    process: Deno.ChildProcess,
    lines: AsyncGenerator<string>,
    { telegram, bitrix24 }: { telegram: string; bitrix24: string },
  ) {
    this.#process = process;
    this.#lines = lines;
    this.#to = process.stdin.getWriter();
    this.env = { BOT_TOKEN: TOKEN, TELEGRAM_API_ROOT: telegram, STATUS_URL: bitrix24 };
  }

  /** Starts both. With `hasLimits`, Telegram answers 429 to what is over its limits. */
  static async start({ hasLimits = false } = {}): Promise<StandIns> {
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        new URL("stand_ins.ts", import.meta.url).pathname,
        hasLimits ? "limited" : "unlimited",
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const lines = linesOf(process.stdout);
    const { value } = await lines.next();
    return new StandIns(process, lines, JSON.parse(value ?? ""));
  }

  /** Has a scene played; see scenes.ts. Throws what went wrong in it. */
  async play<Name extends keyof Scenes>(
    scene: Name,
    options: Options<Name>,
  ): Promise<Result<Name>> {
    await this.#to.write(new TextEncoder().encode(`${JSON.stringify({ scene, options })}\n`));
    const { value } = await this.#lines.next();
    const { result, error } = JSON.parse(value ?? '{"error":"The stand-ins have ended"}');
    if (error !== undefined) throw new Error(`${scene}: ${error}`);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#to.close().catch(() => {});
    await this.#process.status;
  }
}

export type { Stage };
