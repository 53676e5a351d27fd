import type { IncidentRecord } from "../domain/record.ts";
import { incidentsToCsv } from "./csv.ts";
import { nextTurn } from "../time/pause.ts";

/** A CSV file of incidents. */
export interface CsvFile {
  readonly name: string;
  /** The content in chunks. */
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
  readonly incidents: number;
  readonly isCompressed: boolean;
  /** Number of the part, from 1; null for the only file. */
  readonly part: number | null;
}

export interface CsvFilesOptions {
  /** File name without its ending. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Names of the columns in the reader's language. */
  readonly headings?: readonly string[];
  /** Size from which on a file is compressed; 4 MiB by default. */
  readonly plainBytes?: number;
  /**
   * Compressed size from which on the next part begins; 4 MiB by default. Telegram accepts 50 MB (Bot API,
   * sendDocument), but a part is in memory while it is sent.
   */
  readonly partBytes?: number;
}

const MIB = 1024 * 1024;

/**
 * Any number of incidents as files that Telegram accepts: one CSV file (see {@linkcode incidentsToCsv}),
 * compressed by gzip if large, split into parts with a header each if still large. Files are made on
 * demand, with turns for other work in between; asking for the next file frees the previous one.
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
    // The caller asks for the next file, so this one is no longer used.
    chunks.forEach(giveBack);
  }
}

/** Collects text as bytes, and compresses them from a size on. */
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

  /** Size of the compressed bytes so far; 0 while nothing is compressed. */
  get bytesOut(): number {
    return this.#gzip ? this.#bytes : 0;
  }

  async add(text: string): Promise<void> {
    // Deno 2.4.2 declares the buffer of this type as possibly shared.
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
    // Deno 2.4.2 and 2.9.6 declare this stream with different types; the cast fits both.
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

/** Frees a chunk's memory at once instead of at the next garbage collection. */
function giveBack(chunk: Uint8Array<ArrayBuffer>): void {
  chunk.buffer.transfer(0);
}
