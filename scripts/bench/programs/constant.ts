// The yardstick of answers: grammY with its runner; every message gets the same text, every button the
// same edit. The edit goes first, so that nothing is before what is measured.
import { run } from "@grammyjs/runner";
import { Bot, InlineKeyboard } from "grammy";

const { BOT_TOKEN = "", TELEGRAM_API_ROOT = "" } = Deno.env.toObject();
const keyboard = new InlineKeyboard().text("Menu", "menu");
const bot = new Bot(BOT_TOKEN, { client: { apiRoot: TELEGRAM_API_ROOT } });
bot.on("message", async (ctx) => void await ctx.reply("All is well", { reply_markup: keyboard }));
bot.on("callback_query", async (ctx) => {
  await ctx.editMessageText("The menu");
  await ctx.answerCallbackQuery();
});
run(bot);
