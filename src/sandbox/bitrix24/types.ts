/** Content of the feed for one region, as json_status.php of Bitrix24's own messenger gets it. */
export interface FeedState {
  readonly result: "notice" | "warning" | "error";
  readonly info?: string;
  readonly statusTitle?: string;
  readonly statusInfo?: string;
  readonly id?: number;
  /** Texts in particular languages, by `userLang`; all other languages get the texts above. */
  readonly translated?: Readonly<
    Record<string, Partial<Pick<FeedState, "info" | "statusTitle" | "statusInfo">>>
  >;
}

/** A fault of the feed or the page. */
export type HostFault =
  | {
    readonly kind: "status";
    readonly code: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }
  /** No answer until the client gives up. */
  | { readonly kind: "hang" }
  /** The usual answer after `ms` milliseconds. */
  | { readonly kind: "delay"; readonly ms: number }
  | {
    readonly kind: "body";
    readonly body: string | Uint8Array<ArrayBuffer>;
    readonly headers?: Readonly<Record<string, string>>;
  }
  /** The connection is dropped. */
  | { readonly kind: "reset" }
  | { readonly kind: "redirect"; readonly to: string }
  /** A body without an end. */
  | { readonly kind: "endless" };

/** A received request. */
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

/** The answer to a request. */
export interface HostAnswer {
  readonly request: HostRequest;
  readonly status: number;
  /** The fault that was applied; undefined for none. */
  readonly fault: HostFault["kind"] | undefined;
}

/** A stand-in of a Bitrix24 status host on loopback. */
export interface Bitrix24Sandbox {
  /** Value for STATUS_URL, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  set(region: string, state: FeedState): void;
  /** Sets a region to operational. */
  well(region: string): void;
  /** Sets a region to degraded, with a new announcement unless the text is the same as before. */
  degraded(region: string, info?: string): void;
  /** Sets a region to outage, with a new announcement unless the text is the same as before. */
  outage(region: string, info?: string): void;
  /** Sets the region's texts in one language, until its next announcement. */
  translate(region: string, lang: string, texts: { title: string; info: string }): void;
  /** Sets the answer to GET /; undefined for the page made from the state of region `ru`. */
  page(html: string | undefined): void;
  /** Sets a fault of the feed or the page, for one region and language if given; undefined ends it. */
  fault(
    path: "json" | "html",
    fault: HostFault | undefined,
    region?: string,
    lang?: string,
  ): void;
  /** Whether answers carry an ETag and If-None-Match is answered by 304; false by default. */
  etag: boolean;
  /** All requests, oldest first. */
  readonly requests: readonly HostRequest[];
  /** Calls the listener after each request; returns the function that removes it. */
  onAnswer(listener: (answer: HostAnswer) => void): () => void;
  /** Resolves with the first result of the predicate that is neither false, null nor undefined. */
  until<T>(
    predicate: () => T | undefined | null | false,
    what: string,
    timeoutMs?: number,
  ): Promise<T>;
  /** Ends all requests and stops listening. A second call does nothing. */
  close(): Promise<void>;
}
