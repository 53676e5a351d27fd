import { type Reading, SEVERITIES } from "../domain/reading.ts";
import { regionOf } from "../domain/region.ts";
import { unreadable } from "./decode.ts";
import {
  type Asked,
  createHostClient,
  FEED,
  type HostClientOptions,
  pageFormat,
} from "./host_client.ts";
import { wantsSilence } from "./host_silences.ts";

export type { Heard } from "./host_client.ts";

/** Number of readings after which the feed is asked by the region's ending too, if it has one. */
const ENDING_EVERY = 5;

export interface StatusSourceOptions extends HostClientOptions {
  /** Base address for all regions; null for each region's own host. */
  readonly statusUrl: string | null;
  /** Language code of the announcements, such as "ru". */
  readonly userLang: string;
}

export interface StatusSource {
  /**
   * Reads one region from the JSON feed, or from the HTML page when the feed is unreadable. Some
   * regions have a code and an ending, and it is unknown which of them the host expects: the feed
   * is asked by code, at times also by ending, and the worse answer counts. A fault of the host is
   * an unreadable reading. Rejects only when `signal` is aborted, with its reason.
   */
  read(region: string, signal: AbortSignal): Promise<Reading>;
  /**
   * Reads a region's feed in another language, with a single attempt per address. The result has no effect
   * on later calls of {@linkcode read}.
   */
  readIn(region: string, language: string, signal: AbortSignal): Promise<Reading>;
  /** Address of the region's status page, for links. */
  pageUrl(region: string): string;
}

/**
 * Creates the reader of Bitrix24's status hosts. Regions may be read at the same time. Throws a
 * TypeError when `statusUrl` is not an address.
 */
export function createStatusSource(options: StatusSourceOptions): StatusSource {
  const { logger } = options;
  const now = options.now ?? Date.now;
  const ownBase = options.statusUrl === null ? null : baseOf(options.statusUrl);
  const { ask, request, silences } = createHostClient(options);
  const pages = pageFormat();
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
      // A pause that this host asks for here must not stop the readings in the first language.
      const host = `${url.host} in ${language}`;
      return (await request(url, region, FEED, 1, signal, { host })).reading;
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
   * Adds the feed by the region's ending to that by its code: on every fifth reading, and on each
   * reading while the answer by code is other than operational or the latest by ending was bad.
   * While the host wants a pause only the answer by code counts. Otherwise unreadable only when
   * both answers are.
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
