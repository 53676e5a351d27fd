/** What bytes are read from. */
export interface Readable {
  read(buffer: Uint8Array): Promise<number | null>;
}

/** The answer is none of HTTP/1, or breaks its rules. The message is a part of one line. */
export class GarbledError extends Error {
  override name = "GarbledError";
}

/** Limit of all heads of an answer together, the interim ones too. */
const MAX_HEADS_BYTES = 16 * 1024;
const BUFFER_BYTES = 16 * 1024;
const [CR, LF] = [13, 10];

/** Bytes of a connection: lines for the head of an answer, blocks for its body. */
export class Incoming {
  readonly #from: Readable;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array();
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #headBytes = 0;

  constructor(from: Readable) {
    this.#from = from;
  }

  /** Whether bytes were read that nobody has taken. */
  get hasMore(): boolean {
    return this.#rest.length > 0;
  }

  /** The next line without its end; its bytes as Latin-1. Ends of other kinds than CR LF are refused. */
  async line(): Promise<string> {
    let end = this.#rest.indexOf(LF);
    for (let seen = this.#rest.length; end < 0; end = this.#rest.indexOf(LF, seen)) {
      this.#limit(this.#rest.length);
      seen = this.#rest.length;
      if (!await this.#more()) throw new Deno.errors.UnexpectedEof("the answer broke off");
    }
    this.#headBytes += end + 1;
    this.#limit(0);
    const bytes = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end + 1);
    if (bytes.at(-1) !== CR) throw new GarbledError("not the line ends of HTTP");
    return String.fromCharCode(...bytes.subarray(0, -1));
  }

  /** At least one byte and at most `most`; null at the end. */
  async some(most: number): Promise<Uint8Array<ArrayBuffer> | null> {
    if (this.#rest.length === 0 && !await this.#more()) return null;
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(most);
    return taken;
  }

  #limit(unread: number): void {
    if (this.#headBytes + unread > MAX_HEADS_BYTES) {
      throw new GarbledError("a head longer than it may be");
    }
  }

  async #more(): Promise<boolean> {
    const length = await this.#from.read(this.#buffer);
    if (length === null) return false;
    const both = new Uint8Array(this.#rest.length + length);
    both.set(this.#rest);
    both.set(this.#buffer.subarray(0, length), this.#rest.length);
    this.#rest = both;
    return true;
  }
}
