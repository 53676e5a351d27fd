/** What the feed says of one region; see json_status.php of Bitrix24's own messenger. */
export interface FeedState {
  readonly result: "notice" | "warning" | "error";
  readonly info?: string;
  readonly statusTitle?: string;
  readonly statusInfo?: string;
  readonly id?: number;
  /** The texts in other languages, by `userLang`; the others are those of every language. */
  readonly translated?: Readonly<
    Record<string, Partial<Pick<FeedState, "info" | "statusTitle" | "statusInfo">>>
  >;
}

/** What goes wrong with one of the two pages. */
export type HostFault =
  | {
    readonly kind: "status";
    readonly code: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }
  /** No answer until the client gives up. */
  | { readonly kind: "hang" }
  /** The ordinary answer, `ms` milliseconds later. */
  | { readonly kind: "delay"; readonly ms: number }
  | {
    readonly kind: "body";
    readonly body: string | Uint8Array<ArrayBuffer>;
    readonly headers?: Readonly<Record<string, string>>;
  }
  /** The connection is dropped. */
  | { readonly kind: "reset" }
  | { readonly kind: "redirect"; readonly to: string }
  /** A body that never ends; it is over 1 MiB soon. */
  | { readonly kind: "endless" };

/** One request as it arrived. */
export interface HostRequest {
  readonly method: string;
  readonly path: string;
  /** Query parameter `reg`; empty when there was none. */
  readonly region: string;
  /** Query parameter `userLang`; empty when there was none. */
  readonly lang: string;
  readonly headers: Headers;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What a request was answered. */
export interface HostAnswer {
  readonly request: HostRequest;
  readonly status: number;
  /** What was made to go wrong with it, if anything. */
  readonly fault: HostFault["kind"] | undefined;
}

/** A pretend Bitrix24 status host on loopback. */
export interface Bitrix24Sandbox {
  /** What to set as STATUS_URL, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  set(region: string, state: FeedState): void;
  /** All is well in the region. */
  well(region: string): void;
  /** Some have trouble; a new announcement unless its text is the one before. */
  degraded(region: string, info?: string): void;
  /** The region is down; a new announcement unless its text is the one before. */
  outage(region: string, info?: string): void;
  /** From now on the region's texts in another language are these; until the next announcement. */
  translate(region: string, lang: string, texts: { title: string; info: string }): void;
  /** What GET / answers; undefined for the page made from the state of region `ru`. */
  page(html: string | undefined): void;
  /**
   * Breaks one of the two pages, the feed for one region, or for one language there, only if told so;
   * undefined mends it.
   */
  fault(
    path: "json" | "html",
    fault: HostFault | undefined,
    region?: string,
    lang?: string,
  ): void;
  /** Whether answers carry an ETag and If-None-Match is answered by 304; false at first. */
  etag: boolean;
  /** All requests, the oldest first. */
  readonly requests: readonly HostRequest[];
  /** Calls back after every request with what came of it; returns the way to stop that. */
  onAnswer(listener: (answer: HostAnswer) => void): () => void;
  /** Resolves with the first answer of the predicate that is neither false nor missing. */
  until<T>(
    predicate: () => T | undefined | null | false,
    what: string,
    timeoutMs?: number,
  ): Promise<T>;
  /** Ends all requests and the listener. A second call does nothing. */
  close(): Promise<void>;
}
