import type { Log } from "../log/log.ts";
import { fewATurn, within } from "../time/pause.ts";
import { sequentialize } from "@grammyjs/runner";
import { Bot, type Context, type RawApi, type Transformer } from "grammy";
import type { MaybeInaccessibleMessage, Message } from "grammy/types";
import { ACTIONS, ADMIN_COMMANDS, PUBLIC_COMMANDS, type Rule } from "./actions.ts";
import { type Answer, type Asking, type BotDeps } from "./action_contract.ts";
import { answeringTo, type ApiDeps, clientOptions, equip, reasonOf } from "./api.ts";
import { STALE_MS } from "./backlog.ts";
import { askingOf, isByProxy, isForwarded, placeOf, readCommand } from "./commands.ts";
import { type ActionName, CALLBACKS } from "./callbacks.ts";
import { createGate } from "./gate.ts";
import { Identity } from "./identity.ts";
import { boundCrowd } from "./crowd.ts";
import { answerWithFile, type FileNews } from "./file_answer.ts";
import { Keyboards } from "./keyboards.ts";
import { type Address, editToScreen, elsewhere, markupOf, sendScreen } from "./messages.ts";
import { watchMembership } from "./membership.ts";
import { isRefused, refusalOf } from "./refusals.ts";
import { cutText } from "./rich.ts";
import { remember } from "./remembering.ts";
import { judge } from "./rights.ts";
import { type Screen, sentence } from "./screen.ts";

export interface BotOptions {
  readonly deps: BotDeps;
  readonly api: ApiDeps;
  readonly logger: Log;
  /** Called after an administrator wrote /start: Telegram knows their chat from now on. */
  readonly onAdministratorStarted: (userId: number) => void;
  /** Called when a chat that could not be told anything can be again. */
  readonly onChatBack: () => void;
}

/** Text of the notice on a button (Bot API, answerCallbackQuery). */
const MAX_TOAST_LENGTH = 200;

/** A chat whose toast has to wait goes on without it. */
const TOAST_MS = 1_000;

/** Updates whose handling begins in the same turn: one at a time would take a millisecond each. */
const BEGUN_IN_A_TURN = 4;

const COMMANDS: readonly ActionName[] = [...PUBLIC_COMMANDS, ...ADMIN_COMMANDS];

