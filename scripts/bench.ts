// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task bench`: figures of the whole program between the two stand-ins.
import { filesBelow } from "./imports.ts";
import {
  binary,
  type Measured,
  residentMiB,
  root,
  row,
  spread,
  withProgram,
} from "./bench_program.ts";

const USER = 1001;
const OUTAGES = 5;
const COMMANDS = 200;
const UPDATES = 10_000;
const UPDATES_AT_ONCE = 50;

async function main(): Promise<void> {
  await withProgram({ ADMIN_CHAT_ID: String(USER) }, measure);
}

async function measure(
  { telegram, bitrix24, isCompiled, start }: Measured,
): Promise<void> {
  telegram.addUser({ id: USER, first_name: "Анна" });
  const pid = start();
  const answers = () => telegram.messages(USER).filter((it) => it.from?.id === telegram.bot.id);
  const ask = async (text: string) => {
    const before = answers().length;
    const started = performance.now();
    telegram.say(USER, USER, text);
    await telegram.until(() => answers().length > before, text, 30_000);
    return performance.now() - started;
  };
  console.log(`measured: ${isCompiled ? "the compiled binary" : "the source"}`);
  await ask("/start");
  row("resident memory after start", `${await residentMiB(pid)} MiB`);

  const delays: number[] = [];
  for (let round = 0; round < OUTAGES; round++) {
    // The interval itself is left out: the clock starts when the bot is given the news.
    const before = answers().length;
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
  for (let count = 0; count < COMMANDS; count++) single.push(await ask("/status"));
  row("/status → answer, one at a time", spread(single));

  const started = performance.now();
  for (let done = 0; done < UPDATES; done += UPDATES_AT_ONCE) {
    const before = answers().length;
    for (let count = 0; count < UPDATES_AT_ONCE; count++) telegram.say(USER, USER, "/stats");
    await telegram.until(() => answers().length >= before + UPDATES_AT_ONCE, "answers", 60_000);
  }
  const rate = UPDATES / ((performance.now() - started) / 1000);
  row(`${UPDATES} updates of one chat`, `${rate.toFixed(0)} a second`);
  row(`resident memory after ${UPDATES} updates`, `${await residentMiB(pid)} MiB`);
  if (isCompiled) {
    row("size of the binary", `${((await Deno.stat(binary)).size / 2 ** 20).toFixed(1)} MiB`);
  }
  row("lines of source", String(await linesBelow(`${root}src`)));
  row("lines of tests", String(await linesBelow(`${root}tests`)));
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
