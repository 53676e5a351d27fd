import type { Incident, RegionState } from "../domain/incident.ts";
import type { Translated } from "../domain/announcement.ts";
import type { Reading } from "../domain/reading.ts";
import type { Language } from "../domain/rule.ts";
import type { Log } from "../log/log.ts";
import { orElse } from "../time/pause.ts";

export interface TranslatorDeps {
  /** The language that is not the bot's own. */
  readonly language: Language;
  /** Whether anybody who chose it wants to hear of a region. */
  readonly isWanted: (region: string) => boolean;
  /** Rejects only when the signal is aborted. */
  readonly read: (region: string, signal: AbortSignal) => Promise<Reading>;
  /** Stores words of an open incident that came late. */
  readonly store: (incident: Incident, words: Translated) => Promise<void>;
  readonly logger: Log;
}

/** So long a change waits for its words in the second language, in milliseconds; then they come late. */
const PATIENCE_MS = 700;

/**
 * Asks what is not well in the second language as well, for whoever reads it. What comes of that
 * decides nothing, and nothing waits for it but the words themselves.
 */
export class Translator {
  readonly #deps: TranslatorDeps;
  /** What was last stored of each region, so that the database is not asked for nothing. */
  readonly #stored = new Map<string, string>();
  /** The changes of each region so far: words that were asked for before one do not fit it. */
  readonly #changes = new Map<string, number>();

  constructor(deps: TranslatorDeps) {
    this.#deps = deps;
  }

  /** Asks about a region; null where nobody wants to know, or nothing can be read. Never rejects. */
  async ask(region: string, signal: AbortSignal): Promise<Translated | null> {
    const { language, isWanted, read } = this.#deps;
    if (!isWanted(region)) return null;
    const reading = await read(region, signal).catch(() => null);
    const isBad = reading?.status === "degraded" || reading?.status === "outage";
    return isBad ? { ...reading, language } : null;
  }

  /** The words, where they come in time. */
  async inTime(asked: Promise<Translated | null>): Promise<Translated | null> {
    return await orElse(PATIENCE_MS, asked, null);
  }

  /** Stores words that the transaction of their change did not. Never rejects. */
  async follow(
    { region, incident }: RegionState,
    asked: Promise<Translated | null>,
  ): Promise<void> {
    const changes = this.#changes.get(region);
    const words = await asked;
    if (changes !== this.#changes.get(region)) return;
    if (words === null || incident === null || words.status !== incident.severity) return;
    const what = `${incident.id} ${words.title} ${words.details}`;
    if (this.#stored.get(region) === what) return;
    try {
      await this.#deps.store(incident, words);
      this.#stored.set(region, what);
    } catch (error) {
      this.#deps.logger.warning("Words in another language cannot be stored", { region, error });
    }
  }

  /** A change was stored: with it the words that were there may have gone. */
  changed(region: string): void {
    this.#stored.delete(region);
    this.#changes.set(region, (this.#changes.get(region) ?? 0) + 1);
  }
}
