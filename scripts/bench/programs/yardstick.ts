// What there is to be measured against: bare programs of the same packages, one for each question.
// Compiled by scripts/compile.ts like the bot itself. The first argument says which.
import { createClient } from "@libsql/client";
import { Bot } from "grammy";

const env = (name: string) => Deno.env.get(name) ?? "";

function bareBot(): Bot {
  return new Bot(env("BOT_TOKEN"), { client: { apiRoot: env("TELEGRAM_API_ROOT") } });
}

const KEYBOARD = { inline_keyboard: [[{ text: "Again", callback_data: "again" }]] };

/** Opens a database, polls, answers /live: a bot of thirty lines. */
async function hello(): Promise<void> {
  const database = createClient({ url: `file:${env("FOLDER")}/hello.db` });
  await database.execute("CREATE TABLE IF NOT EXISTS seen (at INTEGER)");
  const bot = bareBot();
  bot.command("start", (context) => context.reply("Hello"));
  Deno.serve(
    { port: Number(env("HEALTH_PORT")), hostname: "127.0.0.1", onListen() {} },
    () => new Response("alive\n"),
  );
  await bot.start();
}

/** Answers everything with a constant, as many chats at once as come. */
async function constant(): Promise<void> {
  const { run } = await import("@grammyjs/runner");
  const bot = bareBot();
  bot.on("message", (context) => context.reply("All is well", { reply_markup: KEYBOARD }));
  let count = 0;
  bot.on("callback_query", async (context) => {
    await context.answerCallbackQuery();
    // Telegram refuses an edit that changes nothing.
    await context.editMessageText(`All is well ${++count}`, { reply_markup: KEYBOARD });
  });
  await run(bot).task();
}

/** A fetch of the feed and JSON.parse, again and again after a pause. */
async function fetches(): Promise<void> {
  while (true) {
    JSON.parse(await (await fetch(env("FEED_URL"))).text());
    await pause(Number(env("PAUSE_MS")));
  }
}

/** When the feed changes, one message: asked for over and over, sent at once. */
async function sequence(): Promise<void> {
  let known = "";
  while (true) {
    const text = await (await fetch(env("FEED_URL"))).text();
    if (known !== "" && text !== known) await send(Number(env("CHAT")), text);
    known = text;
    await pause(Number(env("PAUSE_MS")));
  }
}

/** A message to each of so many chats, so many at once. */
async function fanOut(): Promise<void> {
  const last = Number(env("FIRST_CHAT")) + Number(env("CHATS"));
  let next = Number(env("FIRST_CHAT"));
  const worker = async () => {
    while (next < last) await send(next++, "Bitrix24 is down");
  };
  await Promise.all(Array.from({ length: Number(env("AT_ONCE")) }, worker));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function send(chat_id: number, text: string): Promise<void> {
  const response = await fetch(`${env("TELEGRAM_API_ROOT")}/bot${env("BOT_TOKEN")}/sendMessage`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ chat_id, text, reply_markup: KEYBOARD }),
  });
  if (!(await response.json()).ok) throw new Error("Not sent");
}

const PROGRAMS: Record<string, () => Promise<void>> = {
  hello,
  constant,
  fetches,
  sequence,
  fanOut,
};

await PROGRAMS[Deno.args[0] ?? ""]?.();
