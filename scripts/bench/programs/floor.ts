// The yardsticks once more, with what the product promises beyond them and nothing else: what is there
// to be reached. Each call ends in time; an answer asks the database and leaves a line in the log; a check
// takes no more than a megabyte, asks the database whether somebody closed the incident, and a round of
// them is written down; news is stored before it is sent, and each message is claimed before and
// recorded after.
import { run } from "@grammyjs/runner";
import { createClient } from "@libsql/client";
import { Api, Bot, InlineKeyboard } from "grammy";

const { FLOOR = "", BOT_TOKEN = "", TELEGRAM_API_ROOT = "", STATUS_URL = "" } = Deno.env.toObject();
const { REGIONS = "ru", INTERVAL_MS = "1000", CHAT = "0" } = Deno.env.toObject();
const { CHATS = "0", FIRST_CHAT = "0", CONCURRENCY = "1" } = Deno.env.toObject();
const TEXT = "Bitrix24 is down. Affected: CRM, Mail. Please wait, we are working on it.";
const TIMEOUT_MS = 15_000;
const MAX_BYTES = 1024 * 1024;
/** As the product has them. */
const CLAIMED_AT_ONCE = 192;
const RECORDED_EVERY_MS = 30;

const database = createClient({ url: "file:floor.db", concurrency: 1 });
await database.execute("PRAGMA journal_mode = WAL");
await database.execute("CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT)");
const log = Deno.openSync("floor.log", { append: true, create: true });

const read = (name: string) =>
  database.execute({ sql: "SELECT value FROM kept WHERE name = ? LIMIT 1", args: [name] });

/** In one transaction, synced. */
async function keep(names: readonly string[], value: string): Promise<void> {
  await database.execute({
    sql: `INSERT INTO kept (name, value) SELECT value, ?2 FROM json_each(?1) WHERE true
      ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    args: [JSON.stringify(names), value],
  });
}

function note(line: string): void {
  const bytes = new TextEncoder().encode(`${new Date().toISOString()} ${line}\n`);
  Deno.stderr.writeSync(bytes);
  log.writeSync(bytes);
}

async function inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

function limit(api: Api): Api {
  api.config.use((previous, method, payload, signal) =>
    method === "getUpdates"
      ? previous(method, payload, signal)
      : inTime((limited) => previous(method, payload, limited as typeof signal))
  );
  return api;
}

function answer(): void {
  const keyboard = new InlineKeyboard().text("Menu", "menu");
  const bot = new Bot(BOT_TOKEN, { client: { apiRoot: TELEGRAM_API_ROOT } });
  limit(bot.api);
  bot.use(async (ctx, next) => {
    note(`${ctx.chat?.id} asked`);
    await read("asked");
    await next();
  });
  bot.on("message", async (ctx) => void await ctx.reply("All is well", { reply_markup: keyboard }));
  bot.on("callback_query", async (ctx) => {
    await ctx.editMessageText("The menu");
    await ctx.answerCallbackQuery();
  });
  run(bot);
}

function watch(): void {
  const regions = REGIONS.split(",");
  const told = new Set<string>();
  const api = limit(new Api(BOT_TOKEN, { apiRoot: TELEGRAM_API_ROOT }));
  setInterval(async () => {
    await Promise.all(regions.map(async (region) => {
      const status = JSON.parse(await body(`${STATUS_URL}/json_status.php?reg=${region}`));
      await read(region);
      if (status.result === "notice" || told.has(region) || CHAT === "0") return;
      told.add(region);
      await keep([region], status.result);
      await api.sendMessage(Number(CHAT), TEXT);
    }));
    await keep(["round"], String(Date.now()));
  }, Number(INTERVAL_MS));
}

async function body(url: string): Promise<string> {
  return await inTime(async (signal) => {
    const reader = (await fetch(url, { signal })).body?.getReader();
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let text = "";
    let length = 0;
    for (let it = await reader?.read(); it?.done === false; it = await reader?.read()) {
      length += it.value.length;
      if (length > MAX_BYTES) throw new Error("Too large");
      text += decoder.decode(it.value, { stream: true });
    }
    return text + decoder.decode();
  });
}

/** Every chat is told once, so many at a time. */
async function tellAll(): Promise<void> {
  const api = limit(new Api(BOT_TOKEN, { apiRoot: TELEGRAM_API_ROOT }));
  let next = Number(FIRST_CHAT);
  const end = next + Number(CHATS);
  let claimed = next;
  let claiming = Promise.resolve();
  const sent: string[] = [];
  const recording = setInterval(() => void keep(sent.splice(0), "sent"), RECORDED_EVERY_MS);
  const claim = async () => {
    if (next < claimed) return;
    const names = Array.from(
      { length: Math.min(CLAIMED_AT_ONCE, end - claimed) },
      (_, at) => String(claimed + at),
    );
    await keep(names, "claimed");
    claimed += names.length;
  };
  const teller = async () => {
    while (next < end) {
      if (next >= claimed) await (claiming = claiming.then(claim));
      if (next >= Math.min(claimed, end)) continue;
      const chat = next++;
      await api.sendMessage(chat, TEXT);
      sent.push(String(chat));
    }
  };
  await Promise.all(Array.from({ length: Number(CONCURRENCY) }, teller));
  clearInterval(recording);
  await keep(sent, "sent");
}

if (FLOOR === "answers") answer();
else if (Number(CHATS) > 0) await tellAll();
else watch();
