import { GrammyError } from "grammy";
import { PaceError } from "../delivering/pacer.ts";
import type { Unreachable } from "../domain/delivery.ts";
import { retryAfterSeconds } from "./retry_after.ts";
import { noAnswerOf } from "./transport.ts";

/** The meaning of an answer that is not ok. */
export type Refusal =
  /** The message arrived all the same, with an unknown id. */
  | { readonly means: "sent" }
  | { readonly means: "later"; readonly seconds: number }
  | { readonly means: "chat unreachable"; readonly why: Unreachable }
  /** The chat allows text messages but no files. */
  | { readonly means: "no files" }
  | { readonly means: "too large" }
  /** Telegram does not know, or no longer knows, the file_id. */
  | { readonly means: "file unknown" }
  | { readonly means: "chat moved"; readonly to: number }
  /**
   * The topic of the call is closed or gone; for a call without a topic, the General topic is
   * closed.
   */
  | { readonly means: "topic gone" }
  /** The message could be sent without its reply, its buttons or its formatting. */
  | { readonly means: "without reply" | "without markup" | "without entities" }
  | { readonly means: "not modified" }
  /** The message of the call is gone, or can no longer be edited. */
  | { readonly means: "message lost" }
  | { readonly means: "press too old" }
  /** Refused for a reason that no line of {@linkcode LINES} has. */
  | { readonly means: "refused" }
  /** The call may or may not have been carried out: a server error, or no answer of Telegram. */
  | { readonly means: "uncertain" };

/**
 * An answer of the Bot API that is not ok. Fields are unchecked, since a proxy may have answered.
 */
export interface RefusedAnswer {
  readonly error_code?: unknown;
  readonly description?: unknown;
  readonly parameters?: unknown;
}

type Line = readonly [codes: readonly number[], words: RegExp, meaning: Refusal, source: string];

/** Telegram's errors of other numbers come as 400 (Client.cpp, fail_query_with_error); proxies vary. */
const NO = [400, 403, 406];
/** The sources of the lines. */
const SRV = "tdlib/telegram-bot-api, Client.cpp";
const SEND = "core.telegram.org/method/messages.sendMessage, errors";
const EDIT = "core.telegram.org/method/messages.editMessage, errors";

const unreachable = (why: Unreachable): Refusal => ({ means: "chat unreachable", why });

