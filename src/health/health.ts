import type { LinkEvidence, LinkSight } from "../domain/evidence.ts";
import type { Severity } from "../domain/reading.ts";
import type { RegionView } from "../checking/monitor.ts";

/**
 * Connection to an outside service: the time of the latest sign that it works, and its present
 * error.
 */
export class Link {
  #lastOkAt: number | null = null;
  #error: string | null = null;

  /**
   * Time of the latest sign that it works, in milliseconds since the epoch; null before the first.
   */
  get lastOkAt(): number | null {
    return this.#lastOkAt;
  }

  /** Error of the latest attempt; null when that worked, or before the first one. */
  get error(): string | null {
    return this.#error;
  }

  answered(now: number): void {
    this.#lastOkAt = now;
    this.#error = null;
  }

  /** Shifts the time after the machine's clock was set. */
  clockSet({ byMs }: { readonly byMs: number }): void {
    if (this.#lastOkAt !== null) this.#lastOkAt += byMs;
  }

  failed(error: string): void {
    this.#error = error;
  }
}

/** Input of {@linkcode healthOf}, taken from memory. Times in milliseconds since the epoch. */
export interface HealthFacts {
  readonly version: string;
  readonly startedAt: number;
  /** Description of the other bot that works on this database; null for none, the usual case. */
  readonly holder?: string | null;
  readonly telegram: Link;
  readonly database: Link;
  readonly healthServer: Link;
  /** Duration of the longest database call under way, in milliseconds; 0 by default. */
  readonly databasePendingMs?: number;
  readonly views: readonly RegionView[];
  readonly monitoringOn: boolean;
  readonly lastCheckAt: number | null;
  /** Longest normal time between the ends of two checks, in milliseconds. */
  readonly longestCheckGapMs: number;
  /** Age from which on a reading no longer shows the present status, in milliseconds. */
  readonly longestReadingAgeMs: number;
  readonly errorsLastHour: number;
  /** Descriptions of further problems that make the bot `degraded`. */
  readonly reasons: readonly string[];
  /** Unreachable chats of the settings. */
  readonly unreachable: readonly UnreachableFacts[];
  /** The latest evidence of the own link from each of the vendor's hosts that was asked. */
  readonly links: readonly LinkEvidence[];
}

/** An unreachable chat of the settings; `since` in milliseconds since the epoch. */
export interface UnreachableFacts {
  readonly chatId: number;
  readonly since: number;
  /** Telegram's error text. */
  readonly reason: string;
}

/** The body of `GET /health`; times in ISO 8601, UTC. */
export interface Health {
  /**
   * `ok`: everything works. `degraded`: a problem, but people are served. `failing`: people are not
   * served. `standby`: another bot, described by `holder`, serves them.
   */
  readonly status: "ok" | "degraded" | "failing" | "standby";
  readonly holder?: string;
  /** Reasons for `degraded` that no other field shows. */
  readonly reasons: readonly string[];
  readonly version: string;
  readonly uptime_seconds: number;
  readonly monitoring: "on" | "off";
  readonly telegram: {
    readonly ok: boolean;
    readonly last_success: string | null;
    readonly error: string | null;
  };
  readonly bitrix24: {
    readonly ok: boolean;
    readonly last_success: string | null;
    readonly regions: Readonly<Record<string, RegionHealth>>;
  };
  readonly database: { readonly ok: boolean; readonly error: string | null };
  readonly health_server: { readonly ok: boolean; readonly error: string | null };
  readonly chats: {
    readonly ok: boolean;
    readonly unreachable: readonly { chat: number; since: string; reason: string }[];
  };
  readonly checks: { readonly ok: boolean };
  /**
   * The own link, by the latest probe of each of the vendor's hosts; without effect on `status`.
   */
  readonly link: Readonly<
    Record<string, { readonly sight: LinkSight; readonly checked: string; readonly detail: string }>
  >;
  readonly last_check: string | null;
  readonly errors_last_hour: number;
}

export interface RegionHealth {
  readonly status: Severity | "unreadable" | "unknown";
  readonly checked: string | null;
  readonly last_success: string | null;
  readonly blind_since: string | null;
  readonly incident: number | null;
}

/**
 * Time after the latest useful answer, ordinary refusals included, from which on Telegram counts as
 * silent; a long poll alone takes up to 30 s.
 */
const TELEGRAM_SILENCE_MS = 120_000;
/** Duration of a database call from which on it counts as hanging. */
const DATABASE_SILENCE_MS = 5_000;
/** Times in the future up to this are accepted: small corrections of the clock are usual. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Judges the bot's health: `failing` when Telegram or the database does not answer; and, with
 * monitoring on, when no check has ended for too long, or when a region has been unreadable for so
 * long that the administrators were told.
 */
export function healthOf(facts: HealthFacts, now: number): Health {
  const telegramOk = facts.telegram.error === null &&
    isWithin(facts.telegram.lastOkAt, TELEGRAM_SILENCE_MS, now);
  const { databasePendingMs = 0 } = facts;
  const databaseError = facts.database.error ??
    (databasePendingMs < DATABASE_SILENCE_MS
      ? null
      : `no answer for ${Math.floor(databasePendingMs / 1_000)} s`);
  const databaseOk = databaseError === null && facts.database.lastOkAt !== null;
  const checksOk = !facts.monitoringOn ||
    isWithin(facts.lastCheckAt ?? facts.startedAt, facts.longestCheckGapMs, now);
  const regions = facts.views.map((it) => [it.region, regionHealth(it, facts, now)] as const);
  const bitrix24Ok = regions.length > 0 &&
    regions.every(([, it]) => it.status !== "unreadable" && it.status !== "unknown");
  const isBlind = facts.monitoringOn && facts.views.some((it) => it.state.blindTold);
  const isHeard = facts.healthServer.error === null;
  const chatsOk = facts.unreachable.length === 0;
  const works = telegramOk && databaseOk && checksOk && !isBlind;
  const isWell = bitrix24Ok && isHeard && chatsOk && facts.monitoringOn &&
    facts.reasons.length === 0;
  return {
    ...(facts.holder ? { status: "standby", holder: facts.holder } : {
      status: !works ? "failing" : isWell ? "ok" : "degraded",
    }),
    reasons: facts.reasons,
    version: facts.version,
    uptime_seconds: Math.max(0, Math.floor((now - facts.startedAt) / 1000)),
    monitoring: facts.monitoringOn ? "on" : "off",
    telegram: {
      ok: telegramOk,
      last_success: iso(facts.telegram.lastOkAt),
      error: facts.telegram.error,
    },
    bitrix24: {
      ok: bitrix24Ok,
      last_success: iso(
        latest(facts.views.map((it) => it.latestReadable?.at ?? null)),
      ),
      regions: Object.fromEntries(regions),
    },
    database: { ok: databaseOk, error: databaseError },
    health_server: { ok: isHeard, error: facts.healthServer.error },
    chats: {
      ok: chatsOk,
      unreachable: facts.unreachable.map(({ chatId, since, reason }) => ({
        chat: chatId,
        since: new Date(since).toISOString(),
        reason,
      })),
    },
    checks: { ok: checksOk },
    link: Object.fromEntries(facts.links.map(({ vendor, sight, at }) => [
      vendor.host,
      { sight, checked: new Date(at).toISOString(), detail: vendor.detail },
    ])),
    last_check: iso(facts.lastCheckAt),
    errors_last_hour: facts.errorsLastHour,
  };
}

/** Health of one region; `unknown` when its newest reading is too old. */
function regionHealth(view: RegionView, facts: HealthFacts, now: number): RegionHealth {
  const isCurrent = isWithin(view.latest?.at ?? null, facts.longestReadingAgeMs, now);
  return {
    status: isCurrent && view.latest ? view.latest.status : "unknown",
    checked: iso(view.latest?.at ?? null),
    last_success: iso(view.latestReadable?.at ?? null),
    blind_since: iso(view.blindSince),
    incident: view.state.incident?.id ?? null,
  };
}

/** Whether a time is at most `ms` ago, and not in the future by more than the tolerance. */
function isWithin(time: number | null, ms: number, now: number): boolean {
  return time !== null && now - time <= ms && time - now <= CLOCK_TOLERANCE_MS;
}

function latest(times: readonly (number | null)[]): number | null {
  const known = times.filter((it) => it !== null);
  return known.length > 0 ? Math.max(...known) : null;
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
