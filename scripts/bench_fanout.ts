// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task bench:fanout 300 3000 10000`: an outage is told to so many chats, while people ask for
// other things. Telegram's limit is 30 messages a second.
import { Database } from "../src/store/database.ts";
import {
  type Measured,
  methodUrl,
  quantile,
  residentMiB,
  row,
  withProgram,
} from "./bench_program.ts";

const LIMIT_PER_SECOND = 30;
const FIRST_CHAT = 100_000;
/** People who ask, one after the other, each no more than Telegram lets a chat. */
const ASKING = 200;
const FIRST_ASKING = 10_000;
const ASK_EVERY_MS = 250;
const COMMAND = "/help";
/** How long the end of the outage is looked at. */
const QUIET_MS = 60_000;

async function main(): Promise<void> {
  const sizes = Deno.args.length > 0 ? Deno.args.map(Number) : [300, 3_000];
  for (const size of sizes) {
    await withProgram({ LOG_LEVEL: "WARNING" }, (it) => measure(it, size));
  }
}

async function measure(it: Measured, size: number): Promise<void> {
  const { telegram, bitrix24, folder } = it;
  const chats = Array.from({ length: size }, (_, index) => FIRST_CHAT + index);
  const asking = Array.from({ length: ASKING }, (_, index) => FIRST_ASKING + index);
  for (const id of [...chats, ...asking]) {
    telegram.addUser({ id, first_name: "Анна" });
    telegram.say(id, id, "привет");
  }
  // They have written to the bot once; there is nothing to be answered any more.
  await (await fetch(methodUrl(telegram, "deleteWebhook?drop_pending_updates=true"))).text();
  const database = await Database.open({ url: `file:${folder}/data/bot.db` });
  await database.write((connection) =>
    connection.rows(
      `INSERT INTO subscribers (chat_id) SELECT value FROM json_each(?)`,
      [JSON.stringify(chats)],
    )
  );
  await database.close();

  let answered: (() => void) | null = null;
  let told = 0;
  let firstAt = 0;
  let lastAt = 0;
  telegram.onEvent((event) => {
    if (event.kind !== "sent" || event.by !== "bot") return;
    if (event.chatId < FIRST_CHAT) return answered?.();
    lastAt = performance.now();
    if (told++ === 0) firstAt = lastAt;
  });
  let asked = 0;
  const ask = async (): Promise<number> => {
    const id = FIRST_ASKING + asked++ % ASKING;
    const done = new Promise<void>((resolve) => answered = resolve);
    const started = performance.now();
    telegram.say(id, id, COMMAND);
    await done;
    return performance.now() - started;
  };
  const askFor = async (isOver: () => boolean) => {
    const times: number[] = [];
    while (!isOver()) {
      times.push(await ask());
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
    return times;
  };

  /** Calls a second, edits and replies, from the end of the outage for so long at most. */
  const aloneFor = async (ms: number): Promise<number> => {
    const from = telegram.calls.length;
    const ended = () =>
      telegram.calls.slice(from).filter(({ method }) => /^(send|edit)message/.test(method));
    bitrix24.well("ru");
    await telegram.until(() => ended().length > 0, "the end", 60_000);
    const started = ended()[0]?.at ?? 0;
    await telegram.until(
      () => Date.now() - started >= ms || ended().length >= 2 * size,
      "",
      2 * ms,
    );
    const all = ended();
    return (all.length - 1) / (((all.at(-1)?.at ?? 0) - started) / 1_000);
  };

  const pid = it.start();
  await telegram.until(() => telegram.isPolled, "the bot", 30_000);
  for (let count = 0; count < 20; count++) await ask();
  const before = await residentMiB(pid);
  let idle = 0;
  const idleTimes = await askFor(() => idle++ >= 120);
  const callsBefore = telegram.calls.length;
  bitrix24.outage("ru", "Недоступна CRM.");
  await telegram.until(() => told > 0, "the first alert", 30_000);
  const busyTimes = await askFor(() => told >= size);
  const seconds = (lastAt - firstAt) / 1_000;
  const rate = (told - 1) / seconds;
  const p99 = quantile(busyTimes, 0.99) / quantile(idleTimes, 0.99);

  console.log(`--- ${size} chats (${it.isCompiled ? "the compiled binary" : "the source"})`);
  row("told in", `${seconds.toFixed(1)} s`);
  row("rate of the fan-out", `${rate.toFixed(2)} a second, ${percent(rate)} of the limit`);
  const all = (told + busyTimes.length - 1) / seconds;
  row("rate with the answers", `${all.toFixed(2)} a second, ${percent(all)} of the limit`);
  const alone = await aloneFor(QUIET_MS);
  row(
    "rate of the end, nobody asking",
    `${alone.toFixed(2)} a second, ${percent(alone)} of the limit`,
  );
  row(
    "429s",
    String(telegram.calls.slice(callsBefore).filter((call) => call.errorCode === 429).length),
  );
  row("violations", String(telegram.violations.length));
  row(`${COMMAND} while idle`, times(idleTimes));
  row(`${COMMAND} during the fan-out`, `${times(busyTimes)}, p99 ${p99.toFixed(2)} times idle`);
  row(
    "resident memory before, at the peak",
    `${before} MiB, ${await residentMiB(pid, "VmHWM")} MiB`,
  );
}

function percent(rate: number): string {
  return `${(rate / LIMIT_PER_SECOND * 100).toFixed(1)} %`;
}

function times(ms: readonly number[]): string {
  const [p50, p99] = [quantile(ms, 0.5), quantile(ms, 0.99)];
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (${ms.length} times)`;
}

if (import.meta.main) await main();
