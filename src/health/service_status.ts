import type { Health } from "./health.ts";

// What the service manager is told of the bot, in a line, and whether its watchdog may be fed.

/** `systemctl status` shows it on one line; a server's error text can be a whole page. */
const MAX_CHARACTERS = 300;

/** The words for what a region's status is called in {@linkcode Health}. */
const STATUS_WORDS = { unreadable: "blind", unknown: "not read yet" } as const;

/**
 * One line that says what the running bot is doing, for people who read `systemctl status`. Made of
 * what is remembered; nothing is asked anew. `checksRun` comes from {@linkcode ChecksWatch}.
 */
export function serviceStatus(health: Health, checksRun: boolean): string {
  return statusLine([
    watching(health),
    ...(checksRun ? [] : [`no check has been complete since ${minute(health.last_check)}`]),
    telegram(health.telegram),
    ...(health.database.error === null ? [] : [`database in trouble: ${health.database.error}`]),
  ].join("; "));
}

/** What a line cannot hold is taken out: a line break would begin another assignment to systemd. */
export function statusLine(text: string): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
  const characters = [...line];
  if (characters.length <= MAX_CHARACTERS) return line;
  return `${characters.slice(0, MAX_CHARACTERS - 1).join("")}…`;
}

function watching({ monitoring, bitrix24 }: Health): string {
  if (monitoring === "off") return "Monitoring is switched off";
  const regions = Object.entries(bitrix24.regions);
  const names = regions.map(([name]) => name).join(", ");
  const [[, first] = [], ...rest] = regions;
  if (first && rest.length === 0) return `Watching ${names}: ${regionStatus(first)}`;
  if (regions.every(([, it]) => it.status === "operational")) {
    return `Watching ${names}: all operational`;
  }
  const each = regions.map(([name, it]) => `${name} ${regionStatus(it)}`);
  return `Watching ${names}: ${each.join(", ")}`;
}

function regionStatus(
  { status, blind_since }: Health["bitrix24"]["regions"][string],
): string {
  if (status === "unreadable") return `${STATUS_WORDS.unreadable} since ${minute(blind_since)}`;
  return status === "unknown" ? STATUS_WORDS.unknown : status;
}

function telegram({ ok, error, last_success }: Health["telegram"]): string {
  if (error !== null) {
    // A code and words are an answer, though not the wanted one.
    return /^\d{3}\b/.test(error) ? `Telegram refuses: ${error}` : `Telegram unreachable: ${error}`;
  }
  if (ok) return "Telegram answers";
  return last_success === null
    ? "Telegram has not answered yet"
    : `Telegram silent since ${minute(last_success)}`;
}

/** `2026-11-23 10:02 UTC` of a time in ISO 8601; people compare it with the journal. */
function minute(time: string | null): string {
  return time === null ? "the start" : `${time.slice(0, 16).replace("T", " ")} UTC`;
}

/** A look that comes later than this after the one before was held up with the whole process. */
const MAX_BETWEEN_LOOKS_MS = 10_000;

/**
 * Whether the checks really run, measured so that neither a clock that is set nor a machine that was
 * suspended, or stopped from outside, looks like a check that does not come.
 */
export class ChecksWatch {
  readonly #longestGapMs: number;
  #lastCheck: string | null = null;
  #lookedAt: number | null = null;
  #idleMs = 0;

  /** `longestGapMs`: the longest that two complete checks should lie apart. */
  constructor(longestGapMs: number) {
    this.#longestGapMs = longestGapMs;
  }

  /**
   * To be called every few seconds, with real milliseconds since some moment. Only the time between
   * looks is counted, and of that no more than a look can be late while the event loop turns.
   */
  look({ last_check, monitoring }: Health, elapsedMs: number): boolean {
    const passedMs = elapsedMs - (this.#lookedAt ?? elapsedMs);
    this.#idleMs += Math.min(Math.max(passedMs, 0), MAX_BETWEEN_LOOKS_MS);
    this.#lookedAt = elapsedMs;
    if (last_check !== this.#lastCheck || monitoring === "off") this.#idleMs = 0;
    this.#lastCheck = last_check;
    return this.#idleMs <= this.#longestGapMs;
  }
}
