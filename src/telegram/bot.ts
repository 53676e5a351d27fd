import type { Log } from "../core/log.ts";
import { fewATurn } from "../core/pause.ts";
import { sequentialize } from "@grammyjs/runner";
import { Bot, type Context, InputFile } from "grammy";
import type { Message, UserFromGetMe } from "grammy/types";
import { type ActionName, ACTIONS, ADMIN_COMMANDS, isSlow, PUBLIC_COMMANDS } from "./actions.ts";
import { type Answer, type AnswerFile, type Asking, type BotDeps, sentence } from "./asking.ts";
import { type ApiDeps, clientOptions, equip, reasonOf } from "./api.ts";
import {
  type Address,
  editToScreen,
  isTopicGone,
  parseCallbackData,
  sendScreen,
} from "./messages.ts";
import { watchMembership } from "./membership.ts";
import { cutText } from "./rich.ts";

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

/** Updates whose handling begins in the same turn: one at a time would take a millisecond each. */
const BEGUN_IN_A_TURN = 4;

const COMMANDS: readonly ActionName[] = [...PUBLIC_COMMANDS, ...ADMIN_COMMANDS];

/** Assembles the bot: the error boundary first, the catch-all last. */
export function createBot(options: BotOptions): Bot {
  const { deps, logger } = options;
  const { counters } = deps;
  const bot = new Bot(options.api.token, { client: clientOptions(options.api) });
  equip(bot.api, options.api, "people");

  bot.catch(({ error, ctx }) => {
    counters.add("handler_errors_total");
    logger.error("Handler failed", {
      update: ctx.update.update_id,
      chat: ctx.chat?.id,
      reason: reasonOf(error, options.api.redact),
    });
  });
  const turn = fewATurn(BEGUN_IN_A_TURN);
  bot.use(async (ctx, next) => {
    const kind = ctx.callbackQuery ? "callback_query" : ctx.message ? "message" : "my_chat_member";
    counters.add("updates_total", { kind });
    const since = performance.now();
    await turn();
    try {
      await next();
    } finally {
      counters.observe("handler_duration_seconds", (performance.now() - since) / 1000, { kind });
    }
  });
  // A press that may take seconds is answered before it waits for its turn in the chat.
  bot.on("callback_query:data", async (ctx, next) => {
    const pressed = parseCallbackData(ctx.callbackQuery.data);
    const isShown = ctx.callbackQuery.message !== undefined;
    if (pressed && isShown && isSlow(pressed.action)) await toast(ctx, deps.voice.texts.checking);
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
  return bot;

  async function onMessage(ctx: Context, message: Message): Promise<void> {
    const command = commandOf(message, ctx.me);
    const isPrivate = message.chat.type === "private";
    if (command === null) {
      // In a group people talk to each other; a photo or a sticker asks for nothing.
      if (isPrivate && message.text) await reply(ctx, message, sentence(deps.voice.texts.hint));
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
      if (isPrivate || command.isForUs) {
        await reply(ctx, message, sentence(deps.voice.texts.unknownCommand));
      }
      return;
    }
    const asking = askingOf(ctx, message, command.argument);
    const answer = await perform(action, asking);
    if (answer.refusal) await reply(ctx, message, sentence(answer.refusal));
    if (answer.screen) await reply(ctx, message, answer.screen);
    await sendDocuments(ctx, addressOf(message), answer);
    if (action === "start" && isPrivate && deps.settings.adminIds.includes(message.chat.id)) {
      options.onAdministratorStarted(message.chat.id);
    }
  }

  async function onPress(ctx: Context): Promise<void> {
    const { texts } = deps.voice;
    const message = ctx.callbackQuery?.message;
    const pressed = parseCallbackData(ctx.callbackQuery?.data ?? "");
    const action = pressed?.action;
    logger.info("callback", {
      callback: action ?? "unknown",
      chat: message?.chat.id,
      user: ctx.from?.id,
    });
    counters.add("callbacks_total", { action: action ?? "unknown" });
    // Without a message there is no chat to show anything in.
    if (!pressed || !action || !message) return await toast(ctx, texts.staleButton);

    const answer = await perform(action, askingOf(ctx, message, ""));
    // Side by side: whoever pressed sees the one no later for the other.
    await Promise.all([
      answer.screen &&
      (pressed.opensNew
        ? say(ctx, topicOf(message), answer.screen)
        : show(ctx, message, answer.screen)),
      isSlow(action)
        ? answer.refusal && say(ctx, topicOf(message), sentence(answer.refusal))
        : toast(ctx, answer.refusal ?? answer.toast, answer.refusal !== undefined),
    ]);
    await sendDocuments(ctx, topicOf(message), answer);
  }

  /** Runs an action; a fault becomes an answer, so that nobody is left without one. */
  async function perform(action: ActionName, asking: Asking): Promise<Answer> {
    try {
      return await ACTIONS[action](deps, asking);
    } catch (error) {
      counters.add("handler_errors_total");
      const isDatabase = error instanceof Error && /^(Database|Libsql)/.test(error.name);
      logger.error("Action failed", {
        action,
        chat: asking.chat.id,
        error,
        ...(isDatabase || !(error instanceof Error) ? {} : { stack: error.stack }),
      });
      return { refusal: isDatabase ? deps.voice.texts.databaseFailed : deps.voice.texts.failed };
    }
  }

  async function reply(ctx: Context, message: Message, screen: Parameters<typeof sendScreen>[2]) {
    await say(ctx, addressOf(message), screen);
  }

  /** In a topic that is closed or gone meanwhile, the answer comes in the general one. */
  async function say(ctx: Context, address: Address, screen: Parameters<typeof sendScreen>[2]) {
    try {
      await sendScreen(ctx.api, address, screen);
    } catch (error) {
      if (!isTopicGone(error)) throw error;
      await sendScreen(ctx.api, { chatId: address.chatId }, screen);
    }
  }

  /** Edits the message with the button; where it is gone, or too old to be edited, writes anew. */
  async function show(
    ctx: Context,
    message: { chat: { id: number }; message_id: number; date: number },
    screen: Parameters<typeof sendScreen>[2],
  ): Promise<void> {
    const { id } = message.chat;
    // Date 0 marks a message that the bot cannot reach any more (Bot API, InaccessibleMessage).
    const isThere = message.date !== 0 &&
      await editToScreen(ctx.api, id, message.message_id, screen);
    if (!isThere) await say(ctx, topicOf(message), screen);
  }

  async function toast(ctx: Context, text: string | undefined, isAlert = false): Promise<void> {
    try {
      await ctx.answerCallbackQuery({
        ...(text === undefined ? {} : { text: cutText(text, MAX_TOAST_LENGTH) }),
        ...(isAlert ? { show_alert: true } : {}),
      });
    } catch (error) {
      // A press from before a restart is too old to be answered; its message is edited all the same.
      logger.info("callback not answered", { reason: reasonOf(error, options.api.redact) });
    }
  }
}

/** Chunks that can be sent again: grammY itself takes them for a stream, which cannot. */
class ChunkedFile extends InputFile {
  readonly #chunks: readonly Uint8Array<ArrayBuffer>[];

  constructor(chunks: readonly Uint8Array<ArrayBuffer>[], name: string) {
    super(chunks, name);
    this.#chunks = chunks;
  }

  override toRaw() {
    return Promise.resolve(this.#chunks);
  }
}

async function sendDocuments(
  ctx: Context,
  { chatId, topicId }: Address,
  { documents = [] }: { documents?: AsyncIterable<AnswerFile> | [] },
): Promise<void> {
  const topic = topicId === undefined ? {} : { message_thread_id: topicId };
  for await (const { name, chunks, caption } of documents) {
    await ctx.api.sendDocument(chatId, new ChunkedFile(chunks, name), { caption, ...topic });
  }
}

/** The command a message begins with; null when it begins with none, or with another bot's. */
function commandOf(message: Message, me: UserFromGetMe) {
  const text = message.text ?? "";
  const entity = message.entities?.find((it) => it.type === "bot_command" && it.offset === 0);
  if (!entity) return null;
  const [name = "", target] = text.slice(1, entity.length).split("@");
  if (target !== undefined && target.toLowerCase() !== me.username.toLowerCase()) return null;
  return {
    name: name.toLowerCase(),
    argument: text.slice(entity.length).trim(),
    isForUs: target !== undefined,
  };
}

function askingOf(
  ctx: Context,
  message: Parameters<typeof topicOf>[0] & Pick<Message, "chat"> & { sender_chat?: { id: number } },
  argument: string,
): Asking {
  const { chat } = message;
  return {
    api: ctx.api,
    topicId: topicOf(message).topicId ?? null,
    chat: { id: chat.id, type: chat.type, title: chat.title ?? chat.first_name ?? "" },
    userId: ctx.from?.id ?? null,
    isAnonymousAdministrator: !ctx.callbackQuery && message.sender_chat?.id === chat.id,
    argument,
  };
}

/** In a group the answer says whom it answers. */
function addressOf(message: Message): Address {
  return {
    ...topicOf(message),
    ...(message.chat.type === "private" ? {} : { replyTo: message.message_id }),
  };
}

/** A reply in the General topic carries a thread id that is no topic: only the flag tells. */
function topicOf(
  message: { chat: { id: number }; is_topic_message?: boolean; message_thread_id?: number },
): Address {
  return {
    chatId: message.chat.id,
    topicId: message.is_topic_message ? message.message_thread_id : undefined,
  };
}
