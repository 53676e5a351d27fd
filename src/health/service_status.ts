import type { Health } from "./health.ts";

// The status line for the service manager, and the condition for feeding its watchdog.

/** Length limit of the status line: `systemctl status` shows one line, and error texts can be long. */
const MAX_CHARACTERS = 300;

/** Words in the status line for two of the region statuses in {@linkcode Health}. */
const STATUS_WORDS = { unreadable: "blind", unknown: "not read yet" } as const;

/**
 * The status line of the running bot for `systemctl status`, from memory. `checksRun` is the result of
 * {@linkcode ChecksWatch}.
 */
export function serviceStatus(health: Health, checksRun: boolean): string {
  return statusLine([
    watching(health),
    ...(checksRun ? [] : [`no check has been complete since ${minute(health.last_check)}`]),
    telegram(health.telegram),
    ...(health.database.error === null ? [] : [`database in trouble: ${health.database.error}`]),
  ].join("; "));
}

/** The text as one short line. A line break would begin another assignment in systemd's protocol. */
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
    // An error text that begins with a code is an answer of Telegram.
    return /^\d{3}\b/.test(error) ? `Telegram refuses: ${error}` : `Telegram unreachable: ${error}`;
  }
  if (ok) return "Telegram answers";
  return last_success === null
    ? "Telegram has not answered yet"
    : `Telegram silent since ${minute(last_success)}`;
}

/** A time in ISO 8601 as `2026-11-23 10:02 UTC`, as in the journal; "the start" for null. */
function minute(time: string | null): string {
  return time === null ? "the start" : `${time.slice(0, 16).replace("T", " ")} UTC`;
}

/** Longest time counted between two looks; a longer one means that the whole process stood still. */
const MAX_BETWEEN_LOOKS_MS = 10_000;

/**
 * Detects that the checks have stopped. Changes of the clock, and times in which the machine was suspended
 * or the process was stopped, do not count as missing checks.
 */
export class ChecksWatch {
  readonly #longestGapMs: number;
  #lastCheck: string | null = null;
  #lookedAt: number | null = null;
  #idleMs = 0;

  /** `longestGapMs`: longest normal time between the ends of two checks. */
  constructor(longestGapMs: number) {
    this.#longestGapMs = longestGapMs;
  }

  /**
   * Whether the checks run. To be called every few seconds with milliseconds of real time; the time
   * between two calls counts up to {@linkcode MAX_BETWEEN_LOOKS_MS}.
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
