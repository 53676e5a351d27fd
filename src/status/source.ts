import { type Reading, SEVERITIES } from "../domain/reading.ts";
import { regionOf } from "../domain/region.ts";
import { pauseMs, type Retries } from "../domain/retries.ts";
import type { Log } from "../log/log.ts";
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
import { HostSilences, wantsSilence } from "./host_silences.ts";

/** Every so many readings the feed is asked by the region's ending too, where that is not its code. */
const ENDING_EVERY = 5;

export interface StatusSourceOptions extends Retries {
  /** Base address for all regions; null for each region's own host. */
  readonly statusUrl: string | null;
  /** Language code of the announcements, such as "ru". */
  readonly userLang: string;
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

export interface StatusSource {
  /**
   * Reads one region from the JSON feed, or from the HTML page when the feed is unreadable. Some regions
   * have a code and an ending, and it is unknown which of them the host expects: the feed is asked by
   * both, and the worse answer counts. A fault of the host is an unreadable reading. Rejects only when
   * `signal` is aborted, with its reason.
   */
  read(region: string, signal: AbortSignal): Promise<Reading>;
  /**
   * Reads what the feed says of a region in another language. One attempt for each question, and what
   * comes of it says nothing of the host to {@linkcode read}.
   */
  readIn(region: string, language: string, signal: AbortSignal): Promise<Reading>;
  /** Address of the region's status page, for links. */
  pageUrl(region: string): string;
}

/** Format of an answer, feed or page: its decoder, its size limit, and its queue for receiving. */
interface Format {
  readonly decode: (body: string, region: string, at: number) => Reading;
  readonly maxBytes: number;
  readonly inTurn: <T>(read: () => Promise<T>) => Promise<T>;
}

const FEED: Format = {
  decode: decodeFeed,
  maxBytes: MAX_FEED_BYTES,
  // Feeds are small and need no queue; a hanging one would delay the other regions.
  inTurn: (read) => read(),
};
/** Length up to which decoding takes less than a millisecond, in characters. */
const QUICKLY_DECODED = 8_192;
/** Pages that are received at the same time. */
const PAGES_AT_ONCE = 4;

interface Asked {
  readonly reading: Reading;
  /** Whether the host answered HTTP at all. */
  readonly answered: boolean;
}

/**
 * Creates the reader of Bitrix24's status hosts, the only caller of these hosts. Regions may be read at
 * the same time. Failed attempts are retried with the pauses of {@linkcode pauseMs}; a host that asks for
 * more than a minute gets its pause, for all regions (see {@linkcode HostSilences}).
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
  const pages: Format = {
    decode: decodePage,
    maxBytes: MAX_PAGE_BYTES,
    inTurn: slots(PAGES_AT_ONCE),
  };
  const silences = new HostSilences({ now, elapsed });
  const endings = new Map<string, { readings: number; isWell: boolean }>(); // by region

  function base(region: string): URL {
    return ownBase ?? new URL(`https://status.bitrix24.${regionOf(region)?.host ?? "com"}/`);
  }

  async function read(region: string, signal: AbortSignal): Promise<Reading> {
    signal.throwIfAborted();
    const { code, ending } = regionOf(region) ?? { code: region, ending: null };
    const byCode = await askFeed(region, code, signal);
    const feed = ending === null ? byCode : await withEnding(byCode, region, ending, signal);
    const { status, problem } = feed.reading;
    if (status !== "unreadable" || wantsSilence(problem)) return feed.reading;
    logger.debug("Feed unreadable, reading the page", {
      region,
      reason: feed.reading.problemDetail,
    });
    // A host that did not answer at all gets one more attempt instead of a second series of retries.
    const attempts = feed.answered ? options.retryAttempts : 1;
    const page = await ask(base(region), region, pages, attempts, signal);
    if (page.reading.status !== "unreadable") return page.reading;
    const [ofFeed, ofPage] = [feed.reading.problemDetail, page.reading.problemDetail];
    const problemDetail = ofFeed === ofPage
      ? `feed and page: ${ofFeed}`
      : `feed: ${ofFeed}; page: ${ofPage}`;
    return { ...feed.reading, problemDetail, at: page.reading.at };
  }

  async function readIn(region: string, language: string, signal: AbortSignal): Promise<Reading> {
    const { code, ending } = regionOf(region) ?? { code: region, ending: null };
    const isOfEnding = ending !== null && endings.get(region)?.isWell === false;
    const readings = await Promise.all((isOfEnding ? [code, ending] : [code]).map(async (reg) => {
      const url = feedUrl(region, reg, language);
      const silence = silences.of(url.host);
      if (silence !== null) return unreadable(region, now(), silence.problem, silence.detail);
      // A wish for silence that answers it must not keep the first language from being asked.
      const host = `${url.host} in ${language}`;
      return (await askInTurns(url, region, FEED, 1, signal, { host })).reading;
    }));
    return readings.reduce((worst, it) => rank(it) > rank(worst) ? it : worst);
  }

  /** Address of the feed. By `reg` Bitrix24's own product names the region, by `userLang` the language. */
  function feedUrl(region: string, reg: string, language: string): URL {
    const url = new URL("json_status.php", base(region));
    url.searchParams.set("reg", reg);
    url.searchParams.set("userLang", language);
    return url;
  }

  async function askFeed(region: string, reg: string, signal: AbortSignal): Promise<Asked> {
    const url = feedUrl(region, reg, options.userLang);
    return await ask(url, region, FEED, options.retryAttempts, signal);
  }

  /**
   * Adds the feed by the region's ending to that by its code: on every fifth reading, and on each one
   * while either answer is not operational. Unreadable only when both answers are.
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
    if ((isWell && !isItsTurn) || wantsSilence(byCode.reading.problem)) return byCode;
    const byEnding = await askFeed(region, ending, signal);
    known.isWell = !["degraded", "outage"].includes(byEnding.reading.status);
    if (rank(byEnding.reading) > rank(byCode.reading)) return byEnding;
    return { ...byCode, answered: byCode.answered || byEnding.answered };
  }

  /** Asks one address with retries, decodes the answer and reports it to `onHeard`. */
  async function ask(
    url: URL,
    region: string,
    format: Format,
    attempts: number,
    signal: AbortSignal,
  ): Promise<Asked> {
    const { onHeard } = options;
    if (!onHeard) return await askInTurns(url, region, format, attempts, signal);
    let last: Pick<Heard, "status" | "beginning"> = { status: null, beginning: "" };
    const outcome = await askInTurns(url, region, format, attempts, signal, {
      onAnswer: (status, beginning) => last = { status, beginning },
    });
    onHeard({ url: url.href, ...last, reading: outcome.reading });
    return outcome;
  }

  async function askInTurns(
    url: URL,
    region: string,
    format: Format,
    attempts: number,
    signal: AbortSignal,
    { host = url.host, onAnswer }: {
      /** Whose wishes for silence are kept. */
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

  return { read, readIn, pageUrl: (region) => base(region).href };
}

/** Order of badness: higher is worse; unreadable is lowest, so that any readable answer counts more. */
function rank({ status }: Reading): number {
  return status === "unreadable" ? -1 : SEVERITIES.indexOf(status);
}

/** The base address ending in a slash, without credentials, query and fragment. */
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
