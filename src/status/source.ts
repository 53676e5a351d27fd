import type { Reading } from "../domain/reading.ts";
import { decodeFeed, decodePage, unreadable } from "./decode.ts";
import { type Answer, attemptGet, type Fault, type Validators } from "./http_attempt.ts";

/** A pause longer than this is not waited for within one reading, in milliseconds. */
const LONGEST_PAUSE_MS = 60_000;

/** A host's wish for silence is believed up to this, in milliseconds: a wrong date must not blind the bot for years. */
const LONGEST_SILENCE_MS = 24 * 60 * 60 * 1000;

/** Regions of Bitrix24's CIS status host; every other region is on the other host. */
const CIS_REGIONS: ReadonlySet<string> = new Set(["ru", "by", "kz", "uz"]);

/** The part of LogTape's logger this file uses. */
export interface StatusLogger {
  debug(message: string, properties?: Record<string, unknown>): void;
  info(message: string, properties?: Record<string, unknown>): void;
  warning(message: string, properties?: Record<string, unknown>): void;
}

export interface StatusSourceOptions {
  /** Base address for all regions; null for each region's own host. */
  readonly statusUrl: string | null;
  /** Limit of one attempt: connection, headers and body. */
  readonly requestTimeoutMs: number;
  /** Attempts at one address, the first included; at least 1. */
  readonly retryAttempts: number;
  /** First pause between attempts, doubled each time. */
  readonly retryDelayMs: number;
  /** Language code of the announcements, such as "ru". */
  readonly userLang: string;
  /** The bot's version, for the User-Agent. */
  readonly version: string;
  readonly logger: StatusLogger;
  /** From 0 to below 1, for the jitter. */
  readonly random?: () => number;
  /** Waits; may end early or reject when the signal is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface StatusSource {
  /**
   * Reads one region: the JSON feed, then the page when the feed cannot be read. A fault of the
   * host is an unreadable reading. Rejects only when `signal` is aborted, with its reason.
   */
  read(region: string, signal: AbortSignal): Promise<Reading>;
  /** The page to show to people. */
  pageUrl(region: string): string;
}

type Decode = (body: string, region: string, at: number) => Reading;

interface Outcome {
  readonly reading: Reading;
  /** Whether the host answered HTTP at all. */
  readonly answered: boolean;
}

/**
 * Creates the only caller of Bitrix24's status hosts. Regions may be read at the same time.
 *
 * A pause before attempt n+1 is `retryDelayMs`·2^(n-1), at most a minute, times a random factor
 * from 0.5 to 1.5, so that several bots do not knock in step; a longer `Retry-After` replaces it.
 * After a `Retry-After` of over a minute the host is left alone until that time, for all regions.
 *
 * Throws a TypeError when `statusUrl` is not an address.
 */
export function createStatusSource(options: StatusSourceOptions): StatusSource {
  const { logger, retryDelayMs } = options;
  const random = options.random ?? Math.random;
  const sleep = options.sleep ?? wait;
  const now = options.now ?? Date.now;
  const headers = { "user-agent": `bitrix24-bot/${options.version}` };
  const ownBase = options.statusUrl === null ? null : baseOf(options.statusUrl);
  const remembered = new Map<string, { validators: Validators; reading: Reading }>();
  const silentUntil = new Map<string, number>(); // by host, milliseconds since the epoch

  function base(region: string): URL {
    if (ownBase !== null) return ownBase;
    return new URL(`https://status.bitrix24.${CIS_REGIONS.has(region) ? "ru" : "com"}/`);
  }

  async function read(region: string, signal: AbortSignal): Promise<Reading> {
    signal.throwIfAborted();
    const feedUrl = new URL("json_status.php", base(region));
    feedUrl.searchParams.set("reg", region);
    feedUrl.searchParams.set("userLang", options.userLang);
    const feed = await ask(feedUrl, region, decodeFeed, options.retryAttempts, signal);
    if (feed.reading.status !== "unreadable" || feed.reading.problem === "throttled") {
      return feed.reading;
    }
    logger.debug("Feed unreadable, reading the page", {
      region,
      reason: feed.reading.problemDetail,
    });
    // A host that does not answer at all gets one more chance, not a second series.
    const attempts = feed.answered ? options.retryAttempts : 1;
    const page = await ask(base(region), region, decodePage, attempts, signal);
    if (page.reading.status !== "unreadable") return page.reading;
    return {
      ...feed.reading,
      problemDetail: `feed: ${feed.reading.problemDetail}; page: ${page.reading.problemDetail}`,
      at: page.reading.at,
    };
  }

  /** Asks one address, with retries, and decodes what it says. */
  async function ask(
    url: URL,
    region: string,
    decode: Decode,
    attempts: number,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const key = `${region} ${url.href}`;
    let answered = false;
    for (let attempt = 1;; attempt++) {
      const silence = silenceOf(url.host);
      if (silence !== null) {
        return { reading: unreadable(region, now(), "throttled", silence), answered };
      }
      const known = remembered.get(key);
      const answer = await attemptGet(url, signal, {
        timeoutMs: options.requestTimeoutMs,
        headers,
        validators: known?.validators ?? null,
        now,
      });
      if (answer.kind !== "fault") {
        return { reading: decoded(answer, region, key, decode, known?.reading), answered: true };
      }
      answered ||= answer.answered;
      const silenced = keepSilence(url.host, answer);
      if (silenced || !answer.transient || attempt >= attempts) {
        const problem = silenced ? "throttled" : answer.problem;
        const detail = silenced ? `${answer.detail}, ${silenceOf(url.host)}` : answer.detail;
        return { reading: unreadable(region, now(), problem, detail), answered };
      }
      const delayMs = pauseAfter(attempt, answer);
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
    decode: Decode,
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

  /** Notes a long `Retry-After`; true when the host is to be left alone. */
  function keepSilence(host: string, fault: Fault): boolean {
    if (fault.retryAfterMs === null || fault.retryAfterMs <= LONGEST_PAUSE_MS) return false;
    const until = now() + Math.min(fault.retryAfterMs, LONGEST_SILENCE_MS);
    silentUntil.set(host, Math.max(until, silentUntil.get(host) ?? 0));
    logger.warning("Status host asks to be left alone", {
      host,
      delayMs: until - now(),
      reason: fault.detail,
    });
    return true;
  }

  /** Says until when a host wants to be left alone; null when it may be asked. */
  function silenceOf(host: string): string | null {
    const until = silentUntil.get(host) ?? 0;
    if (until > now()) return `not to be asked before ${new Date(until).toISOString()}`;
    silentUntil.delete(host);
    return null;
  }

  function pauseAfter(attempt: number, fault: Fault): number {
    const pause = Math.min(retryDelayMs * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
    return Math.max(Math.round(pause * (0.5 + random())), fault.retryAfterMs ?? 0);
  }

  return { read, pageUrl: (region) => base(region).href };
}

/** A base address without what must not be shown or sent on, ending in a slash. */
function baseOf(address: string): URL {
  const url = new URL(address);
  url.username =
    url.password =
    url.search =
    url.hash =
      "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
