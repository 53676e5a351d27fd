import { HttpError } from "grammy";
import { discardBody, readBody } from "../net/body.ts";
import { causes, requestProblem } from "../text/errors.ts";
import { cut, oneLine } from "../text/lines.ts";
import { createHttpClient } from "./http_client.ts";

// How calls get to Telegram, and what of that which comes back is an answer of Telegram's.

/** Size limits: a hundred updates with long texts and replies; any other answer. */
const MAX_UPDATES_BYTES = 4 * 1024 * 1024;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Length of foreign words in the log, the database and /health. */
const MAX_WORDS = 300;
/** Length that is searched for secrets before. */
const MAX_LOOKED_AT = 16 * 1024;

/** Something came back, and it was no answer of Telegram: whether it has the call is not known. */
export class NoAnswerError extends Error {
  override name = "NoAnswerError";

  constructor(
    message: string,
    /** `foreign`: of a gateway or proxy. `broken`: it ended amid the body. */
    readonly kind: "foreign" | "redirect" | "broken" | "too large",
    /** The HTTP status. */
    readonly status: number,
  ) {
    super(message);
  }
}

/** Telegram was not reached, for a reason that `message` tells by the setting; it holds no address. */
export class UnreachableError extends Error {
  override name = "UnreachableError";
}

/** What grammY is to call Telegram by; close it when done. */
export interface Transport {
  readonly fetch: typeof fetch;
  /** For a call that was given up. */
  late(): Error;
  close(): void;
}

const SETTING = "TELEGRAM_PROXY";
const OF_ENVIRONMENT = "HTTPS_PROXY or HTTP_PROXY";
const REFUSED = "the proxy refuses the user or the password";

/**
 * Calls over connections of our own, through a proxy or not. Rejects when nothing came back as fetch
 * does, and with {@linkcode NoAnswerError} when what came back is no answer of the Bot API: an object
 * with `ok` and either a `result` or a whole-number `error_code`. No redirect is followed:
 * `http://api.telegram.org` answers 301, and a POST that follows it becomes a GET without parameters.
 * Throws when `proxy` is no address of a proxy.
 */
export function createTransport(
  { proxy, redact, onDate }: {
    proxy: string | null;
    redact: (text: string) => string;
    /** Called with the `Date` header of each answer of Telegram's. Must not throw. */
    onDate?: (header: string | null) => void;
  },
): Transport {
  let client = createHttpClient(proxy);
  let isClosed = false;

  /** One connection died silently, so that its idle neighbours may be dead as well. */
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
    // Telegram itself asks for no such thing; tinyproxy does so by 401.
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

/** Why a connection could not be made: by the name of the setting where a proxy is to blame. */
function unconnected(cause: unknown, hasProxy: boolean): unknown {
  const words = requestProblem(cause).replace(/^.*\(Connect\): /, "");
  const isRefused = /authentication required|auth failure|acceptable auth/i.test(words);
  if (!hasProxy && !isRefused) return cause;
  const problem = isRefused
    ? REFUSED
    // Of what an HTTP proxy answers instead of opening a tunnel nothing else is known.
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
  // grammY asks for nothing else.
  return { json: () => Promise.resolve(answer) } as Response;
}

/** The answer as grammY wants it, with nothing in it that is boundless; null when it is none. */
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

/** The beginning of what somebody else wrote: without secrets, in one line. */
function words(text: unknown, redact: (text: string) => string): string {
  if (typeof text !== "string") return "";
  return cut(oneLine(redact(text.slice(0, MAX_LOOKED_AT))), MAX_WORDS);
}

/** What came back to a call that failed, if it was no answer of Telegram's. */
export function noAnswerOf(error: unknown): NoAnswerError | null {
  const inner = transportError(error);
  return inner instanceof NoAnswerError ? inner : null;
}

/** What made grammY say that a call failed: an error of the transport, or of fetch. */
export function transportError(error: unknown): unknown {
  return error instanceof HttpError ? error.error : error;
}

/** Whether nothing of an answer came back to a call, so that Telegram may well not have it. */
export function isUnanswered(error: unknown): boolean {
  const noAnswer = noAnswerOf(error);
  return noAnswer === null || noAnswer.kind === "broken" ||
    (noAnswer.kind === "foreign" && noAnswer.status !== 413);
}

/** Whether the connection could not even be made. */
export function isUnconnected(error: unknown): boolean {
  return causes(transportError(error)).some((it) => /\(Connect\)/.test(String(it)));
}
