import { type Problem, type Reading, SEVERITIES } from "../domain/reading.ts";
import { regionOf } from "../domain/region.ts";
import { MAX_PAUSE_MS, pauseMs, type Retries } from "../domain/retries.ts";
import { decodeFeed, decodePage, unreadable } from "./decode.ts";
import { elapsedMs } from "../time/clock.ts";
import { nextTurn, pause, slots } from "../time/pause.ts";
import {
  type Answer,
  attemptGet,
  type AttemptOptions,
  type Fault,
  MAX_FEED_BYTES,
  MAX_PAGE_BYTES,
  type Validators,
} from "./http_attempt.ts";

/**
 * A host's wish for silence is believed up to this, in milliseconds: a page of maintenance work that
 * asks for an hour is what an outage looks like.
 */
const MAX_SILENCE_MS = 10 * 60_000;

/** Where a region's ending differs from its code, so many readings go by before the ending is asked too. */
const ENDING_EVERY = 5;

/** The part of LogTape's logger this file uses. */
export interface StatusLogger {
  debug(message: string, properties?: Record<string, unknown>): void;
  info(message: string, properties?: Record<string, unknown>): void;
  warning(message: string, properties?: Record<string, unknown>): void;
}

export interface StatusSourceOptions extends Retries {
  /** Base address for all regions; null for each region's own host. */
  readonly statusUrl: string | null;
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
  /** Milliseconds of a clock that is never set. */
  readonly elapsed?: () => number;
  /** Told of each address that was asked, for whoever wants to see the answers themselves. */
  readonly onHeard?: (heard: Heard) => void;
}

/** What a host answered to one question, and how that is read. */
export interface Heard {
  readonly url: string;
  /** The HTTP status; null when nothing was answered. */
  readonly status: number | null;
  /** How the answer begins, word for word. */
  readonly beginning: string;
  readonly reading: Reading;
}

export interface StatusSource {
  /**
   * Reads one region: the JSON feed, then the page when the feed cannot be read. Where nobody has seen
   * whether the host wants the code or the ending, both are asked; the worse of two answers counts. A
   * fault of the host is an unreadable reading. Rejects only when `signal` is aborted, with its reason.
   */
  read(region: string, signal: AbortSignal): Promise<Reading>;
  /** The page to show to people. */
  pageUrl(region: string): string;
}

/** One of a host's two voices: how its body is read, and how large that may be. */
interface Voice {
  readonly decode: (body: string, region: string, at: number) => Reading;
  readonly maxBytes: number;
  readonly inTurn: <T>(read: () => Promise<T>) => Promise<T>;
}

const FEED: Voice = {
  decode: decodeFeed,
  maxBytes: MAX_FEED_BYTES,
  // One region whose body hangs holds up no other.
  inTurn: (read) => read(),
};
/** Up to so many characters a body is decoded in a millisecond. */
const QUICKLY_DECODED = 8_192;
/** Pages that are received at a time. */
const PAGES_AT_ONCE = 4;

interface Asked {
  readonly reading: Reading;
  /** Whether the host answered HTTP at all. */
  readonly answered: boolean;
}

/**
 * Creates the only caller of Bitrix24's status hosts. Regions may be read at the same time.
 *
 * Between two attempts it pauses as {@linkcode pauseMs} says. After a `Retry-After` of over a minute the
 * host is left alone until that time, for all regions.
 *
 * Throws a TypeError when `statusUrl` is not an address.
 */
