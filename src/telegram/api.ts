import type { Log } from "../log/log.ts";
import { type CallEnd, PaceError, type Pacer } from "../delivering/pacer.ts";
import { pause } from "../time/pause.ts";
import { withTimeLimit } from "../time/time_limit.ts";
import type { Lane } from "../domain/chat_limits.ts";
import type { PacedCall } from "../domain/send_limits.ts";
import { Api, type ApiClientOptions, HttpError, type RawApi, type Transformer } from "grammy";
import type { ApiError } from "grammy/types";
import type { Counters } from "../health/counters.ts";
import type { Link } from "../health/health.ts";
import type { TelegramFacts } from "./telegram_facts.ts";
import { Upload } from "./exports.ts";
import { grammySignal } from "./messages.ts";
import { isCutPoll } from "./poll_wait.ts";
import { meaningOf } from "./refusals.ts";
import { reasonOf } from "./reason.ts";
import { retryAfterSeconds } from "./retry_after.ts";
import { isUnanswered, type Transport } from "./transport.ts";

export interface ApiDeps {
  readonly token: string;
  readonly apiRoot: string;
  readonly transport: Transport;
  readonly pacer: Pacer;
  readonly counters: Counters;
  readonly link: Link;
  /** Receives the answer of each call. */
  readonly facts: TelegramFacts;
  readonly logger: Log;
  readonly now: () => number;
  readonly redact: (text: string) => string;
  /** Aborts all calls without a signal of their own; later ones fail at once. */
  readonly end: AbortSignal;
}

const CALL_TIMEOUT_MS = 15_000;
/** Time limit of an upload: a base, and the time its bytes take at 256 kbit/s. */
const UPLOAD_TIMEOUT_MS = 60_000;
const UPLOAD_BYTES_PER_MS = 32;
/** Time limit of a long poll beyond its own `timeout`. */
const POLL_MARGIN_MS = 10_000;
/** Attempts for an answer to a person, and the longest wait between them. */
const ATTEMPTS = 3;
/** Attempts for a new message: a lost answer may mean that it arrives twice, so one retry only. */
const ATTEMPTS_TO_SEND = 2;
const RETRY_PAUSE_MS = 500;
const MAX_WAIT_SECONDS = 20;

/** grammY's client options, the same for every Api of ours. */
export function clientOptions({ apiRoot, transport }: ApiDeps): ApiClientOptions {
  return { apiRoot, fetch: transport.fetch };
}

/** Wraps every call in a time limit, counters, Telegram's rate limits and, for answers, retries. */
export function equip(api: Api, deps: ApiDeps, lane: Lane): Api {
  // The transformer installed first is the innermost: it sees every single attempt.
  api.config.use(watching(deps), pacing(deps, lane));
  if (lane === "people") api.config.use(retrying(deps));
  return api;
}

/**
 * An Api for answers and other requests ("people"), or for deliveries, which the outbox retries.
 */
export function createApi(deps: ApiDeps, lane: Lane): Api {
  return equip(new Api(deps.token, clientOptions(deps)), deps, lane);
}

/** Longest wait for the rate limit. A broadcast can wait in the outbox instead. */
const PATIENCE_MS = { people: MAX_WAIT_SECONDS * 1_000, broadcast: 5_000 } as const;
/** Methods that must work for the bot to get updates and answer presses. */
const VITAL = ["getUpdates", "getMe", "deleteWebhook", "answerCallbackQuery"];

/**
 * Lets a call through when Telegram's rate limits allow it. Throws a PaceError when that takes too long.
 * Polling is exempt: it is one call at a time and keeps its own pauses.
 */
function pacing({ pacer }: ApiDeps, lane: Lane): Transformer<RawApi> {
  return async (previous, method, payload, signal) => {
    if (method === "getUpdates") return await previous(method, payload, signal);
    const call = pacedCall(method, payload, lane);
    const ticket = await pacer.enter(call, PATIENCE_MS[lane], signal as AbortSignal | undefined);
    let end: CallEnd = "unanswered";
    try {
      const answer = await previous(method, payload, signal);
      const seconds = answer.ok ? null : askedSeconds(method, answer);
      if (seconds !== null) end = { retryAfterSeconds: seconds };
      else if (answer.ok || meaningOf(answer).means !== "uncertain") end = "answered";
      return answer;
    } finally {
      ticket.end(end);
    }
  };
}

/** The person whose press an answerCallbackQuery answers; its payload holds no person. */
const pressers = new WeakMap<object, number>();

/** Notes whose press the calls answer, so that a 429 slows down this person's answers only. */
export function answeringTo(person: number): Transformer<RawApi> {
  return (previous, method, payload, signal) => {
    if (method === "answerCallbackQuery") pressers.set(payload, person);
    return previous(method, payload, signal);
  };
}

function pacedCall(method: string, payload: object, lane: Lane): PacedCall {
  const presser = pressers.get(payload);
  if (presser !== undefined) {
    return { kind: "other", name: `${method} ${presser}`, partOf: method, lane };
  }
  const chatId = "chat_id" in payload ? Number(payload.chat_id) : null;
  const kind = method.startsWith("send") ? "send" : method.startsWith("edit") ? "edit" : "other";
  return kind === "other" || chatId === null
    ? { kind: "other", name: chatId === null ? method : `${method} ${chatId}`, lane }
    : { kind, chatId, lane };
}

