import type { Log } from "../log/log.ts";
import { type Admitted, isAdmitted } from "../domain/admission.ts";
import { serviceAccount } from "../domain/service_accounts.ts";
import type { Context, MiddlewareFn } from "grammy";
import { ACTIONS } from "./actions.ts";
import { reasonOf } from "./reason.ts";
import { CALLBACKS, isAction } from "./callbacks.ts";
import { isAddressed, placeOf, readCommand } from "./commands.ts";
import { sendScreen } from "./messages.ts";
import { code, lines, rich } from "./rich.ts";
import type { Texts } from "./texts/format.ts";

export interface GateDeps {
  readonly chats: {
    readonly admitted: Admitted;
    /** Whether anything is stored of a chat. */
    isRemembered(chatId: number): Promise<boolean>;
  };
  /** The texts in the language of a chat. */
  readonly textsOf: (chatId: number | undefined) => Texts;
  readonly logger: Log;
  readonly redact: (text: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Minimum time between two messages that tell a chat outside ALLOWED_CHATS of the list. */
const AGAIN_MS = 24 * 3_600_000;
/** Size of the memory of chats that were told. */
const REMEMBERED = 1_000;

/**
 * Lets updates pass from chats and people that may use the bot. Other chats get one sentence a day,
 * and a notice for each press. Updates that ask nothing pass, such as membership changes, by which
 * the bot knows its chats.
 */
export function createGate(
  { chats, textsOf, logger, redact, now }: GateDeps,
): MiddlewareFn<Context> {
  const toldAt = new Map<number, number>();

  return async (ctx, next) => {
    const { chat, message, callbackQuery } = ctx;
    const { closed } = textsOf(chat?.id);
    const who = { chatId: chat?.id ?? null, personId: personOf(ctx) };
    if (isAdmitted(chats.admitted, who) || await mayLeave(ctx)) return await next();
    const isWanted = callbackQuery !== undefined || (message !== undefined && isAddressed(ctx));
    if (!isWanted) return await next();
    logger.debug("Not admitted", { chat: chat?.id, user: ctx.from?.id });
    try {
      if (callbackQuery) {
        await ctx.answerCallbackQuery({ text: closed.toast, show_alert: true });
      } else if (chat && mayTell(chat.id)) {
        logger.info("Told that the bot is closed", { chat: chat.id, user: ctx.from?.id });
        await tell(ctx, chat.id, closed.sentence);
      }
    } catch (error) {
      logger.info("Not told that the bot is closed", { reason: reasonOf(error, redact) });
    }
  };

  /** Whether a chat that is not admitted asks to unsubscribe or to delete its stored data. */
  async function mayLeave(ctx: Context): Promise<boolean> {
    const { chat, message, callbackQuery } = ctx;
    const asked = callbackQuery
      ? CALLBACKS.read(callbackQuery.data ?? "")?.action
      : message && isAddressed(ctx)
      ? readCommand(message)?.name
      : undefined;
    if (!chat || asked === undefined || !isAction(asked) || !ACTIONS[asked].isWayOut) return false;
    return await chats.isRemembered(chat.id).catch(() => false);
  }

  function mayTell(chatId: number): boolean {
    const at = now();
    const before = toldAt.get(chatId);
    if (before !== undefined && at - before < AGAIN_MS && at >= before) return false;
    toldAt.delete(chatId);
    toldAt.set(chatId, at);
    const [oldest] = toldAt.keys();
    if (toldAt.size > REMEMBERED && oldest !== undefined) toldAt.delete(oldest);
    return true;
  }

  async function tell(ctx: Context, chatId: number, sentence: string): Promise<void> {
    const id = code(String(chatId));
    const text = lines(rich(`${sentence} `, id, "."));
    const topicId = ctx.message ? placeOf(ctx.message).topicId ?? undefined : undefined;
    const replyTo = chatId < 0 ? ctx.message?.message_id : undefined;
    await sendScreen(ctx.api, { chatId, topicId, replyTo }, { text, keyboard: null });
  }
}

/** The person for the list of ALLOWED_CHATS; null for messages in the name of a chat. */
function personOf({ from, message, callbackQuery }: Context): number | null {
  if (!from || serviceAccount(from.id) !== undefined) return null;
  return callbackQuery || message?.sender_chat === undefined ? from.id : null;
}