export function createStatusSource(options: StatusSourceOptions): StatusSource {
  const { logger, retryDelayMs } = options;
  const random = options.random ?? Math.random;
  const sleep = options.sleep ?? pause;
  const now = options.now ?? Date.now;
  const elapsed = options.elapsed ?? elapsedMs;
  const headers = { "user-agent": `bitrix24-bot/${options.version}` };
  const ownBase = options.statusUrl === null ? null : baseOf(options.statusUrl);
  const remembered = new Map<string, { validators: Validators; reading: Reading }>();
  const pageVoice: Voice = {
    decode: decodePage,
    maxBytes: MAX_PAGE_BYTES,
    inTurn: slots(PAGES_AT_ONCE),
  };
  // By host; by the clock that nobody sets, or a silence could last for years.
  const silences = new Map<string, { until: number; problem: Problem }>();
  const endings = new Map<string, { readings: number; isWell: boolean }>(); // by region

  function base(region: string): URL {
    return ownBase ?? new URL(`https://status.bitrix24.${regionOf(region)?.host ?? "com"}/`);
  }

  async function read(region: string, signal: AbortSignal): Promise<Reading> {
    signal.throwIfAborted();
    const { code, ending } = regionOf(region) ?? { code: region, ending: null };
    const byCode = await askFeed(region, code, signal);
    const feed = ending === null ? byCode : await withEnding(byCode, region, ending, signal);
    if (feed.reading.status !== "unreadable" || wantsSilence(feed.reading)) return feed.reading;
    logger.debug("Feed unreadable, reading the page", {
      region,
      reason: feed.reading.problemDetail,
    });
    // A host that does not answer at all gets one more chance, not a second series.
    const attempts = feed.answered ? options.retryAttempts : 1;
    const page = await ask(base(region), region, pageVoice, attempts, signal);
    if (page.reading.status !== "unreadable") return page.reading;
    const [ofFeed, ofPage] = [feed.reading.problemDetail, page.reading.problemDetail];
    const problemDetail = ofFeed === ofPage
      ? `feed and page: ${ofFeed}`
      : `feed: ${ofFeed}; page: ${ofPage}`;
    return { ...feed.reading, problemDetail, at: page.reading.at };
  }

  /** `reg` is the portal's licence code, in Bitrix24's own product. */
  async function askFeed(region: string, reg: string, signal: AbortSignal): Promise<Asked> {
    const url = new URL("json_status.php", base(region));
    url.searchParams.set("reg", reg);
    url.searchParams.set("userLang", options.userLang);
    return await ask(url, region, FEED, options.retryAttempts, signal);
  }

  /**
   * The ending is asked now and then, and while either of the two is anything but well. Unreadable only
   * when neither can be read.
   */
  async function withEnding(
    byCode: Asked,
    region: string,
    ending: string,
    signal: AbortSignal,
  ): Promise<Asked> {
    const known = endings.get(region) ?? { readings: 0, isWell: true };
    endings.set(region, known);
    const isItsTurn = known.readings++ % ENDING_EVERY === 0;
    const isWell = byCode.reading.status === "operational" && known.isWell;
    if ((isWell && !isItsTurn) || wantsSilence(byCode.reading)) return byCode;
    const byEnding = await askFeed(region, ending, signal);
    known.isWell = !["degraded", "outage"].includes(byEnding.reading.status);
    if (rank(byEnding.reading) > rank(byCode.reading)) return byEnding;
    return { ...byCode, answered: byCode.answered || byEnding.answered };
  }

  /** Asks one address, with retries, and decodes what it says. */
  async function ask(
    url: URL,
    region: string,
    voice: Voice,
    attempts: number,
    signal: AbortSignal,
  ): Promise<Asked> {
    const { onHeard } = options;
    if (!onHeard) return await askInTurns(url, region, voice, attempts, signal);
    let last: Pick<Heard, "status" | "beginning"> = { status: null, beginning: "" };
    const outcome = await askInTurns(url, region, voice, attempts, signal, (status, beginning) => {
      last = { status, beginning };
    });
    onHeard({ url: url.href, ...last, reading: outcome.reading });
    return outcome;
  }

  async function askInTurns(
    url: URL,
    region: string,
    voice: Voice,
    attempts: number,
    signal: AbortSignal,
    onAnswer?: AttemptOptions["onAnswer"],
  ): Promise<Asked> {
    const key = `${region} ${url.href}`;
    let answered = false;
    for (let attempt = 1;; attempt++) {
      const silence = silenceOf(url.host);
      if (silence !== null) {
        return { reading: unreadable(region, now(), silence.problem, silence.detail), answered };
      }
      const known = remembered.get(key);
      const answer = await attemptGet(url, signal, {
        timeoutMs: options.requestTimeoutMs,
        headers,
        validators: known?.validators ?? null,
        maxBytes: voice.maxBytes,
        inTurn: voice.inTurn,
        now,
        onAnswer,
      });
      if (answer.kind !== "fault") {
        // Whatever else waits has its turn between two that take long to decode.
        if (answer.kind === "body" && answer.text.length > QUICKLY_DECODED) await nextTurn();
        const reading = decoded(answer, region, key, voice, known?.reading);
        return { reading, answered: true };
      }
      answered ||= answer.answered;
      const silenced = keepSilence(url.host, answer);
      if (silenced || !answer.transient || attempt >= attempts) {
        const silence = silenced ? silenceOf(url.host) : null;
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
      signal.throwIfAborted();
    }
  }

  function decoded(
    answer: Exclude<Answer, Fault>,
    region: string,
    key: string,
    { decode }: Voice,
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
    if (fault.retryAfterMs === null || fault.retryAfterMs <= MAX_PAUSE_MS) return false;
    const until = elapsed() + Math.min(fault.retryAfterMs, MAX_SILENCE_MS);
    const problem = fault.status === 503 ? "unavailable" : fault.problem;
    silences.set(host, { until: Math.max(until, silences.get(host)?.until ?? 0), problem });
    logger.warning("Status host asks to be left alone", {
      host,
      delayMs: until - elapsed(),
      reason: fault.detail,
    });
    return true;
  }

  /** Until when, and why, a host wants to be left alone; null when it may be asked. */
  function silenceOf(host: string): { problem: Problem; detail: string } | null {
    const silence = silences.get(host);
    const leftMs = silence === undefined ? 0 : silence.until - elapsed();
    if (silence === undefined || leftMs <= 0) {
      silences.delete(host);
      return null;
    }
    const until = new Date(now() + leftMs).toISOString();
    return { problem: silence.problem, detail: `not to be asked before ${until}` };
  }

  return { read, pageUrl: (region) => base(region).href };
}

/** Whether the host wants to be left alone: then its page is not asked either. */
function wantsSilence({ problem }: Reading): boolean {
  return problem === "throttled" || problem === "unavailable";
}

/** The worse the higher; what cannot be read is outweighed by anything that can. */
function rank({ status }: Reading): number {
  return status === "unreadable" ? -1 : SEVERITIES.indexOf(status);
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
