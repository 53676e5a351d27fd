import type { TelegramSandbox } from "../../src/sandbox/telegram/server.ts";
import { STRANGERS } from "./cast.ts";
import { QUESTIONS, type StrangerDoes } from "./plan.ts";
import type { Random } from "./random.ts";

const FLOOD = 60;
/** What a button may carry, and what none does. */
const FORGED = ["menu", "close", "logs", "history", "unsubscribe", "💥", "__proto__"];
const ASK_EVERY_MS = 700;

/** Lets a stranger do something. Whether it is answered is for other tests to ask. */
export function act(
  telegram: TelegramSandbox,
  random: Random,
  { who, does }: { who: number; does: StrangerDoes },
): void {
  const ask = () => void telegram.say(who, who, random.pick(QUESTIONS));
  const message = telegram.lastFromBot(who);
  if (does === "flood") {
    for (let count = 0; count < FLOOD; count++) ask();
    return;
  }
  if (does === "ask" || !message) return ask();
  const buttons = message.reply_markup?.inline_keyboard.flat() ?? [];
  const held = buttons.flatMap((it) => "callback_data" in it ? [it.callback_data] : []);
  const data = does === "press" && held.length > 0 ? random.pick(held) : random.pick(FORGED);
  telegram.pressForged(who, message.id, data, who).catch(() => {});
}

/** All of them ask for more than Telegram allows, until the returned function is called. */
export function askWithoutEnd(telegram: TelegramSandbox): () => void {
  const timers = STRANGERS.map((who) =>
    setInterval(() => void telegram.say(who, who, "/getid"), ASK_EVERY_MS)
  );
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
