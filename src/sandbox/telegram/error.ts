/** Optional properties of {@linkcode ApiError}. */
export interface ApiErrorOptions {
  readonly parameters?: Readonly<Record<string, number>>;
  /** True by default. */
  readonly avoidable?: boolean;
  /** False by default. */
  readonly isGone?: boolean;
}

/** An error answer of the Bot API. */
export class ApiError extends Error {
  /** Error code, which is also the HTTP status. */
  readonly code: number;
  /** Additional fields of the answer, such as `retry_after` in seconds. */
  readonly parameters: Readonly<Record<string, number>> | undefined;
  /** False when a good bot may get this error too, because people caused it; then it is no violation. */
  readonly avoidable: boolean;
  /** Whether the chat is unreachable for the bot until people change that. */
  readonly isGone: boolean;

  constructor(
    code: number,
    description: string,
    { parameters, avoidable = true, isGone = false }: ApiErrorOptions = {},
  ) {
    super(description);
    this.name = "ApiError";
    this.code = code;
    this.parameters = parameters;
    this.avoidable = avoidable;
    this.isGone = isGone;
  }
}

/**
 * A 400 in the server's words: with a prefix, and a small first letter except in codes such as
 * BUTTON_DATA_INVALID (tdlib/telegram-bot-api, Client.cpp, fail_query_with_error).
 */
export function badRequest(message: string, options: ApiErrorOptions = {}): ApiError {
  const isCode = /^.[A-Z_]/.test(message);
  const text = isCode ? message : message.charAt(0).toLowerCase() + message.slice(1);
  return new ApiError(400, `Bad Request: ${text}`, options);
}

/** A 403: the bot may not act in this chat. Never a violation. */
export function forbidden(message: string): ApiError {
  return new ApiError(403, `Forbidden: ${message}`, { avoidable: false, isGone: true });
}

/** A 429; the caller decides whether it is a violation. */
export function tooManyRequests(retryAfter: number): ApiError {
  return new ApiError(429, `Too Many Requests: retry after ${retryAfter}`, {
    parameters: { retry_after: retryAfter },
    avoidable: false,
  });
}
