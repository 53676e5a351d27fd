import { HttpError } from "grammy";
import { discardBody, readBody } from "../net/body.ts";
import { causes, requestProblem } from "../text/errors.ts";
import { cut, oneLine } from "../text/lines.ts";
import { createHttpClient } from "./http_client.ts";

// Transport of calls to Telegram, and the check that an answer really is one of the Bot API.

/** Size limits of answers: for a hundred updates with long texts and replies, and for other methods. */
const MAX_UPDATES_BYTES = 4 * 1024 * 1024;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Length limit of foreign text in the log, the database and /health. */
const MAX_WORDS = 300;
/** Length of foreign text that is searched for secrets before it is shortened. */
const MAX_LOOKED_AT = 16 * 1024;

/** The answer was not one of the Bot API, so it is unknown whether Telegram has carried out the call. */
export class NoAnswerError extends Error {
  override name = "NoAnswerError";

  constructor(
    message: string,
    /** `foreign`: from a gateway or proxy. `broken`: ended in the middle of the body. */
    readonly kind: "foreign" | "redirect" | "broken" | "too large",
    /** The HTTP status. */
    readonly status: number,
  ) {
    super(message);
  }
}

/** Telegram was not reached. The message names the setting to blame, and no address. */
export class UnreachableError extends Error {
  override name = "UnreachableError";
}

/** The connections to Telegram. */
export interface Transport {
  /** The function by which grammY calls Telegram. */
  readonly fetch: typeof fetch;
  /** The error for a call that was given up after its time limit. */
  late(): Error;
  close(): void;
}

const SETTING = "TELEGRAM_PROXY";
const OF_ENVIRONMENT = "HTTPS_PROXY or HTTP_PROXY";
const REFUSED = "the proxy refuses the user or the password";

/**
 * Creates the transport, with connections of its own, through a proxy or direct. Its fetch rejects like
 * the global one without an answer, and with {@linkcode NoAnswerError} for anything but a Bot API answer:
 * an object with `ok` and either a `result` or an integer `error_code`. Redirects are not followed, because
 * a redirected POST becomes a GET without parameters (`http://api.telegram.org` answers 301). Throws when
 * `proxy` is not a valid proxy address.
 */
export function createTransport(
  { proxy, redact, onDate }: {
    proxy: string | null;
    redact: (text: string) => string;
    /** Called with the `Date` header of each answer. Must not throw. */
    onDate?: (header: string | null) => void;
  },
): Transport {
  let client = createHttpClient(proxy);
  let isClosed = false;

  /** Replaces all connections after an error: other idle ones may be dead, too. */
  function renew(used: Deno.HttpClient): void {
    if (isClosed || used !== client) return;
    client.close();
    client = createHttpClient(proxy);
  }

  async function call(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const used = client;
    let response: Response;
    try {
      response = await fetch(input, { ...init, redirect: "manual", client: used });
    } catch (error) {
      renew(used);
      throw isUnconnected(error) ? unconnected(error, proxy !== null) : error;
    }
    // Only a proxy asks for credentials like this; tinyproxy uses 401 for that.
    const { status, headers } = response;
    if (status === 407 || (status === 401 && headers.has("www-authenticate"))) {
      await discardBody(response.body);
      throw new UnreachableError(`${proxy === null ? OF_ENVIRONMENT : SETTING}: ${REFUSED}`);
    }
    const url = new URL(input instanceof Request ? input.url : input);
    const answer = await answerIn(response, url, redact);
    onDate?.(response.headers.get("date"));
    return answer;
  }

  return {
    fetch: call,
    late: () =>
      new UnreachableError(`no answer in time${proxy === null ? "" : ` through ${SETTING}`}`),
    close() {
      isClosed = true;
      client.close();
    },
  };
}

