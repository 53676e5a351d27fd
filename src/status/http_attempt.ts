import { discardBody, readBeginning } from "../net/body.ts";
import { requestProblem } from "../text/errors.ts";
import { isRedirect, isSameHost, redirectTarget } from "../net/redirect.ts";
import { withTimeLimit } from "../time/time_limit.ts";
import type { Problem } from "../domain/reading.ts";

/** Size limit of a page; Bitrix24's pages have a few kilobytes. */
export const MAX_PAGE_BYTES = 1024 * 1024;
/** Size limit of a feed. Parsed JSON can take up many times the memory of its text. */
export const MAX_FEED_BYTES = 64 * 1024;

/** Length of the beginning of a body that is passed to `onAnswer`. */
const SEEN_BYTES = 4_096;

/** Redirects followed within one attempt. */
const MAX_REDIRECTS = 3;

/** Longest validator kept and sent back, in characters. */
const MAX_VALIDATOR = 1024;

/** Validators of an answer (RFC 9110, 8.8), which make the next request conditional. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** Result of one attempt. Faults of the host are values; only an abort is an exception. */
export type Answer =
  | { readonly kind: "body"; readonly text: string; readonly validators: Validators }
  | { readonly kind: "not_modified" }
  | Fault;

/** Why an attempt gave no body. */
export interface Fault {
  readonly kind: "fault";
  readonly problem: Problem;
  /** One technical line, such as "HTTP 503". */
  readonly detail: string;
  /** Whether a retry may succeed. */
  readonly transient: boolean;
  /** Whether the attempt's last request got an HTTP status; each redirect is a new request. */
  readonly answered: boolean;
  /** The HTTP status when the status is the fault; null otherwise. */
  readonly status: number | null;
  /** The pause the host asked for, in milliseconds; null when it asked for none. */
  readonly retryAfterMs: number | null;
}

export interface AttemptOptions {
  /** Limit of the whole attempt: connection, redirects, headers and body. */
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly validators: Validators | null;
  /** Limit of the body after decompression. */
  readonly maxBytes: number;
  /** Runs the reading of a body in a queue; the wait in it counts as part of the attempt. */
  readonly inTurn: <T>(read: () => Promise<T>) => Promise<T>;
  /** Milliseconds since the epoch, for a `Retry-After` that is a date. */
  readonly now: () => number;
  /** Called with the status and the beginning of each answer, also of an unreadable one. */
  readonly onAnswer?: ((status: number, beginning: string) => void) | undefined;
}

/**
 * Makes one GET request. Follows redirects within the host only; takes at most `maxBytes` of body after
 * decompression; refuses bytes that do not fit the charset. The response is always consumed or cancelled.
 *
 * Rejects only when `signal` is aborted, with its reason.
 */
export async function attemptGet(
  url: URL,
  signal: AbortSignal,
  options: AttemptOptions,
): Promise<Answer> {
  const { timeoutMs } = options;
  const progress = { answered: false };
  return await withTimeLimit(timeoutMs, signal, async (limited, limit) => {
    try {
      return await get(url, limited, options, progress);
    } catch (error) {
      signal.throwIfAborted();
      const { answered } = progress;
      if (limit.isOver) {
        const detail = `no answer within ${timeoutMs} ms`;
        return fault("timeout", detail, { transient: true, answered });
      }
      const detail = answered
        ? `the body broke off: ${requestProblem(error)}`
        : requestProblem(error);
      return fault("no_connection", detail, { transient: true, answered });
    }
  });
}