/** Assembles the bot: the error boundary first, the catch-all last. */
export function createBot(options: BotOptions): { bot: Bot; identity: Identity } {
  const { deps, logger } = options;
  const { counters } = deps;
  const bot = new Bot(options.api.token, { client: clientOptions(options.api) });
  equip(bot.api, options.api, "people");
  bot.api.config.use(noticing(options));
  const identity = new Identity({ bot, logger, redact: options.api.redact });

  bot.catch(({ error, ctx }) => {
    const refusal = refusalOf(error);
    if (refusal.means === "later") return noteHeldBack(ctx.chat?.id, error);
    const fields = {
      update: ctx.update.update_id,
      chat: ctx.chat?.id,
      reason: reasonOf(error, options.api.redact),
    };
    // Who asked may be gone before the answer comes, or the place closed: no fault of ours.
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
    if (ctx.chat) options.api.hearsay.met(ctx.chat);
    if (ctx.callbackQuery) ctx.api.config.use(answeringTo(ctx.callbackQuery.from.id));
    const since = performance.now();
    await turn();
    try {
      await next();
    } finally {
      counters.observe("handler_duration_seconds", (performance.now() - since) / 1000, { kind });
    }
  });
  boundCrowd(bot, {
    texts: deps.voice.texts,
    adminIds: deps.settings.adminIds,
    isBroadcasting: () => options.api.pacer.isBroadcasting,
    counters,
    logger,
    now: deps.now,
    toast,
    reply: async (ctx, text) => ctx.message && await reply(ctx, ctx.message, sentence(text)),
  });
  bot.use(createGate({
    chats: deps.chats,
    texts: deps.voice.texts,
    logger,
    redact: options.api.redact,
    now: deps.now,
  }));
  const keyboards = new Keyboards();
  const isToasted = new WeakSet<Context>();
  // A press that may take seconds is answered before it waits for its turn in the chat.
  bot.on("callback_query:data", async (ctx, next) => {
    const press = pressOf(ctx);
    if (press.kind === "held" && ACTIONS[press.action].isSlow) {
      const verdict = await judge(deps, ACTIONS[press.action].who, press.asking);
      if (verdict.kind === "here") {
        isToasted.add(ctx);
        await toast(ctx, deps.voice.texts.checking);
      }
    }
    await next();
  });
  // Chats side by side, each chat in order.
  bot.use(sequentialize((ctx) => String(ctx.chat?.id ?? ctx.from?.id ?? "")));
  watchMembership(bot, {
    chats: deps.chats,
    voice: deps.voice,
    logger,
    redact: options.api.redact,
    now: deps.now,
    onChatBack: options.onChatBack,
  });
  bot.on("message", (ctx) => onMessage(ctx, ctx.message));
  bot.on("callback_query", onPress);
  return { bot, identity };

  async function onMessage(ctx: Context, message: Message): Promise<void> {
    const { texts } = deps.voice;
    const command = readCommand(message);
    const isForUs = command?.target != null && await identity.isOurs(command.target);
    const isPrivate = message.chat.type === "private";
    if (command === null || (command.target !== null && !isForUs)) {
      // In a group people talk to each other; a photo or a sticker asks for nothing.
      if (isPrivate && message.text) await reply(ctx, message, sentence(texts.hint));
      return;
    }
    if (isByProxy(message)) {
      logger.info("command by proxy", { chat: message.chat.id });
      if (isPrivate) await reply(ctx, message, sentence(texts.denied.byProxy));
      return;
    }
    const action = COMMANDS.find((it) => it === command.name);
    logger.info("command", {
      command: action ?? "unknown",
      chat: message.chat.id,
      user: message.from?.id,
    });
    counters.add("commands_total", { command: action ?? "unknown" });
    if (!action) {
      if (isPrivate || isForUs) await reply(ctx, message, sentence(texts.unknownCommand));
      return;
    }
    const answer = await perform(action, {
      api: ctx.api,
      ...askingOf(message, command.argument),
    });
    if (answer.refusal) await reply(ctx, message, sentence(answer.refusal));
    if (answer.screen) await reply(ctx, message, answer.screen);
    if (answer.hasFile) {
      await sendFile(ctx, addressOf(message), {
        preparing: () => reply(ctx, message, sentence(texts.exportPreparing)),
        sent: () => Promise.resolve(),
      });
    }
    if (action === "start" && isPrivate && deps.settings.adminIds.includes(message.chat.id)) {
      options.onAdministratorStarted(message.chat.id);
    }
  }

  async function onPress(ctx: Context): Promise<void> {
    const { texts } = deps.voice;
    const message = ctx.callbackQuery?.message;
    const press = pressOf(ctx);
    logger.info("callback", {
      callback: press.action ?? "unknown",
      chat: message?.chat.id,
      user: ctx.from?.id,
    });
    counters.add("callbacks_total", { action: press.action ?? "unknown" });
    if (press.kind !== "held") {
      if (isToasted.has(ctx)) return;
      // Whoever may not ask for it at all need not look for another button.
      const refusal = press.asking && await denialOf(ACTIONS[press.action], press.asking);
      if (refusal !== null) return await toast(ctx, refusal, true);
      return await toast(ctx, press.kind === "quick" ? undefined : texts.staleButton);
    }
    const { asking } = press;
    const answer = await perform(press.action, asking);
    const address = topicOf(asking);
    // Side by side: whoever pressed sees the one no later for the other.
    await Promise.all([
      answer.screen &&
      (press.opensNew ? say(ctx, address, answer.screen) : show(ctx, press.message, answer.screen)),
      answer.hasFile && sendFile(ctx, address, {
        preparing: () => toast(ctx, texts.exportPreparing),
        sent: () => toast(ctx, texts.exportSent),
      }),
      isToasted.has(ctx)
        ? answer.refusal && say(ctx, address, sentence(answer.refusal))
        : !answer.hasFile &&
          toast(ctx, answer.refusal ?? answer.toast, answer.refusal !== undefined),
    ]);
  }

  /** What a press asks for, and whether the pressed message has such a button. */
  function pressOf(ctx: Context) {
    const { data = "", message } = ctx.callbackQuery ?? {};
    const { action = null, argument = "", opensNew = false } = CALLBACKS.read(data) ?? {};
    // Without a message there is no chat to show anything in.
    if (action === null || !message) return { kind: "foreign", action, asking: null } as const;
    const asking: Asking = {
      api: ctx.api,
      ...placeOf(message),
      userId: ctx.from?.id ?? null,
      senderChatId: null,
      askedAt: null,
      shownAt: message.date * 1000,
      argument,
    };
    // What cannot be reached carries no keyboard, and can only be answered by a message of its own.
    const kind = !isAccessible(message)
      ? ACTIONS[action].changes === "nothing" ? "held" : "foreign"
      : isForwarded(message)
      ? "foreign"
      : keyboards.find(message, data);
    return { kind, action, opensNew, message, asking } as const;
  }

  async function denialOf({ who }: Rule, asking: Asking): Promise<string | null> {
    if (who === "subscribers") return null;
    const verdict = await judge(deps, who, asking);
    return verdict.kind === "refused" ? verdict.refusal : null;
  }

  /**
   * Runs an action for whoever may ask for it; a fault becomes an answer, so that nobody is left
   * without one.
   */
  async function perform(action: ActionName, asking: Asking): Promise<Answer> {
    const { texts } = deps.voice;
    const { who, changes, perform } = ACTIONS[action];
    try {
      const verdict = await judge(deps, who, asking);
      if (verdict.kind === "refused") return { refusal: verdict.refusal };
      const isStale = asking.askedAt !== null &&
        deps.telegramNow() - asking.askedAt > STALE_MS;
      if (isStale && changes === "administration") return { refusal: texts.tooLate };
      if (verdict.kind === "here") return await perform(deps, asking);
      const chat = { id: verdict.userId, type: "private" };
      const { screen } = await perform(deps, { ...asking, chat, topicId: null });
      return { refusal: await whisper(asking, verdict.userId, screen) };
    } catch (error) {
      if (refusalOf(error).means === "later") {
        noteHeldBack(asking.chat.id, error);
        return { refusal: texts.failed };
      }
      counters.add("handler_errors_total");
      const isDatabase = error instanceof Error && /^(Database|Libsql)/.test(error.name);
      logger.error("Action failed", {
        action,
        chat: asking.chat.id,
        error,
        ...(isDatabase || !(error instanceof Error) ? {} : { stack: error.stack }),
      });
      return { refusal: isDatabase ? texts.databaseFailed : texts.failed };
    }
  }

  /** Shows something to one person alone; returns what is said of it where they asked. */
  async function whisper({ api }: Asking, userId: number, screen: Screen | undefined) {
    const { denied } = deps.voice.texts;
    try {
      if (screen) await sendScreen(api, { chatId: userId }, screen);
      return denied.inPrivate;
    } catch (error) {
      if (!isRefused(error)) throw error;
      return denied.startFirst;
    }
  }

  async function sendFile(ctx: Context, address: Address, news: Omit<FileNews, "failed">) {
    const { exports, voice } = deps;
    const { redact } = options.api;
    await answerWithFile({ exports, voice, api: ctx.api, logger, redact }, address, {
      ...news,
      failed: (text) => say(ctx, address, sentence(text)),
    });
  }

  async function reply(ctx: Context, message: Message, screen: Screen) {
    await say(ctx, addressOf(message), screen);
  }

  /** In a topic that is closed or gone meanwhile, the answer comes in the general one. */
  async function say(ctx: Context, address: Address, screen: Screen) {
    try {
      await sendScreen(ctx.api, address, screen);
    } catch (error) {
      const other = elsewhere(address, error);
      if (other === null) throw error;
      await sendScreen(ctx.api, other, screen);
    }
  }

  /** Edits the message with the button; where it is gone, or too old to be edited, writes anew. */
  async function show(
    ctx: Context,
    message: MaybeInaccessibleMessage,
    screen: Screen,
  ): Promise<void> {
    const { id } = message.chat;
    if (!isAccessible(message)) return await say(ctx, topicOf(placeOf(message)), screen);
    try {
      await editToScreen(ctx.api, id, message.message_id, screen);
      keyboards.edited(message, screen.keyboard ? markupOf(screen.keyboard) : undefined);
    } catch (error) {
      if (!isRefused(error) && refusalOf(error).means !== "chat moved") throw error;
      await say(ctx, topicOf(placeOf(message)), screen);
    }
  }

  async function toast(ctx: Context, text?: string, isAlert = false): Promise<void> {
    const answered = ctx.answerCallbackQuery({
      ...(text === undefined ? {} : { text: cutText(text, MAX_TOAST_LENGTH) }),
      ...(isAlert ? { show_alert: true } : {}),
    }).catch((error) => {
      if (refusalOf(error).means === "later") return noteHeldBack(ctx.chat?.id, error);
      // A press from before a restart is too old to be answered; its message is edited all the same.
      logger.info("callback not answered", { reason: reasonOf(error, options.api.redact) });
    });
    await within(TOAST_MS, answered);
  }

  function noteHeldBack(chat: number | undefined, error: unknown): void {
    counters.add("answers_held_back_total", { why: "pace" });
    logger.debug("Answer given up, Telegram's limits left no room for it", {
      chat,
      reason: reasonOf(error, options.api.redact),
    });
  }
}

