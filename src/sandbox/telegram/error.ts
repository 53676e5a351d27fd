/** What more there is to an {@linkcode ApiError}; the same as its properties. */
export interface ApiErrorOptions {
  readonly parameters?: Readonly<Record<string, number>>;
  /** True by default. */
  readonly avoidable?: boolean;
  /** False by default. */
  readonly isGone?: boolean;
}

/** An answer of the Bot API that is not `ok`; whoever throws it need not know about HTTP. */
export class ApiError extends Error {
  /** Error code and HTTP status at once. */
  readonly code: number;
  /** What goes with it, such as `retry_after` in seconds. */
  readonly parameters: Readonly<Record<string, number>> | undefined;
  /**
   * False when even a good bot could run into this error, because it comes from what people did
   * meanwhile; then it is no violation.
   */
  readonly avoidable: boolean;
  /** Whether the chat is out of the bot's reach until people change that. */
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
 * A 400 as the server words it: prefixed, and with a small first letter unless the second letter
 * tells that this is a code such as BUTTON_DATA_INVALID (tdlib/telegram-bot-api, Client.cpp,
 * fail_query_with_error).
 */
export function badRequest(message: string, options: ApiErrorOptions = {}): ApiError {
  const isCode = /^.[A-Z_]/.test(message);
  const text = isCode ? message : message.charAt(0).toLowerCase() + message.slice(1);
  return new ApiError(400, `Bad Request: ${text}`, options);
}

/** A 403: the chat exists, but the bot may not do that there. Never the bot's own fault. */
export function forbidden(message: string): ApiError {
  return new ApiError(403, `Forbidden: ${message}`, { avoidable: false, isGone: true });
}

/** A 429; whether the bot is to blame is for the caller to say. */
export function tooManyRequests(retryAfter: number): ApiError {
  return new ApiError(429, `Too Many Requests: retry after ${retryAfter}`, {
    parameters: { retry_after: retryAfter },
    avoidable: false,
  });
}
