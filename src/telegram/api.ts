import type { Log } from "../log/log.ts";
import { type CallEnd, PaceError, type Pacer } from "../delivering/pacer.ts";
import { pause } from "../time/pause.ts";
import { withTimeLimit } from "../time/time_limit.ts";
import type { Lane, PacedCall } from "../domain/pace.ts";
import { Api, type ApiClientOptions, HttpError, type RawApi, type Transformer } from "grammy";
import type { ApiError } from "grammy/types";
import type { Counters } from "../health/counters.ts";
import type { Link } from "../health/health.ts";
import type { Hearsay } from "./hearsay.ts";
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
  /** Told of what each call was answered with. */
  readonly hearsay: Hearsay;
  readonly logger: Log;
  readonly now: () => number;
  readonly redact: (text: string) => string;
  /** Ends the calls that were given no signal of their own, and lets none begin any more. */
  readonly end: AbortSignal;
}

const CALL_TIMEOUT_MS = 15_000;
/** An upload may take longer, and the longer the larger it is: as on a line of 256 kbit/s. */
const UPLOAD_TIMEOUT_MS = 60_000;
const UPLOAD_BYTES_PER_MS = 32;
/** What a long poll may take beyond the time it is to be held. */
const POLL_MARGIN_MS = 10_000;
/** Answers to people are tried again this often, and no longer than they would wait. */
const ATTEMPTS = 3;
/** What might be there twice then: rather that than not at all, but no oftener. */
const ATTEMPTS_TO_SEND = 2;
const RETRY_PAUSE_MS = 500;
const LONGEST_WAIT_SECONDS = 20;

/** What grammY needs to know of the server, for every Api made here. */
export function clientOptions({ apiRoot, transport }: ApiDeps): ApiClientOptions {
  return { apiRoot, fetch: transport.fetch };
}

/** Puts time limits, counting, Telegram's limits and (for answers) retries round every call. */
export function equip(api: Api, deps: ApiDeps, lane: Lane): Api {
  // The one installed first is the innermost: it sees every single attempt.
  api.config.use(watching(deps), pacing(deps, lane));
  if (lane === "people") api.config.use(retrying(deps));
  return api;
}

/** An Api for answers and whatever else is asked; or one for deliveries, whose retries are the outbox's. */
export function createApi(deps: ApiDeps, lane: Lane): Api {
  return equip(new Api(deps.token, clientOptions(deps)), deps, lane);
}

/** Whoever is answered waits no longer; what is told can as well wait in the outbox. */
const PATIENCE_MS = { people: LONGEST_WAIT_SECONDS * 1_000, broadcast: 5_000 } as const;
/** Without these nobody is heard or answered. */
const VITAL = ["getUpdates", "getMe", "deleteWebhook", "answerCallbackQuery"];

/**
 * Lets a call through when Telegram's limits allow it. Throws a PaceError when that takes too long.
 * Who polls does so by itself, and waits by itself.
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

/** Who pressed the button that a call answers; it is told by no more than the press. */
const pressers = new WeakMap<object, number>();

/** Makes known for whom the calls are made: a refusal is held against nobody else. */
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

/** For how many seconds the call is to be left alone; null when that is not what was answered. */
function askedSeconds(method: string, answer: ApiError): number | null {
  const meaning = meaningOf(answer);
  if (meaning.means !== "later") return null;
  return VITAL.includes(method) ? retryAfterSeconds(meaning.seconds, "all") : meaning.seconds;
}

function watching(deps: ApiDeps): Transformer<RawApi> {
  const { counters, link, hearsay, logger, redact, end } = deps;
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
          if (answer.ok) hearsay.answered(method, answer.result);
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
            // A poll that was cut while nothing happened says nothing either.
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

/** Refusals that concern the one call; a refused poll, a wrong token or address concern them all. */
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
    // These have whoever asks try again, or are asked to see how things are right now.
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
        if (wait !== null && wait > LONGEST_WAIT_SECONDS) return answer;
        if (wait === null && !(repeatable && answer.error_code >= 500)) return answer;
        // The pace knows of it and waits that long by itself.
        if (wait !== null) pauseMs = 0;
        deps.logger.warning("Telegram call will be tried again", {
          method,
          attempt,
          delayMs: pauseMs,
          reason: `${answer.error_code} ${answer.description}`,
        });
      } catch (error) {
        // Our own pace has waited for as long as anybody would.
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