/** The error for a failed connection; with a proxy to blame it names the setting. */
function unconnected(cause: unknown, hasProxy: boolean): unknown {
  const words = requestProblem(cause).replace(/^.*\(Connect\): /, "");
  const isRefused = /authentication required|auth failure|acceptable auth/i.test(words);
  if (!hasProxy && !isRefused) return cause;
  const problem = isRefused
    ? REFUSED
    // An HTTP proxy's refusal of a tunnel has no further details.
    : /unsuccessful/i.test(words)
    ? "the proxy refuses the user, the password or Telegram's address"
    : /^tcp connect|^dns error|lookup address|server unreachable/i.test(words)
    ? `the proxy cannot be reached (${words})`
    : `no connection through the proxy (${words})`;
  return new UnreachableError(`${hasProxy ? SETTING : OF_ENVIRONMENT}: ${problem}`, { cause });
}

async function answerIn(
  response: Response,
  url: URL,
  redact: (text: string) => string,
): Promise<Response> {
  const { status, headers, body } = response;
  const fail = (kind: NoAnswerError["kind"], what: string) =>
    new NoAnswerError(`HTTP ${status}, ${what}`, kind, status);
  if (status >= 300 && status < 400) {
    await discardBody(body);
    const to = URL.parse(headers.get("location") ?? "", url)?.origin ?? "nowhere";
    throw fail("redirect", `a redirect from ${url.origin} to ${words(to, redact)}`);
  }
  const most = url.pathname.endsWith("/getUpdates") ? MAX_UPDATES_BYTES : MAX_ANSWER_BYTES;
  let bytes: Uint8Array<ArrayBuffer> | null;
  try {
    bytes = await readBody(body, most);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw fail("broken", "then it broke off");
  }
  if (bytes === null) throw fail("too large", `an answer of more than ${most} bytes`);
  const text = new TextDecoder().decode(bytes);
  const answer = parsed(text, response.ok, redact);
  if (answer === null) throw fail("foreign", `no answer of Telegram: ${words(text, redact)}`);
  // grammY only uses json().
  return { json: () => Promise.resolve(answer) } as Response;
}

/** The parsed answer with its description shortened; null when it is no answer of the Bot API. */
function parsed(text: string, isOk: boolean, redact: (text: string) => string): unknown {
  let answer: Readonly<Record<string, unknown>> | null;
  try {
    answer = JSON.parse(text);
  } catch {
    return null;
  }
  if (isOk && answer?.["ok"] === true && answer["result"] != null) return answer;
  const code = answer?.["error_code"];
  const isRefusal = answer?.["ok"] === false && Number.isSafeInteger(code) && Number(code) >= 400;
  if (!isRefusal) return null;
  const { description, parameters } = answer as { description?: unknown; parameters?: unknown };
  return { ok: false, error_code: code, description: words(description, redact), parameters };
}

/** Foreign text without secrets, shortened, in one line; "" for other values. */
function words(text: unknown, redact: (text: string) => string): string {
  if (typeof text !== "string") return "";
  return cut(oneLine(redact(text.slice(0, MAX_LOOKED_AT))), MAX_WORDS);
}

/** The {@linkcode NoAnswerError} behind a failed call; null for other errors. */
export function noAnswerOf(error: unknown): NoAnswerError | null {
  const inner = transportError(error);
  return inner instanceof NoAnswerError ? inner : null;
}

/** The error of the transport or of fetch behind grammY's HttpError; other errors unchanged. */
export function transportError(error: unknown): unknown {
  return error instanceof HttpError ? error.error : error;
}

/** Whether a failed call got no answer of Telegram, so that it is unknown whether it was carried out. */
export function isUnanswered(error: unknown): boolean {
  const noAnswer = noAnswerOf(error);
  return noAnswer === null || noAnswer.kind === "broken" ||
    (noAnswer.kind === "foreign" && noAnswer.status !== 413);
}

/** Whether a call failed while connecting, before anything was sent. */
export function isUnconnected(error: unknown): boolean {
  return causes(transportError(error)).some((it) => /\(Connect\)/.test(String(it)));
}
