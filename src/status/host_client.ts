import type { Reading } from "../domain/reading.ts";
import { pauseMs, type Retries } from "../domain/retries.ts";
import type { Log } from "../log/log.ts";
import { elapsedMs } from "../time/clock.ts";
import { nextTurn, pause, slots } from "../time/pause.ts";
import { decodeFeed, decodePage, unreadable } from "./decode.ts";
import {
  type Answer,
  attemptGet,
  type AttemptOptions,
  type Fault,
  MAX_FEED_BYTES,
  MAX_PAGE_BYTES,
  type Validators,
} from "./http_attempt.ts";
import { HostSilences } from "./host_silences.ts";

export interface HostClientOptions extends Retries {
  /** The bot's version, for the User-Agent. */
  readonly version: string;
  readonly logger: Omit<Log, "error">;
  /** Random numbers from 0 to below 1, for the jitter of retries. */
  readonly random?: () => number;
  /** Waits; may end early or reject when the signal is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly elapsed?: () => number;
  /** Called after each address with the answer and its reading; the doctor command shows them. */
  readonly onHeard?: (heard: Heard) => void;
}

/** A host's answer at one address, and the reading decoded from it. */
export interface Heard {
  readonly url: string;
  /** The HTTP status; null without an answer. */
  readonly status: number | null;
  /** The first characters of the body, unchanged. */
  readonly beginning: string;
  readonly reading: Reading;
}

/** Format of an answer, feed or page: its decoder, its size limit, and its queue for receiving. */
export interface Format {
  readonly decode: (body: string, region: string, at: number) => Reading;
  readonly maxBytes: number;
  readonly inTurn: <T>(read: () => Promise<T>) => Promise<T>;
}

export const FEED: Format = {
  decode: decodeFeed,
  maxBytes: MAX_FEED_BYTES,
  // Feeds are small and need no queue; a hanging one would delay the other regions.
  inTurn: (read) => read(),
};
/** Length up to which decoding takes less than a millisecond, in characters. */
const QUICKLY_DECODED = 8_192;
/** Pages that are received at the same time. */
const PAGES_AT_ONCE = 4;

/** The reading of an address. */
export interface Asked {
  readonly reading: Reading;
  /** Whether the host answered HTTP at all. */
  readonly answered: boolean;
}

/** The format of the HTML page, with a queue of its own. */
export function pageFormat(): Format {
  return { decode: decodePage, maxBytes: MAX_PAGE_BYTES, inTurn: slots(PAGES_AT_ONCE) };
}

/**
 * Creates the only caller of Bitrix24's status hosts. Failed attempts are retried with the pauses of
 * {@linkcode pauseMs}; a host that asks for more than a minute gets its pause, for all regions (see
 * {@linkcode HostSilences}). Unchanged answers are recognised by their validators.
 */
export function createHostClient(options: HostClientOptions) {
  const { logger, retryDelayMs } = options;
  const random = options.random ?? Math.random;
  const sleep = options.sleep ?? pause;
  const now = options.now ?? Date.now;
  const headers = { "user-agent": `bitrix24-bot/${options.version}` };
  const remembered = new Map<string, { validators: Validators; reading: Reading }>();
  const silences = new HostSilences({ now, elapsed: options.elapsed ?? elapsedMs });

  return { ask, request, silences };

  /** Asks one address with retries, decodes the answer and reports it to `onHeard`. */
  async function ask(
    url: URL,
    region: string,
    format: Format,
    attempts: number,
    signal: AbortSignal,
  ): Promise<Asked> {
    const { onHeard } = options;
    if (!onHeard) return await request(url, region, format, attempts, signal);
    let last: Pick<Heard, "status" | "beginning"> = { status: null, beginning: "" };
    const outcome = await request(url, region, format, attempts, signal, {
      onAnswer: (status, beginning) => last = { status, beginning },
    });
    onHeard({ url: url.href, ...last, reading: outcome.reading });
    return outcome;
  }

  /**
   * Asks one address with retries and decodes the answer. `host`: the name under which pauses that the host
   * asks for are kept; its real one by default.
   */
  async function request(
    url: URL,
    region: string,
    format: Format,
    attempts: number,
    signal: AbortSignal,
    { host = url.host, onAnswer }: {
      host?: string;
      onAnswer?: AttemptOptions["onAnswer"];
    } = {},
  ): Promise<Asked> {
    const key = `${region} ${url.href}`;
    let answered = false;
    for (let attempt = 1;; attempt++) {
      const silence = silences.of(host);
      if (silence !== null) {
        return { reading: unreadable(region, now(), silence.problem, silence.detail), answered };
      }
      const known = remembered.get(key);
      const answer = await attemptGet(url, signal, {
        timeoutMs: options.requestTimeoutMs,
        headers,
        validators: known?.validators ?? null,
        maxBytes: format.maxBytes,
        inTurn: format.inTurn,
        now,
        onAnswer,
      });
      if (answer.kind !== "fault") {
        // Decoding a long body blocks the event loop, so other work goes first.
        if (answer.kind === "body" && answer.text.length > QUICKLY_DECODED) await nextTurn();
        const reading = decoded(answer, region, key, format, known?.reading);
        return { reading, answered: true };
      }
      answered ||= answer.answered;
      const silenceMs = silences.note(host, answer);
      if (silenceMs !== null) {
        logger.warning("Status host asks to be left alone", {
          host,
          delayMs: silenceMs,
          reason: answer.detail,
        });
      }
      if (silenceMs !== null || !answer.transient || attempt >= attempts) {
        const silence = silenceMs === null ? null : silences.of(host);
        const problem = silence?.problem ?? answer.problem;
        const detail = silence ? `${answer.detail}, ${silence.detail}` : answer.detail;
        return { reading: unreadable(region, now(), problem, detail), answered };
      }
      const { retryAfterMs } = answer;
      const delayMs = pauseMs(attempt, { retryDelayMs, random: random(), retryAfterMs });
      logger.warning("Status host failed, retry with exponential backoff", {
        region,
        attempt,
        delayMs,
        reason: answer.detail,
      });
      await sleep(delayMs, signal);
      signal.throwIfAborted();
    }
  }

  function decoded(
    answer: Exclude<Answer, Fault>,
    region: string,
    key: string,
    { decode }: Format,
    known: Reading | undefined,
  ): Reading {
    const at = now();
    if (answer.kind === "not_modified") {
      if (known !== undefined) return { ...known, at };
      return unreadable(region, at, "not_understood", "HTTP 304, but nothing is remembered");
    }
    const reading = decode(answer.text, region, at);
    const { etag, lastModified } = answer.validators;
    const repeatable = reading.status !== "unreadable" && (etag !== null || lastModified !== null);
    if (repeatable) remembered.set(key, { validators: answer.validators, reading });
    else remembered.delete(key);
    return reading;
  }
}
