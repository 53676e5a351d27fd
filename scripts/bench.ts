// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task bench`: figures of the whole program between the two stand-ins. The compiled binary is
// measured where there is one, else the source. Loopback answers in no time: what is seen is ours.
import { createBitrix24Sandbox } from "../src/demo/bitrix24.ts";
import { createTelegramSandbox } from "../src/demo/telegram.ts";
import { filesBelow } from "./imports.ts";

const TOKEN = "1000000002:bench-sandbox-token-which-opens-nothing";
const USER = 1001;
const OUTAGES = 5;
const COMMANDS = 200;
const UPDATES = 10_000;
const UPDATES_AT_ONCE = 50;

const root = new URL("..", import.meta.url).pathname;
const binary = `${root}dist/bitrix24-bot`;

async function main(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-bench-" });
  const bitrix24 = await createBitrix24Sandbox();
  const telegram = await createTelegramSandbox({ token: TOKEN });
  telegram.addUser({ id: USER, first_name: "Анна" });
  bitrix24.well("ru");
  const isCompiled = await exists(binary);
  const [command, args] = isCompiled
    ? [binary, []]
    : [Deno.execPath(), ["run", "-A", `${root}src/main.ts`]];
  const child = new Deno.Command(command, {
    args,
    cwd: folder,
    stdout: "null",
    stderr: "null",
    env: {
      BOT_TOKEN: TOKEN,
      ADMIN_CHAT_ID: String(USER),
      CHECK_INTERVAL: "1",
      RECOVERY_THRESHOLD: "1",
      HEALTH_PORT: "0",
      TELEGRAM_API_ROOT: telegram.apiRoot,
      STATUS_URL: bitrix24.url,
    },
  }).spawn();
  const answers = () => telegram.messages(USER).filter((it) => it.from?.id === telegram.bot.id);
  const ask = async (text: string) => {
    const before = answers().length;
    const started = performance.now();
    telegram.say(USER, USER, text);
    await telegram.until(() => answers().length > before, text, 30_000);
    return performance.now() - started;
  };
  try {
    console.log(`measured: ${isCompiled ? "the compiled binary" : "the source"}`);
    await ask("/start");
    row("resident memory after start", `${await residentMiB(child.pid)} MiB`);

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
    row(`resident memory after ${UPDATES} updates`, `${await residentMiB(child.pid)} MiB`);
    if (isCompiled) {
      row("size of the binary", `${((await Deno.stat(binary)).size / 2 ** 20).toFixed(1)} MiB`);
    }
    row("lines of source", String(await linesBelow(`${root}src`)));
    row("lines of tests", String(await linesBelow(`${root}tests`)));
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await telegram.close();
    await bitrix24.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function row(name: string, figure: string): void {
  console.log(`${name.padEnd(48)} ${figure}`);
}

function spread(ms: number[]): string {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  return `median ${at(0.5)} ms, p99 ${at(0.99)} ms (${ms.length} times)`;
}

async function residentMiB(pid: number): Promise<string> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024).toFixed(0);
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

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

if (import.meta.main) await main();
