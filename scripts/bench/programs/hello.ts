// The yardstick of start and memory: the least that is a Telegram bot with a database and a /live.
import { createClient } from "@libsql/client";
import { Bot } from "grammy";

const { BOT_TOKEN = "", TELEGRAM_API_ROOT = "", HEALTH_PORT = "0" } = Deno.env.toObject();
const database = createClient({ url: "file:hello.db" });
await database.execute("CREATE TABLE IF NOT EXISTS greeted (id INTEGER PRIMARY KEY, chat INTEGER)");
const bot = new Bot(BOT_TOKEN, { client: { apiRoot: TELEGRAM_API_ROOT } });
bot.on("message", async (ctx) => {
  await database.execute({ sql: "INSERT INTO greeted (chat) VALUES (?)", args: [ctx.chat.id] });
  await ctx.reply("Hello");
});
const options = { hostname: "127.0.0.1", port: Number(HEALTH_PORT), onListen: () => {} };
Deno.serve(options, () => new Response("alive\n"));
await bot.start();
