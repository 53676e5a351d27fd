// The stand-ins for Telegram and Bitrix24 and the people, in a process of their own: whoever is measured
// shares the machine with them, but not their event loop. Told what to play by stand_ins_client.ts, a
// line of JSON each way.
import { createBitrix24Sandbox } from "../../src/sandbox/bitrix24/server.ts";
import { createTelegramSandbox } from "../../src/sandbox/telegram/server.ts";
import { SCENES, type Stage } from "./scenes.ts";

/** A token that opens nothing. */
export const TOKEN = "1000000002:bench-sandbox-token-which-opens-nothing";

async function main(): Promise<void> {
  const hasLimits = Deno.args[0] !== "unlimited";
  const telegram = createTelegramSandbox({ token: TOKEN, limits: hasLimits });
  const bitrix24 = createBitrix24Sandbox();
  const stage: Stage = { telegram, bitrix24, token: TOKEN };
  const say = (answer: unknown) => {
    const bytes = new TextEncoder().encode(`${JSON.stringify(answer)}\n`);
    for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
  };
  say({ telegram: telegram.apiRoot, bitrix24: bitrix24.url });
  for await (const line of linesOf(Deno.stdin.readable)) {
    const { scene, options } = JSON.parse(line);
    const play = SCENES[scene as keyof typeof SCENES] as (stage: Stage, it: unknown) => unknown;
    try {
      say({ result: await play(stage, options) ?? null });
    } catch (error) {
      // The rest of it are calls, thousands of characters each.
      say({ error: String(error).split("\n")[0] });
    }
  }
  Deno.exit();
}

/** The lines of a stream, without their ends. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

if (import.meta.main) await main();
