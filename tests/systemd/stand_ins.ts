// Telegram and Bitrix24 for a machine that has nothing but loopback: a process of their own, which is
// started with that machine's network, and does with them what it is told on standard input.
import { createBitrix24Sandbox } from "../../src/sandbox/bitrix24/server.ts";
import type { Bitrix24Sandbox } from "../../src/sandbox/bitrix24/types.ts";
import { createTelegramSandbox, type TelegramSandbox } from "../../src/sandbox/telegram/server.ts";
import { ANNA, GROUP, TOKEN } from "../world.ts";

/** The machine's network is its own, so nobody else has these. */
export const TELEGRAM_PORT = 18_081;
export const BITRIX24_PORT = 18_082;

export interface Scene {
  readonly telegram: TelegramSandbox;
  readonly bitrix24: Bitrix24Sandbox;
}

/** Runs in the other process: knows nothing but what it is given. Its answer goes through JSON. */
type Act<Given, Result> = (scene: Scene, given: Given) => Result | Promise<Result>;

/** The stand-ins, from where the test is. */
export class StandIns {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #rest = "";
  #last: Promise<unknown> = Promise.resolve();

  /** In the network of the process `init`. */
  constructor(init: number) {
    const path = new URL(import.meta.url).pathname;
    this.#child = new Deno.Command("nsenter", {
      args: ["-t", String(init), "-n", "--", Deno.execPath(), "run", "-A", path],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** One act after the other. Throws what the act throws. */
  do<Result, Given = undefined>(act: Act<Given, Result>, given?: Given): Promise<Result> {
    const done = this.#last.then(async () => {
      const line = JSON.stringify({ act: act.toString(), given });
      await this.#input.write(new TextEncoder().encode(`${line}\n`));
      const { result, error } = JSON.parse(await this.#line());
      if (error !== undefined) throw new Error(error);
      return result as Result;
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** Their end, with the end of what they are told. */
  async end(): Promise<void> {
    await this.#input.close();
    await this.#child.status;
    await this.#output.cancel();
  }

  async #line(): Promise<string> {
    while (true) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#output.read();
      if (done) throw new Error("The stand-ins have ended");
      this.#rest += value;
    }
  }
}

async function main(): Promise<void> {
  const telegram = createTelegramSandbox({ token: TOKEN, port: TELEGRAM_PORT, pollGuardMs: 0 });
  const bitrix24 = createBitrix24Sandbox({ port: BITRIX24_PORT });
  telegram.addUser({ id: ANNA, first_name: "Анна" });
  telegram.addGroup({ id: GROUP, title: "Дежурные", members: { [ANNA]: "creator" } });
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { act, given } = JSON.parse(line);
      const answer = await run(act, { telegram, bitrix24 }, given).then(
        (result) => ({ result }),
        (error) => ({ error: String(error?.stack ?? error) }),
      );
      await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(answer)}\n`));
    }
  }
  Deno.exit(0);
}

async function run(act: string, scene: Scene, given: unknown): Promise<unknown> {
  return await new Function("scene", "given", `return (${act})(scene, given)`)(scene, given);
}

if (import.meta.main) await main();
