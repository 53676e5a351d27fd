import type { Message } from "grammy/types";
import type { Desk } from "./desk.ts";
import {
  type CommandsAnswer,
  INTERVALS,
  type PageAction,
  type PressAnswer,
  TELEGRAM_MODES,
} from "./page_types.ts";
import type { CallbackAnswer, TelegramSandbox } from "../sandbox/telegram/server.ts";
import { inTime } from "../time/pause.ts";

/** Everything that the page can control. */
export interface Stage {
  readonly telegram: TelegramSandbox;
  readonly desk: Desk;
  /** Plays a day of incidents. */
  readonly playDay: () => void;
}

/** Longest wait for the answer to a press, as in Telegram's clients. */
const PRESS_PATIENCE_MS = 15_000;
/** Length limit of a message in characters. */
const MAX_TEXT = 4_096;

/** Carries out an action from the page. Throws an Error with a sentence when that is impossible. */
export async function act(
  { telegram, desk, playDay }: Stage,
  action: PageAction,
): Promise<PressAnswer | CommandsAnswer | void> {
  switch (action.do) {
    case "say":
      return say(telegram, action);
    case "press":
      return await answerOf(
        telegram.press(action.chat, action.message, action.data, action.user),
      );
    case "commands":
      return { commands: [...telegram.menu(action.chat, action.user, action.lang)] };
    case "block":
      return telegram.block(action.chat);
    case "unblock":
      return telegram.block(action.chat, false);
    case "kick":
      return telegram.kick(action.chat);
    case "add":
    case "demote":
      return telegram.readd(action.chat);
    case "promote":
      return telegram.readd(action.chat, "administrator");
    case "migrate":
      return telegram.migrate(action.chat, supergroupOf(telegram));
    case "interval":
      return desk.restart({ intervalSeconds: known(INTERVALS, action.seconds) });
    case "lang":
      return desk.restart({ lang: known(["ru", "en"], action.lang) });
    case "restart":
      return desk.restart({});
    case "day":
      return playDay();
  }
  // A running play would undo the person's action at the desk.
  desk.endPlay();
  switch (action.do) {
    case "feed":
      return desk.feed(action.region, action.mode);
    case "own":
      return desk.own(action.region, texted(action.text), action.severity);
    case "page":
      return desk.page(action.isUp);
    case "portal":
      return desk.portal(action.name, action.mode);
    case "link":
      return desk.link(action.isThere);
    case "telegram":
      return desk.telegram(known(TELEGRAM_MODES, action.mode));
    case "stop":
      return;
    default:
      throw new Error(`There is no such action: ${JSON.stringify(action)}`);
  }
}

function say(telegram: TelegramSandbox, action: Extract<PageAction, { do: "say" }>): void {
  const extra: Partial<Message> = action.topic === null
    ? {}
    : { is_topic_message: true, message_thread_id: action.topic };
  telegram.say(action.chat, action.user, texted(action.text), extra);
}

async function answerOf(press: Promise<CallbackAnswer>): Promise<PressAnswer> {
  const answer = press.then(({ text, show_alert, url }) => ({ text, isAlert: show_alert, url }));
  return await inTime<PressAnswer>(PRESS_PATIENCE_MS, answer, () => ({ isLate: true }));
}

/** An unused supergroup id. */
function supergroupOf(telegram: TelegramSandbox): number {
  return Math.min(-1_001_000_000_000, ...telegram.chats().map((it) => it.id)) - 1;
}

function texted(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") throw new Error("The text is empty");
  if (trimmed.length > MAX_TEXT) throw new Error(`A message has at most ${MAX_TEXT} characters`);
  return trimmed;
}

function known<T>(all: readonly T[], one: T): T {
  if (all.includes(one)) return one;
  throw new Error(`${JSON.stringify(one)} is none of ${all.join(", ")}`);
}
