import type { Incident, RegionState } from "../domain/incident.ts";
import type { Translated } from "../domain/announcement.ts";
import type { Reading } from "../domain/reading.ts";
import type { Language } from "../domain/rule.ts";
import type { Log } from "../log/log.ts";
import { orElse } from "../time/pause.ts";

export interface TranslatorDeps {
  /** The second language, other than the bot's own. */
  readonly language: Language;
  /** Whether any chat that chose this language wants to hear of a region. */
  readonly isWanted: (region: string) => boolean;
  /** Reads a region's feed in the second language. Rejects only when the signal is aborted. */
  readonly read: (region: string, signal: AbortSignal) => Promise<Reading>;
  /** Stores late words of an open incident. */
  readonly store: (incident: Incident, words: Translated) => Promise<void>;
  readonly logger: Log;
}

/** Longest wait of a change for its words in the second language; later ones are stored by themselves. */
const PATIENCE_MS = 700;

/** Words that were read so much sooner or later than a reading are those of another one. */
const FITS_MS = 120_000;

/**
 * Gets the announcements of incidents in the second language. They are shown only: decisions are made by
 * the readings in the bot's own language.
 */
export class Translator {
  readonly #deps: TranslatorDeps;
  readonly #latest = new Map<string, Translated>();
  /** The latest stored words by region, so that the same ones are stored once. */
  readonly #stored = new Map<string, string>();
  /** Number of changes by region: words that were asked for before a change do not fit it. */
  readonly #changes = new Map<string, number>();

  constructor(deps: TranslatorDeps) {
    this.#deps = deps;
  }

  /** Reads a troubled region's words; null when no chat wants them or no trouble is read. Never rejects. */
  async ask(region: string, signal: AbortSignal): Promise<Translated | null> {
    const { language, isWanted, read } = this.#deps;
    if (!isWanted(region)) return null;
    const reading = await read(region, signal).catch(() => null);
    const isBad = reading?.status === "degraded" || reading?.status === "outage";
    const words = isBad ? { ...reading, language } : null;
    if (words === null) this.#latest.delete(region);
    else this.#latest.set(region, words);
    return words;
  }

  /** The words that fit a reading, as far as they are known already. */
  known({ region, status, at }: Reading): Translated | null {
    const words = this.#latest.get(region);
    const isFitting = words?.status === status && Math.abs(words.at - at) < FITS_MS;
    return isFitting ? words : null;
  }

  /** The words if they come within {@linkcode PATIENCE_MS}; null otherwise. */
  async inTime(asked: Promise<Translated | null>): Promise<Translated | null> {
    return await orElse(PATIENCE_MS, asked, null);
  }

  /** Stores words that came too late for the transaction of their change. Never rejects. */
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

  /** To be called after a stored change, which may have replaced the stored words. */
  changed(region: string): void {
    this.#stored.delete(region);
    this.#changes.set(region, (this.#changes.get(region) ?? 0) + 1);
  }
}
