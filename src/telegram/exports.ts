import { InputFile } from "grammy";
import { csvFiles } from "../export/csv_files.ts";
import type { IncidentRecord } from "../domain/record.ts";
import { refusalOf } from "./refusals.ts";
import type { Voice } from "./texts/format.ts";

export interface ExportsDeps {
  readonly store: {
    /** All incidents, oldest first. */
    incidentPages(): AsyncIterable<readonly IncidentRecord[]>;
    /** A version that changes with the incidents; null when changes cannot be noticed. */
    incidentsVersion(): Promise<string | null>;
  };
  readonly now: () => number;
  /** Aborts exports under way. */
  readonly stop: AbortSignal;
}

/**
 * A file to be uploaded, also repeatedly; grammY alone would take its chunks for a one-time stream.
 */
export class Upload extends InputFile {
  readonly bytes: number;
  readonly #chunks: readonly Uint8Array<ArrayBuffer>[];

  constructor(chunks: readonly Uint8Array<ArrayBuffer>[], name: string) {
    super(chunks, name);
    this.#chunks = chunks;
    this.bytes = chunks.reduce((sum, it) => sum + it.length, 0);
  }

  override toRaw() {
    return Promise.resolve(this.#chunks);
  }
}

/**
 * Sends one file to the chat that asked: by upload, or by the file_id of an earlier upload. Returns
 * the file_id. Rejects with what grammY throws.
 */
export type SendFile = (file: Upload | string, caption: string) => Promise<string>;

interface MadeFile {
  readonly id: string;
  readonly caption: string;
}

interface Made {
  readonly version: string | null;
  readonly at: number;
  readonly hasOpen: boolean;
  readonly files: readonly MadeFile[];
}

/** Lifetime of a file with open incidents, whose durations end at the time of the export. */
const OPEN_LASTS_MS = 10 * 60_000;
/** Unanswered uploads after which the file is given up for all who wait. */
const MAX_UNANSWERED = 2;

/**
 * The files of all incidents, for everybody who asks: made and uploaded once for each language, one
 * language at a time, and then sent by file_id until the incidents change.
 */
export class Exports {
  readonly #deps: ExportsDeps;
  readonly #made = new Map<string, Made>();
  readonly #making = new Map<string, Making>();
  #last: Promise<void> = Promise.resolve();

  constructor(deps: ExportsDeps) {
    this.#deps = deps;
  }

  /** Aborted when the bot stops. */
  get stop(): AbortSignal {
    return this.#deps.stop;
  }

  /** Whether files in this language are being made, for which further askers wait. */
  isMaking({ texts }: Voice): boolean {
    return this.#making.has(texts.locale);
  }

  /**
   * Gives the files to one asker. Resolves when all files are sent. Rejects with what `send`
   * rejects with, or what the database throws.
   */
  async give(voice: Voice, send: SendFile): Promise<void> {
    const { locale } = voice.texts;
    const made = this.#made.get(locale);
    if (!this.#making.has(locale) && made && await this.#isTrue(made)) {
      try {
        for (const { id, caption } of made.files) await send(id, caption);
        return;
      } catch (error) {
        if (refusalOf(error).means !== "file unknown") throw error;
        if (this.#made.get(locale) === made) this.#made.delete(locale);
      }
    }
    await this.#join(voice, send);
  }

  #join(voice: Voice, send: SendFile): Promise<void> {
    const { locale } = voice.texts;
    const known = this.#making.get(locale);
    if (known) return known.join(send);
    const making = new Making(this.#deps, voice);
    const given = making.join(send);
    this.#making.set(locale, making);
    this.#last = this.#last.then(async () => {
      try {
        this.#made.set(locale, await making.make());
      } catch (error) {
        making.refuseAll(error);
      } finally {
        this.#making.delete(locale);
      }
      // Later askers find the files made; those that still wait get them now.
      void making.shareOut();
    });
    return given;
  }

  async #isTrue({ version, at, hasOpen }: Made): Promise<boolean> {
    const { now, store } = this.#deps;
    const age = now() - at;
    if (day(at) !== day(now()) || age < 0 || (hasOpen && age > OPEN_LASTS_MS)) return false;
    return version !== null && version === await store.incidentsVersion();
  }
}

interface Asker {
  readonly send: SendFile;
  /** Number of files sent to this person so far. */
  given: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Files that are being made, with the askers that wait for them. */
class Making {
  readonly #deps: ExportsDeps;
  readonly #voice: Voice;
  #askers: Asker[] = [];
  #files: MadeFile[] = [];
  #unanswered = 0;

  constructor(deps: ExportsDeps, voice: Voice) {
    this.#deps = deps;
    this.#voice = voice;
  }

  join(send: SendFile): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#askers.push({ send, given: 0, resolve, reject });
    });
  }

  /**
   * Makes the files and uploads each to one asker. Throws when no asker is left, or all would fail.
   */
  async make(): Promise<Made> {
    const { store, now, stop } = this.#deps;
    const { exportCaption, exportHeadings } = this.#voice.texts;
    const at = now();
    const version = await store.incidentsVersion();
    let hasOpen = false;
    async function* pages() {
      for await (const page of store.incidentPages()) {
        stop.throwIfAborted();
        hasOpen ||= page.some((it) => it.isOpen);
        yield page;
      }
    }
    const name = `bitrix24-incidents-${day(at)}`;
    const files = csvFiles(pages(), { name, now: at, headings: exportHeadings });
    for await (const { name, chunks, incidents, part, isCompressed } of files) {
      const caption = exportCaption(incidents, part, isCompressed);
      const id = await this.#upload(new Upload(chunks, name), caption);
      this.#files.push({ id, caption });
    }
    return { version, at, hasOpen, files: this.#files };
  }

  async #upload(file: Upload, caption: string): Promise<string> {
    let refusal: unknown;
    for (let asker = this.#askers[0]; asker; asker = this.#askers[0]) {
      try {
        await this.#catchUp(asker);
        const id = await asker.send(file, caption);
        asker.given++;
        return id;
      } catch (error) {
        refusal = error;
        this.#askers = this.#askers.filter((it) => it !== asker);
        asker.reject(error);
        // A file that is too large, or a broken way to Telegram, fails for all askers.
        const { means } = refusalOf(error);
        if (means === "uncertain") this.#unanswered++;
        if (means === "too large" || this.#unanswered >= MAX_UNANSWERED) break;
      }
    }
    throw refusal;
  }

  async #catchUp(asker: Asker): Promise<void> {
    for (const { id, caption } of this.#files.slice(asker.given)) {
      await asker.send(id, caption);
      asker.given++;
    }
  }

  /** Sends the files to all askers that still wait. */
  async shareOut(): Promise<void> {
    await Promise.all(
      this.#askers.splice(0).map(async (asker) => {
        try {
          await this.#catchUp(asker);
          asker.resolve();
        } catch (error) {
          asker.reject(error);
        }
      }),
    );
  }

  refuseAll(error: unknown): void {
    for (const { reject } of this.#askers.splice(0)) reject(error);
  }
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
