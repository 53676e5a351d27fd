import type { Context } from "grammy";
import type { MaybeInaccessibleMessage, Message } from "grammy/types";
import type { Log } from "../log/log.ts";
import { within } from "../time/pause.ts";
import type { Answer, Asking, BotDeps, SlowAnswer, SlowPlace } from "./action_contract.ts";
import { reasonOf } from "./reason.ts";
import { placeOf } from "./commands.ts";
import { answerWithFile, type FileNews } from "./file_answer.ts";
import type { Keyboards } from "./keyboards.ts";
import {
  type Address,
  editEphemeral,
  editToScreen,
  elsewhere,
  markupOf,
  sendScreen,
} from "./messages.ts";
import { isRefused, refusalOf } from "./refusals.ts";
import { cutText } from "./rich.ts";
import { type Screen, sentence } from "./screen.ts";
import type { Voice } from "./texts/format.ts";

export interface RepliesDeps extends Pick<BotDeps, "voice" | "exports" | "asides" | "counters"> {
  readonly keyboards: Keyboards;
  readonly logger: Log;
  readonly redact: (text: string) => string;
}

/** Text of the notice on a button (Bot API, answerCallbackQuery). */
const MAX_TOAST_LENGTH = 200;

/** Longest wait for a toast; the chat's next update is handled then. */
const TOAST_MS = 1_000;

/** Ways to answer a person. All but `toast` and `sendFile` reject with what grammY throws. */
export class Replies {
  readonly #deps: RepliesDeps;

  constructor(deps: RepliesDeps) {
    this.#deps = deps;
  }

  /** The same in another language. */
  in(voice: Voice): Replies {
    return new Replies({ ...this.#deps, voice });
  }

  async reply(ctx: Context, message: Message, screen: Screen): Promise<void> {
    await this.say(ctx, addressOf(message), screen);
  }

  /** In a topic that is closed or gone meanwhile, the answer comes in the general one. */
  async say(ctx: Context, address: Address, screen: Screen): Promise<void> {
    try {
      await sendScreen(ctx.api, address, screen);
    } catch (error) {
      const other = elsewhere(address, error);
      if (other === null) throw error;
      await sendScreen(ctx.api, other, screen);
    }
  }

  /** Edits the message with the button; one that is gone or too old is followed by a new message. */
  async edit(ctx: Context, message: MaybeInaccessibleMessage, screen: Screen): Promise<void> {
    const address = topicOf(placeOf(message));
    if (!isAccessible(message)) return await this.say(ctx, address, screen);
    const { chat, message_id, ephemeral_message_id: ephemeralId } = message;
    try {
      if (ephemeralId === undefined) await editToScreen(ctx.api, chat.id, message_id, screen);
      else {
        await editEphemeral(ctx.api, chat.id, { userId: ctx.from?.id ?? 0, ephemeralId }, screen);
      }
      const markup = screen.keyboard ? markupOf(screen.keyboard) : undefined;
      this.#deps.keyboards.edited(message, markup);
    } catch (error) {
      if (!isRefused(error) && refusalOf(error).means !== "chat moved") throw error;
      await this.say(ctx, address, screen);
    }
  }

  /** Answers the asker alone, as far as Telegram can; of what takes seconds something is shown meanwhile. */
  async aside(
    asking: Asking,
    place: SlowPlace,
    answer: SlowAnswer | Extract<Answer, { kind: "aside" }>,
  ): Promise<void> {
    const { asides, voice } = this.#deps;
    if (answer.kind === "aside") return await asides.show(asking, place, answer.screen);
    await asides.answer(asking, place, answer, sentence(voice.texts.failed));
  }

  /** Shows something to one person alone; returns what is said of it where they asked. */
  async whisper({ api }: Asking, userId: number, screen: Screen): Promise<string> {
    const { denied } = this.#deps.voice.texts;
    try {
      await sendScreen(api, { chatId: userId }, screen);
      return denied.inPrivate;
    } catch (error) {
      if (!isRefused(error)) throw error;
      return denied.startFirst;
    }
  }

  async sendFile(ctx: Context, address: Address, news: Omit<FileNews, "failed">): Promise<void> {
    await answerWithFile({ ...this.#deps, api: ctx.api }, address, {
      ...news,
      failed: (text) => this.say(ctx, address, sentence(text)),
    });
  }

  /** The notice on a button. Never rejects. */
  async toast(ctx: Context, text?: string, isAlert = false): Promise<void> {
    const { logger, redact } = this.#deps;
    const answered = ctx.answerCallbackQuery({
      ...(text === undefined ? {} : { text: cutText(text, MAX_TOAST_LENGTH) }),
      ...(isAlert ? { show_alert: true } : {}),
    }).catch((error) => {
      if (refusalOf(error).means === "later") return this.noteHeldBack(ctx.chat?.id, error);
      // A press from before a restart is too old to be answered; its message is edited all the same.
      logger.info("callback not answered", { reason: reasonOf(error, redact) });
    });
    await within(TOAST_MS, answered);
  }

  /** Counts an answer that Telegram's limits left no room for. */
  noteHeldBack(chat: number | undefined, error: unknown): void {
    const { counters, logger, redact } = this.#deps;
    counters.add("answers_held_back_total", { why: "pace" });
    logger.debug("Answer given up, Telegram's limits left no room for it", {
      chat,
      reason: reasonOf(error, redact),
    });
  }
}

/** Date 0 marks a message that the bot cannot reach any more (Bot API, InaccessibleMessage). */
export function isAccessible(message: MaybeInaccessibleMessage): message is Message {
  return message.date !== 0;
}

/** The chat and topic of a message; in a group the answer is a reply. */
export function addressOf(message: Message): Address {
  return {
    ...topicOf(placeOf(message)),
    ...(message.chat.type === "private" ? {} : { replyTo: message.message_id }),
  };
}

export function topicOf({ chat, topicId }: Pick<Asking, "chat" | "topicId">): Address {
  return { chatId: chat.id, topicId: topicId ?? undefined };
}