/** An answer that arrives in a chat proves that it can be told what it is owed. */
function noticing({ deps, api, logger, onChatBack }: BotOptions): Transformer<RawApi> {
  const { chats, now } = deps;
  return async (previous, method, payload, signal) => {
    const sentAt = now();
    const answer = await previous(method, payload, signal);
    if (method !== "sendMessage" || !answer.ok) return answer;
    const { chat_id, message_thread_id: topicId = null } = payload as SentTo;
    await remember({ logger, redact: api.redact }, "answered", async () => {
      const isBack = await chats.answered({ chatId: Number(chat_id), topicId }, sentAt, now());
      if (isBack) onChatBack();
    });
    return answer;
  };
}

interface SentTo {
  readonly chat_id: number | string;
  readonly message_thread_id?: number | null;
}

/** Date 0 marks a message that the bot cannot reach any more (Bot API, InaccessibleMessage). */
function isAccessible(message: MaybeInaccessibleMessage): message is Message {
  return message.date !== 0;
}

/** In a group the answer says whom it answers. */
function addressOf(message: Message): Address {
  return {
    ...topicOf(placeOf(message)),
    ...(message.chat.type === "private" ? {} : { replyTo: message.message_id }),
  };
}

function topicOf({ chat, topicId }: Pick<Asking, "chat" | "topicId">): Address {
  return { chatId: chat.id, topicId: topicId ?? undefined };
}