/** Words of an answer and their meaning. The first match counts. */
const LINES: readonly Line[] = [
  [[500], /immediately deleted/i, { means: "sent" }, `${SRV}, on_message_send_succeeded`],
  [[413], /./, { means: "too large" }, "Bot API, sending files"],
  // Before markup: its text says “reply markup”.
  [NO, /not modified/i, { means: "not modified" }, SRV],
  [NO, /query is too old|QUERY_ID_INVALID/i, { means: "press too old" }, SRV],
  [NO, /too (big|large)|FILE_PARTS?_/i, { means: "too large" }, "Bot API, sending files"],
  // Before markup: its text goes on “/HTTP URL specified”.
  [
    NO,
    /wrong (remote )?file|FILE_(ID|REFERENCE)/i,
    { means: "file unknown" },
    `${SRV}, get_input_file`,
  ],
  // Before markup: ENTITY_TEXTURL_INVALID.
  [NO, /entit(y|ies)|unsupported (start )?tag/i, { means: "without entities" }, `${SRV}; ${SEND}`],
  // Before replies, and before rights: BUTTON_USER_PRIVACY_RESTRICTED.
  [
    NO,
    /BUTTON|KEYBOARD|MARKUP|HTTP URL|URL_INVALID|DOMAIN_INVALID/i,
    { means: "without markup" },
    `${SRV}, get_reply_markup; ${SEND}`,
  ],
  // Before messages to edit: “reply message not found”.
  [NO, /\brepl(y|ied)|REPLY_|QUOTE|MSG_ID/i, { means: "without reply" }, `${SRV}; ${SEND}`],
  [
    NO,
    /message to (edit|delete)|can't be (edited|deleted)|no text in the message|message not found|message identifier|MESSAGE_(ID_INVALID|EDIT|AUTHOR)/i,
    { means: "message lost" },
    `${SRV}, check_message; ${EDIT}`,
  ],
  [
    NO,
    /THREAD|TOPIC|FORUM/i,
    { means: "topic gone" },
    `${SRV}, check_message_topic; ${SEND}`,
  ],
  [
    NO,
    /blocked by the user|USER_IS_BLOCKED|YOU_BLOCKED_USER/i,
    unreachable("blocked"),
    `${SRV}, check_chat_access`,
  ],
  [NO, /user is deactivated|USER_DEACTIVATED/i, unreachable("deactivated"), SRV],
  [NO, /can't initiate conversation/i, unreachable("not started"), `${SRV}, check_chat_access`],
  [
    NO,
    /(send|rights to send) (documents|media|files)|SEND_(DOCS|MEDIA)_FORBIDDEN/i,
    { means: "no files" },
    "tdlib/td, MessagesManager; core.telegram.org/method/messages.sendMedia, errors",
  ],
  [
    NO,
    /rights|FORBIDDEN|RESTRICTED|ADMIN_(REQUIRED|INVALID)|administrator|USER_BANNED|PREMIUM_REQUIRED|PAYMENT_REQUIRED|not allowed/,
    unreachable("may not write"),
    `${SRV}, check_chat_access; ${SEND}`,
  ],
  [
    NO,
    /(chat|user|peer|channel) not found|group chat was|not a member|kicked|deleted|PRIVATE|(PEER|CHAT|CHANNEL|USER)(_ID)?_INVALID|PARTICIPANT/,
    unreachable("absent"),
    `${SRV}, check_chat_access; ${SEND}`,
  ],
];

/** The meaning of a rejected call; an error that is no answer of Telegram is "uncertain". */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof PaceError) return { means: "later", seconds: error.seconds };
  if (error instanceof GrammyError) return meaningOf(error);
  // A gateway before a local Bot API server answers with a page of its own.
  return { means: noAnswerOf(error)?.status === 413 ? "too large" : "uncertain" };
}

/** The meaning of an answer that is not ok; the same for deliveries, answers, edits and files. */
export function meaningOf({ error_code: code, description, parameters }: RefusedAnswer): Refusal {
  // Gateways answer with JSON of their own: Telegram's answers have an integer error_code.
  if (typeof code !== "number" || !Number.isInteger(code)) return { means: "uncertain" };
  const words = typeof description === "string" ? description : "";
  const { migrate_to_chat_id: to, retry_after: seconds } = asRecord(parameters);
  // Waits by the names of Telegram's inner servers, which the Bot API server has left untranslated.
  const wait = /(?:FLOOD|SLOWMODE|PREMIUM)_WAIT_(\d+)/.exec(words)?.[1];
  if (code === 429 || code === 420 || wait !== undefined) {
    return { means: "later", seconds: retryAfterSeconds(seconds ?? wait, "chat") };
  }
  if (NO.includes(code) && typeof to === "number" && Number.isSafeInteger(to)) {
    return { means: "chat moved", to };
  }
  for (const [codes, pattern, meaning] of LINES) {
    if (codes.includes(code) && pattern.test(words)) return meaning;
  }
  // Every 403 of Telegram is about the chat, also with unknown words.
  if (code === 403) return unreachable("may not write");
  // Other codes, as for a wrong token or a second poller, say nothing about the message.
  return { means: NO.includes(code) ? "refused" : "uncertain" };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

/**
 * Whether Telegram refused a call and would do so again. After a refused edit a new message may
 * work, or its refusal tells what is wrong with the chat.
 */
export function isRefused(error: unknown): boolean {
  const { means } = refusalOf(error);
  return means !== "later" && means !== "uncertain" && means !== "chat moved";
}
