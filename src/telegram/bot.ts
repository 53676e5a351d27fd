import { sequentialize } from "@grammyjs/runner";
import { Bot, type Context, type RawApi, type Transformer } from "grammy";
import type { Log } from "../log/log.ts";
import { fewATurn } from "../time/pause.ts";
import { type BotDeps, speakingIn } from "./action_contract.ts";
import { answeringTo, type ApiDeps, clientOptions, equip } from "./api.ts";
import { CALLBACKS, TOASTED } from "./callbacks.ts";
import { handleMessage } from "./command_handler.ts";
import { limitUsers } from "./user_limits.ts";
import { createGate } from "./gate.ts";
import { Identity } from "./identity.ts";
import { Keyboards } from "./keyboards.ts";
import { watchMembership } from "./membership.ts";
import type { Handling } from "./performing.ts";
import { PressHandler } from "./press_handler.ts";
import { reasonOf } from "./reason.ts";
import { isRefused, refusalOf } from "./refusals.ts";
import { remember } from "./remembering.ts";
import { Replies } from "./replies.ts";
import { sentence } from "./screen.ts";

export interface BotOptions {
  readonly deps: BotDeps;
  readonly api: ApiDeps;
  readonly logger: Log;
  /** Called after an administrator wrote /start: Telegram knows their chat from now on. */
  readonly onAdministratorStarted: (userId: number) => void;
}

/** Updates whose handling begins in the same turn of the event loop, which takes a millisecond. */
const BEGUN_IN_A_TURN = 4;

/** Assembles the bot: the error boundary first, the catch-all last. */
export function createBot(options: BotOptions): { bot: Bot; identity: Identity } {
  const { deps, logger } = options;
  const { counters } = deps;
  const { redact } = options.api;
  const bot = new Bot(options.api.token, { client: clientOptions(options.api) });
  equip(bot.api, options.api, "people");
  bot.api.config.use(noticing(options));
  const identity = new Identity({ bot, logger, redact });
  const keyboards = new Keyboards();
  const { voice, exports, asides } = deps;
  const replies = new Replies({ voice, exports, asides, counters, keyboards, logger, redact });
  const handling: Handling = { deps, replies, logger };
  const textsOf = (chatId: number | undefined) => speakingIn(deps, chatId).voice.texts;

  bot.catch(({ error, ctx }) => {
    const refusal = refusalOf(error);
    if (refusal.means === "later") return replies.noteHeldBack(ctx.chat?.id, error);
    const fields = {
      update: ctx.update.update_id,
      chat: ctx.chat?.id,
      reason: reasonOf(error, redact),
    };
    // The chat may be gone or closed before the answer comes: no fault of ours.
    if (refusal.means === "chat moved" || isRefused(error)) {
      counters.add("answers_refused_total");
      return logger.info("Answer refused", fields);
    }
    counters.add("handler_errors_total");
    logger.error("Handler failed", fields);
  });
  const turn = fewATurn(BEGUN_IN_A_TURN);
  bot.use(async (ctx, next) => {
    const kind = ctx.callbackQuery ? "callback_query" : ctx.message ? "message" : "my_chat_member";
    counters.add("updates_total", { kind });
    if (ctx.chat) options.api.facts.met(ctx.chat);
    if (ctx.callbackQuery) ctx.api.config.use(answeringTo(ctx.callbackQuery.from.id));
    const since = performance.now();
    await turn();
    try {
      await next();
    } finally {
      counters.observe("handler_duration_seconds", (performance.now() - since) / 1000, { kind });
    }
  });
  limitUsers(bot, {
    textsOf,
    adminIds: deps.settings.adminIds,
    isBroadcasting: () => options.api.pacer.isBroadcasting,
    counters,
    logger,
    now: deps.now,
    toast: (ctx, text) => replies.toast(ctx, text),
    reply: async (ctx, text) =>
      ctx.message && await replies.reply(ctx, ctx.message, sentence(text)),
  });
  bot.use(createGate({
    chats: deps.chats,
    textsOf,
    logger,
    redact,
    now: deps.now,
  }));
  const presses = new PressHandler(handling, keyboards);
  bot.on("callback_query:data", (ctx, next) => presses.announceSlow(ctx, next));
  // Chats side by side, each chat in order. Of many who press one button, nobody waits until Telegram
  // has the notices for the others: the database keeps their order.
  bot.use(sequentialize((ctx) => isToasted(ctx) ? [] : String(ctx.chat?.id ?? ctx.from?.id ?? "")));
  watchMembership(bot, {
    chats: deps.chats,
    textsOf,
    logger,
    redact,
    now: deps.now,
  });
  const { onAdministratorStarted } = options;
  bot.on(
    "message",
    (ctx) => handleMessage({ ...handling, identity, onAdministratorStarted }, ctx, ctx.message),
  );
  bot.on("callback_query", (ctx) => presses.handle(ctx));
  return { bot, identity };
}

/** Whether this is a press that is answered by a notice on the button alone. */
function isToasted({ callbackQuery }: Context): boolean {
  const asked = CALLBACKS.read(callbackQuery?.data ?? "");
  return asked !== null && TOASTED.has(asked.action);
}

/** An answer that arrives proves the chat reachable, so that its pending deliveries go on. */
function noticing({ deps, api, logger }: BotOptions): Transformer<RawApi> {
  const { chats, now } = deps;
  return async (previous, method, payload, signal) => {
    const sentAt = now();
    const answer = await previous(method, payload, signal);
    if (method !== "sendMessage" || !answer.ok) return answer;
    const { chat_id, message_thread_id: topicId = null } = payload as SentTo;
    await remember(
      { logger, redact: api.redact },
      "answered",
      () => chats.answered({ chatId: Number(chat_id), topicId }, sentAt, now()),
    );
    return answer;
  };
}

interface SentTo {
  readonly chat_id: number | string;
  readonly message_thread_id?: number | null;
}