/** The wait that Telegram asks for, in seconds, cut to a limit; null where it asks for none. */
function askedSeconds(method: string, answer: ApiError): number | null {
  const meaning = meaningOf(answer);
  if (meaning.means !== "later") return null;
  return VITAL.includes(method) ? retryAfterSeconds(meaning.seconds, "all") : meaning.seconds;
}

function watching(deps: ApiDeps): Transformer<RawApi> {
  const { counters, link, facts, logger, redact, end } = deps;
  return async (previous, method, payload, signal) => {
    const limitMs = timeLimitMs(method, payload);
    const started = performance.now();
    const outer = signal as AbortSignal | undefined ?? end;
    return await withTimeLimit(
      limitMs,
      outer,
      async (limited, limit) => {
        try {
          const answer = await previous(method, payload, grammySignal(limited));
          const code = answer.ok ? 200 : answer.error_code;
          counters.add("telegram_calls_total", { method, code: String(code) });
          const tookMs = performance.now() - started;
          logger.debug("Telegram call", { method, code, tookMs: Math.round(tookMs) });
          if (method !== "getUpdates") {
            counters.observe("telegram_call_duration_seconds", tookMs / 1000, { method });
          }
          if (answer.ok) facts.answered(method, answer.result);
          const isDone = answer.ok || meaningOf(answer).means === "sent";
          if (isDone || isOrdinaryRefusal(method, code)) link.answered(deps.now());
          else link.failed(redact(`${code} ${answer.description}`));
          return answer;
        } catch (thrown) {
          const error = limit.isOver
            ? new HttpError("No answer in time", deps.transport.late())
            : thrown;
          // We hung up ourselves: that says nothing about Telegram.
          if (!outer.aborted) {
            counters.add("telegram_calls_total", { method, code: "none" });
            // A long poll that a proxy cut because it was idle is no sign that Telegram is out of reach.
            const heldMs = performance.now() - started;
            if (method !== "getUpdates" || !isCutPoll(error, heldMs, heldSeconds(payload))) {
              link.failed(reasonOf(error, redact));
            }
          }
          throw error;
        }
      },
    );
  };
}

/** How long a call may take, in milliseconds. */
export function timeLimitMs(method: string, payload: object): number {
  if (method === "getUpdates") return heldSeconds(payload) * 1_000 + POLL_MARGIN_MS;
  const upload = Object.values(payload).find((it) => it instanceof Upload);
  return upload ? UPLOAD_TIMEOUT_MS + upload.bytes / UPLOAD_BYTES_PER_MS : CALL_TIMEOUT_MS;
}

/** For how long a poll is to be held. */
function heldSeconds(payload: object): number {
  return "timeout" in payload ? Number(payload.timeout ?? 0) : 0;
}

/** Refusals of this one call; a refused poll or a wrong token or address concerns all calls. */
function isOrdinaryRefusal(method: string, code: number): boolean {
  return method !== "getUpdates" && [400, 403, 429].includes(code);
}

/**
 * Waits out a short 429, and tries again after server and network errors. A call that sends something is
 * made once more when nothing of its answer came back: mostly its connection was dead, and an answer that
 * comes twice is better than none. (@grammyjs/auto-retry never retries network errors with the web build
 * of grammY, see its check of HttpError.)
 */
function retrying(deps: ApiDeps): Transformer<RawApi> {
  return async (previous, method, payload, signal) => {
    // getUpdates is repeated by polling; getMe asks whether Telegram answers right now.
    if (method === "getUpdates" || method === "getMe") {
      return await previous(method, payload, signal);
    }
    const repeatable = !method.startsWith("send");
    for (let attempt = 1;; attempt++) {
      let pauseMs = RETRY_PAUSE_MS * 2 ** (attempt - 1);
      try {
        const answer = await previous(method, payload, signal);
        if (answer.ok || attempt >= ATTEMPTS) return answer;
        const wait = askedSeconds(method, answer);
        if (wait !== null && wait > MAX_WAIT_SECONDS) return answer;
        if (wait === null && !(repeatable && answer.error_code >= 500)) return answer;
        // The pacer knows of the 429 and waits that long itself.
        if (wait !== null) pauseMs = 0;
        deps.logger.warning("Telegram call will be tried again", {
          method,
          attempt,
          delayMs: pauseMs,
          reason: `${answer.error_code} ${answer.description}`,
        });
      } catch (error) {
        // A PaceError has already waited as long as a person would.
        const isOver = error instanceof PaceError || signal?.aborted || deps.end.aborted;
        const attempts = repeatable ? ATTEMPTS : isUnanswered(error) ? ATTEMPTS_TO_SEND : 1;
        if (isOver || attempt >= attempts) throw error;
        deps.logger.warning("Telegram call will be tried again", {
          method,
          attempt,
          delayMs: pauseMs,
          reason: reasonOf(error, deps.redact),
        });
      }
      await pause(pauseMs);
    }
  };
}
