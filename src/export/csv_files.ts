import type { IncidentRecord } from "../domain/record.ts";
import { incidentsToCsv } from "./csv.ts";
import { nextTurn } from "../time/pause.ts";

/** A file of incidents. */
export interface CsvFile {
  readonly name: string;
  /** The bytes, one chunk after the other. */
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
  readonly incidents: number;
  readonly isCompressed: boolean;
  /** 1, 2, …; null when it is the only one. */
  readonly part: number | null;
}

export interface CsvFilesOptions {
  /** Without its ending. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Names of the columns, in the language of whoever reads them. */
  readonly headings?: readonly string[];
  /** A file of more bytes is compressed; 4 MiB by default. */
  readonly plainBytes?: number;
  /**
   * A compressed file of more bytes is followed by another one; 4 MiB by default: well below the 50 MB
   * that Telegram takes (Bot API, sendDocument), for it is held in memory while it is sent.
   */
  readonly partBytes?: number;
}

const MIB = 1024 * 1024;

/**
 * Incidents as files that Telegram takes, whatever their number: one as {@linkcode incidentsToCsv} has
 * it, compressed by gzip when it is large, in several parts, each with the header, when that is large
 * too. Made while they are asked for; everything else has its turn in between. A file can be used until
 * the next one is asked for.
 */
export async function* csvFiles(
  pages: AsyncIterable<readonly IncidentRecord[]>,
  { name, now, headings, plainBytes = 4 * MIB, partBytes = 4 * MIB }: CsvFilesOptions,
): AsyncGenerator<CsvFile> {
  const iterator = pages[Symbol.asyncIterator]();
  let next = await iterator.next();
  for (let part = 1; part === 1 || !next.done; part++) {
    const file = new GzipBuffer(plainBytes);
    let incidents = 0;
    const taken = async function* () {
      while (!next.done && file.bytesOut < partBytes) {
        incidents += next.value.length;
        yield next.value;
        await nextTurn();
        next = await iterator.next();
      }
    };
    for await (const piece of incidentsToCsv(taken(), now, headings)) await file.add(piece);
    const { chunks, isCompressed } = await file.end();
    const isOnly = part === 1 && next.done === true;
    yield {
      name: `${name}${isOnly ? "" : `-${part}`}.csv${isCompressed ? ".gz" : ""}`,
      chunks,
      incidents,
      isCompressed,
      part: isOnly ? null : part,
    };
    // Whoever took it is done with it.
    chunks.forEach(giveBack);
  }
}

/** Bytes that are compressed once they are many. */
class GzipBuffer {
  readonly #plainBytes: number;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;
  #gzip:
    | { writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>; isOver: Promise<void> }
    | null = null;

  constructor(plainBytes: number) {
    this.#plainBytes = plainBytes;
  }

  /** Compressed, as many as have come out of the compressor; plain, none as yet. */
  get bytesOut(): number {
    return this.#gzip ? this.#bytes : 0;
  }

  async add(text: string): Promise<void> {
    // To Deno 2.4.2 it might be shared.
    const chunk = new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
    if (this.#gzip) return await this.#compressed(chunk);
    this.#keep(chunk);
    if (this.#bytes > this.#plainBytes) await this.#compress();
  }

  async end(): Promise<{ chunks: Uint8Array<ArrayBuffer>[]; isCompressed: boolean }> {
    await this.#gzip?.writer.close();
    await this.#gzip?.isOver;
    return { chunks: this.#chunks, isCompressed: this.#gzip !== null };
  }

  async #compress(): Promise<void> {
    const plain = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    // Named so for both compilers: what is bytes to the one is a buffer to the other.
    const { readable, writable } = new CompressionStream("gzip") as unknown as TransformStream<
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>
    >;
    const collect = async () => {
      for await (const chunk of readable) this.#keep(chunk);
    };
    this.#gzip = { writer: writable.getWriter(), isOver: collect() };
    for (const chunk of plain) await this.#compressed(chunk);
  }

  async #compressed(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#gzip?.writer.write(chunk);
    giveBack(chunk);
  }

  #keep(chunk: Uint8Array<ArrayBuffer>): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }
}

/** At once; the collector takes its time, while there are more of them. */
function giveBack(chunk: Uint8Array<ArrayBuffer>): void {
  chunk.buffer.transfer(0);
}