async function get(
  start: URL,
  signal: AbortSignal,
  options: AttemptOptions,
  progress: { answered: boolean },
): Promise<Answer> {
  const headers = new Headers(options.headers);
  const { etag, lastModified } = options.validators ?? { etag: null, lastModified: null };
  if (etag !== null) headers.set("if-none-match", etag);
  if (lastModified !== null) headers.set("if-modified-since", lastModified);

  let url = start;
  for (let redirects = 0;; redirects++) {
    // After a redirect, `answered` is about the new request.
    progress.answered = false;
    const response = await fetch(url, { redirect: "manual", headers, signal });
    progress.answered = true;
    if (response.status === 200) {
      return await options.inTurn(() => readAnswer(response, options));
    }
    if (options.onAnswer) await show(response, options.onAnswer);
    else await discardBody(response.body);
    if (response.status === 304) return { kind: "not_modified" };
    if (!isRedirect(response)) {
      return refusal(response, options.now());
    }
    const next = redirectTarget(response, url);
    if (next === null) return fault("redirected", `HTTP ${response.status} without a target`);
    if (!isSameHost(url, next)) return fault("redirected", `redirected to ${next.host}`);
    if (redirects === MAX_REDIRECTS) {
      return fault("redirected", `redirected more than ${MAX_REDIRECTS} times`);
    }
    url = next;
  }
}

async function readAnswer(
  response: Response,
  { maxBytes, onAnswer }: AttemptOptions,
): Promise<Answer> {
  // A large content-length saves the transfer; a small one may be wrong, so the bytes are counted too.
  const announced = Number(response.headers.get("content-length") ?? "0");
  if (announced > maxBytes) {
    if (onAnswer) await show(response, onAnswer);
    else await discardBody(response.body);
    return fault("too_large", `body over ${maxBytes} bytes`);
  }
  const { bytes, isWhole } = await readBeginning(response.body, maxBytes);
  onAnswer?.(response.status, beginningOf(bytes));
  if (!isWhole) return fault("too_large", `body over ${maxBytes} bytes`);
  const decoder = strictDecoder(response.headers.get("content-type") ?? "");
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return fault("bad_encoding", `body is not ${decoder.encoding}`);
  }
  return {
    kind: "body",
    text,
    validators: {
      etag: validator(response, "etag"),
      lastModified: validator(response, "last-modified"),
    },
  };
}

/** Passes the beginning of a refused answer to `onAnswer`; empty when the body breaks off. */
async function show(
  response: Response,
  onAnswer: NonNullable<AttemptOptions["onAnswer"]>,
): Promise<void> {
  const beginning = await readBeginning(response.body, SEEN_BYTES).catch(() => null);
  await discardBody(response.body);
  onAnswer(response.status, beginningOf(beginning?.bytes ?? new Uint8Array()));
}

function beginningOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, SEEN_BYTES));
}

function strictDecoder(contentType: string): TextDecoder {
  const charset = /;\s{0,9}charset\s{0,9}=\s{0,9}"?([^\s";,]{1,40})/i.exec(contentType)?.[1];
  try {
    return new TextDecoder(charset ?? "utf-8", { fatal: true });
  } catch {
    return new TextDecoder("utf-8", { fatal: true }); // a charset nobody knows
  }
}

/** The fault for an HTTP status other than 200, 304 and redirects. */
function refusal(response: Response, now: number): Fault {
  const { status } = response;
  return fault(status === 429 ? "throttled" : "http_error", `HTTP ${status}`, {
    status,
    transient: status >= 500 || status === 429 || status === 408,
    retryAfterMs: parseRetryAfter(response.headers.get("retry-after"), now),
  });
}

/** `Retry-After` is a number of seconds or an HTTP date; null when absent, past or neither. */
function parseRetryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  // An HTTP date begins with the name of a day; Date.parse alone would take "-5" for a year.
  const pause = /^[a-z]{3}/i.test(text) ? Date.parse(text) - now : NaN;
  return pause > 0 ? pause : null;
}

function validator(response: Response, name: string): string | null {
  const value = response.headers.get(name);
  return value !== null && value.length <= MAX_VALIDATOR ? value : null;
}

function fault(
  problem: Problem,
  detail: string,
  more: Partial<Pick<Fault, "transient" | "answered" | "status" | "retryAfterMs">> = {},
): Fault {
  return {
    kind: "fault",
    problem,
    detail,
    transient: false,
    answered: true,
    status: null,
    retryAfterMs: null,
    ...more,
  };
}
