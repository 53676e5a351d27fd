import type { Bot, Context, NextFunction } from "grammy";
import type { Log } from "../log/log.ts";
import type { Counters } from "../health/counters.ts";
import { ANSWERS_PER_MINUTE_IN_GROUP } from "../domain/chat_limits.ts";
import { Quota, Shares } from "../domain/quota.ts";
import { CALLBACKS, TOASTED } from "./callbacks.ts";
import { isAddressed, readCommand } from "./commands.ts";
import type { Texts } from "./texts/format.ts";

export interface UserLimitsDeps {
  /** The texts in the language of a chat. */
  readonly textsOf: (chatId: number | undefined) => Pick<Texts, "tooOften">;
  readonly adminIds: readonly number[];
  /** Whether deliveries of a broadcast are pending. */
  readonly isBroadcasting: () => boolean;
  readonly counters: Counters;
  readonly logger: Log;
  readonly now: () => number;
  /** Answers a press; never throws. */
  readonly toast: (ctx: Context, text?: string) => Promise<void>;
  readonly reply: (ctx: Context, text: string) => Promise<void>;
}

/** Limits of waiting updates per person and per chat. */
const MAX_WAITING_OF_PERSON = 20;
const MAX_WAITING_OF_CHAT = 200;
/** Limit of actions per person and minute while deliveries are pending. */
const ACTIONS_PER_MINUTE = 40;
const MINUTE_MS = 60_000;

/**
 * Rate limits of people and chats, so that nobody keeps the others waiting: a bounded queue for each
 * person and chat; a quota for each person while deliveries are pending; and an even share for each
 * member of the answers that Telegram allows in a group. A press always gets its toast.
 */
export function limitUsers(bot: Bot, deps: UserLimitsDeps): void {
  bot.use(boundWaiting(deps));
  const sentences = new Quota(1);
  bot.use(keepQuota(deps, sentences));
  bot.use(shareInGroup(deps, sentences));
}

function boundWaiting({ counters, logger, now, toast }: UserLimitsDeps) {
  const waiting = new Map<string, number>();
  let dropped = 0;
  let warnedAt = -Infinity;
  const add = (key: string, count: number) => {
    const sum = (waiting.get(key) ?? 0) + count;
    if (sum > 0) waiting.set(key, sum);
    else waiting.delete(key);
  };
  return async (ctx: Context, next: NextFunction) => {
    // Membership changes and migrations are not requests of people, so they are never dropped.
    const { migrate_to_chat_id: to, migrate_from_chat_id: from } = ctx.message ?? {};
    if (!ctx.callbackQuery && (!ctx.message || to !== undefined || from !== undefined)) {
      return await next();
    }
    const [person, chat] = [`person ${personOf(ctx)}`, `chat ${ctx.chat?.id}`];
    const isOfPerson = (waiting.get(person) ?? 0) >= MAX_WAITING_OF_PERSON;
    if (isOfPerson || (waiting.get(chat) ?? 0) >= MAX_WAITING_OF_CHAT) {
      counters.add("answers_held_back_total", { why: isOfPerson ? "person" : "chat" });
      dropped++;
      if (now() - warnedAt >= MINUTE_MS) {
        logger.warning("So much is asked for at once that some of it is dropped", { dropped });
        warnedAt = now();
        dropped = 0;
      }
      return ctx.callbackQuery ? await toast(ctx) : undefined;
    }
    for (const key of [person, chat]) add(key, 1);
    try {
      await next();
    } finally {
      for (const key of [person, chat]) add(key, -1);
    }
  };
}

function keepQuota(deps: UserLimitsDeps, sentences: Quota) {
  const { textsOf, adminIds, counters, now } = deps;
  const quota = new Quota(ACTIONS_PER_MINUTE);
  return async (ctx: Context, next: NextFunction) => {
    const person = personOf(ctx);
    const { message } = ctx;
    const isAction = ctx.callbackQuery || (message && readCommand(message)) ||
      (message?.text && message.chat.type === "private");
    if (!isAction || (ctx.from && adminIds.includes(ctx.from.id))) return await next();
    const waitMs = quota.delayMs(person, now());
    if (waitMs === 0 || !deps.isBroadcasting()) {
      quota.count(person, now());
      return await next();
    }
    counters.add("answers_held_back_total", { why: "quota" });
    const text = textsOf(ctx.chat?.id).tooOften(Math.ceil(waitMs / 1_000));
    if (ctx.callbackQuery) return await deps.toast(ctx, text);
    if (sentences.delayMs(person, now()) > 0) return;
    sentences.count(person, now());
    await deps.reply(ctx, text);
  };
}

function shareInGroup(deps: UserLimitsDeps, sentences: Quota) {
  const { textsOf, adminIds, counters, now, toast, reply } = deps;
  const shares = new Shares(ANSWERS_PER_MINUTE_IN_GROUP);
  return async (ctx: Context, next: NextFunction) => {
    const { chat, callbackQuery } = ctx;
    // Presses in a channel get a toast and no message.
    const isShared = chat && chat.type !== "private" && chat.type !== "channel";
    if (!isShared || !(callbackQuery || isAddressed(ctx))) return await next();
    // Messages and edits have separate limits.
    const asked = callbackQuery && CALLBACKS.read(callbackQuery.data ?? "");
    if (asked && TOASTED.has(asked.action)) return await next();
    const isEdit = callbackQuery && !asked?.opensNew;
    const sends = `send ${chat.id}`;
    const what = isEdit ? `edit ${chat.id}` : sends;
    const person = personOf(ctx);
    const at = now();
    const waitMs = shares.delayMs(what, person, at);
    if (waitMs === 0 || (ctx.from && adminIds.includes(ctx.from.id))) {
      shares.count(what, person, at);
      return await next();
    }
    counters.add("answers_held_back_total", { why: "share" });
    const text = textsOf(chat.id).tooOften(Math.ceil(waitMs / 1_000));
    if (callbackQuery) return await toast(ctx, text);
    if (sentences.delayMs(person, at) > 0 || shares.isNearlyUsedUp(sends, at)) return;
    sentences.count(person, at);
    shares.count(sends, null, at);
    await reply(ctx, text);
  };
}

/** Id of the sender; for an anonymous administrator that of the group, not of the shared account. */
function personOf(ctx: Context): number {
  return ctx.message?.sender_chat?.id ?? ctx.from?.id ?? ctx.chat?.id ?? 0;
}
