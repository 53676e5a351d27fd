import { Api, GrammyError } from "grammy";
import type { Standing } from "../delivering/chat_watch.ts";
import { Pacer } from "../delivering/pacer.ts";
import { requestProblem } from "../text/errors.ts";
import { type ApiDeps, createApi } from "./api.ts";
import { reasonOf } from "./reason.ts";
import { TelegramFacts } from "./telegram_facts.ts";
import { refusalOf } from "./refusals.ts";
import { createStandingLookup } from "./standing.ts";
import { createTransport, noAnswerOf, transportError, UnreachableError } from "./transport.ts";

export interface ExaminationOptions
  extends Pick<ApiDeps, "token" | "apiRoot" | "counters" | "link" | "redact"> {
  readonly proxy: string | null;
  readonly signal: AbortSignal;
}

/** What Telegram tells about the bot. */
export interface Greeting {
  /** The bot's username without the @. */
  readonly name: string;
  /** The host of a webhook, which keeps every poll from being answered; null for none. */
  readonly webhook: string | null;
  /** Milliseconds by which our clock is ahead of Telegram's; null when no answer had a date. */
  readonly aheadMs: number | null;
}

/** Why Telegram tells nothing about the bot; `kind`: what may be wrong. */
export interface NoGreeting {
  readonly kind: "token" | "address" | "proxy" | "other";
  readonly reason: string;
}

/** How the bot stands in a chat of the settings; null when Telegram does not tell. */
export type ChatStanding = Standing | { readonly movedTo: number } | null;

export interface Examination {
  greet(): Promise<Greeting | NoGreeting>;
  standing(chatId: number): Promise<ChatStanding>;
  close(): void;
}

/** Basic groups have ids above this one, supergroups and channels below it (Bot API). */
const MIN_BASIC_GROUP_ID = -1_000_000_000_000;

/**
 * Asks Telegram about the bot and its chats without polling and without sending messages. To
 * private chats and basic groups the bot shows "typing", which Telegram refuses like a message;
 * other methods tell neither of a person's block nor of a group that became a supergroup.
 */
export function examineTelegram(options: ExaminationOptions): Examination {
  const { token, proxy, redact, signal } = options;
  const botId = Number(token.slice(0, token.indexOf(":")));
  let aheadMs: number | null = null;
  const transport = createTransport({
    proxy,
    redact,
    onDate(header) {
      const at = Date.parse(header ?? "");
      if (!Number.isNaN(at)) aheadMs = Date.now() - at;
    },
  });
  const silent = () => {};
  const api: Api = createApi({
    ...options,
    transport,
    pacer: new Pacer(),
    facts: new TelegramFacts(Date.now),
    logger: { debug: silent, info: silent, warning: silent, error: silent },
    now: Date.now,
    end: signal,
  }, "broadcast");
  const ask = createStandingLookup({ api, botId: () => botId, redact, now: Date.now });

  return {
    async greet() {
      try {
        const me = await api.getMe();
        if (me.id !== botId || typeof me.username !== "string") {
          return { kind: "address", reason: "the answer to getMe is not about this bot" };
        }
        const url = await api.getWebhookInfo().then(({ url = "" }) => url, () => "");
        return { name: me.username, webhook: URL.parse(url)?.host ?? null, aheadMs };
      } catch (error) {
        const inner = transportError(error);
        const isOfFetch = inner instanceof TypeError;
        const reason = isOfFetch ? redact(requestProblem(inner)) : reasonOf(error, redact);
        return { kind: kindOf(error), reason };
      }
    },
    async standing(chatId) {
      const standing = await ask(chatId);
      if (standing?.gone || chatId < MIN_BASIC_GROUP_ID) return standing;
      try {
        await api.sendChatAction(chatId, "typing");
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal.means === "chat moved") return { movedTo: refusal.to };
        if (refusal.means === "chat unreachable") {
          const gone = { why: refusal.why, reason: reasonOf(error, redact), until: null };
          return { gone, lacks: [] };
        }
      }
      return standing;
    },
    close: () => transport.close(),
  };
}

function kindOf(error: unknown): NoGreeting["kind"] {
  const noAnswer = noAnswerOf(error);
  const code = error instanceof GrammyError ? error.error_code : noAnswer?.status;
  if (code === 401) return "token";
  if (code === 404 || noAnswer?.kind === "foreign" || noAnswer?.kind === "redirect") {
    return "address";
  }
  const inner = transportError(error);
  return inner instanceof UnreachableError && /_PROXY/.test(inner.message) ? "proxy" : "other";
}
