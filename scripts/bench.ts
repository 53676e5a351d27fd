// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task bench`: figures of the whole program between the two stand-ins.
import {
  binary,
  type Measured,
  residentMiB,
  root,
  row,
  spread,
  withProgram,
} from "./bench_program.ts";
import { filesBelow } from "./imports.ts";

const USER = 1001;
/** Each of them asks seldom enough for Telegram's limit of a chat. */
const ASKING = 100;
const FIRST_ASKING = 10_000;
const OUTAGES = 5;
const COMMANDS = 200;
const ASK_EVERY_MS = 50;
/** A chat is told no more than one thing a second: that is Telegram's limit, and not measured. */
const SECOND_MS = 1_000;
const UPDATES = 10_000;
const UPDATES_AT_ONCE = 500;

async function main(): Promise<void> {
  await withProgram({ ADMIN_CHAT_ID: String(USER) }, measure);
}

async function measure(it: Measured): Promise<void> {
  const { telegram, bitrix24 } = it;
  for (const id of [USER, ...Array.from({ length: ASKING }, (_, index) => FIRST_ASKING + index)]) {
    telegram.addUser({ id, first_name: "Анна" });
  }
  const pid = it.start();
  const answers = (id = USER) =>
    telegram.messages(id).filter((message) => message.from?.id === telegram.bot.id);
  const ask = async (text: string, id = USER) => {
    const before = answers(id).length;
    const started = performance.now();
    telegram.say(id, id, text);
    await telegram.until(() => answers(id).length > before, text, 30_000);
    return performance.now() - started;
  };

  console.log(`measured: ${it.isCompiled ? "the compiled binary" : "the source"}`);
  await ask("/start");
  row("resident memory after start", `${await residentMiB(pid)} MiB`);

  const delays: number[] = [];
  for (let round = 0; round < OUTAGES; round++) {
    // The interval itself is left out: the clock starts when the bot is given the news.
    const before = answers().length;
    await new Promise((resolve) => setTimeout(resolve, SECOND_MS));
    bitrix24.set("ru", {
      result: "error",
      info: "",
      statusTitle: "",
      statusInfo: `Недоступна CRM (${round})`,
      id: round + 1,
    });
    const asked = bitrix24.requests.length;
    await bitrix24.until(() => bitrix24.requests.length > asked, "a check");
    const started = performance.now();
    await telegram.until(() => answers().length > before, "the alert");
    delays.push(performance.now() - started);
    bitrix24.well("ru");
    // Each end takes longer than the one before: to the bot this looks like a feed that flaps.
    await telegram.until(() => answers().length > before + 1, "the end", 60_000);
  }
  row("feed changed → message, beyond the interval", spread(delays));

  const single: number[] = [];
  for (let count = 0; count < COMMANDS; count++) {
    single.push(await ask("/status", FIRST_ASKING + count % ASKING));
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  row("/status → answer, one at a time", spread(single));

  const started = performance.now();
  for (let done = 0; done < UPDATES; done += UPDATES_AT_ONCE) {
    // Answers are limited by Telegram; what asks for nothing shows how fast updates are handled.
    for (let count = 0; count < UPDATES_AT_ONCE; count++) {
      telegram.pushUpdate({ message: sticker(done + count) } as never);
    }
    await ask("/help", FIRST_ASKING + done / UPDATES_AT_ONCE % ASKING);
  }
  const rate = UPDATES / ((performance.now() - started) / 1000);
  row(`${UPDATES} updates that ask for nothing`, `${rate.toFixed(0)} a second`);
  row(`resident memory after ${UPDATES} updates`, `${await residentMiB(pid)} MiB`);
  if (it.isCompiled) {
    row("size of the binary", `${((await Deno.stat(binary)).size / 2 ** 20).toFixed(1)} MiB`);
  }
  row("lines of source", String(await linesBelow(`${root}src`)));
  row("lines of tests", String(await linesBelow(`${root}tests`)));
}

function sticker(id: number) {
  const from = { id: USER, is_bot: false, first_name: "Анна" };
  const file = { file_id: "s", file_unique_id: "s", width: 1, height: 1, type: "regular" };
  return {
    message_id: 1_000_000 + id,
    date: 1,
    from,
    chat: { id: USER, type: "private", first_name: "Анна" },
    sticker: { ...file, is_animated: false, is_video: false },
  };
}

async function linesBelow(folder: string): Promise<number> {
  let count = 0;
  for (const path of filesBelow(folder)) {
    if (path.endsWith(".ts")) {
      count += (await Deno.readTextFile(`${folder}/${path}`)).split("\n").length - 1;
    }
  }
  return count;
}

if (import.meta.main) await main();
