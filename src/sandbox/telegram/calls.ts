import { isTooStubborn } from "./access.ts";
import type { MethodContext } from "./context.ts";
import { ApiError, tooManyRequests } from "./error.ts";
import type { Limits } from "./limits.ts";
import { METHODS } from "./methods.ts";
import { type CallResult, dropped, failure, success } from "./call_result.ts";
import type { Payload } from "./payload.ts";

/** A received call. */
export interface Call {
  /** Name in lower case. */
  readonly method: string;
  readonly payload: Payload;
  /** Time of arrival, in milliseconds of `performance.now()`. */
  readonly arrivedAt: number;
}

/** Dependencies of {@linkcode Calls}. */
export interface CallsDeps extends Omit<MethodContext, "note"> {
  readonly limits: Limits;
  /** Records a violation, something that a good bot never does. */
  readonly violate: (method: string, chatId: string, what: string) => void;
}

/** Carries out calls that {@linkcode Exchange} has let through. */
export class Calls {
  readonly #deps: CallsDeps;

  constructor(deps: CallsDeps) {
    this.#deps = deps;
  }

  /**
   * Carries out a call. Throws an ApiError when it is refused.
   * @param request its abort ends a long poll
   */
  async perform(request: Request, call: Call): Promise<CallResult> {
    const { method, payload } = call;
    if (method === "getupdates") {
      const updates = await this.#deps.queue.get(payload, request);
      return updates === null ? dropped("the poll was dropped") : success(updates);
    }
    const run = METHODS.get(method);
    if (run === undefined) throw new ApiError(404, "Not Found: method not found");
    this.#checkLimits(call);
    return success(await run({ ...this.#deps, note: (it) => this.#note(call, it) }, payload));
  }

  /** The answer for an error; records a violation if the bot is to blame. */
  fail(call: Omit<Call, "arrivedAt">, error: unknown): CallResult {
    // The bot is not to blame for errors of the sandbox itself, or of a client that left during its
    // request.
    if (!(error instanceof ApiError)) {
      return failure(new ApiError(500, `Internal Server Error: ${error}`));
    }
    if (error.avoidable) this.#note(call, `${error.code} ${error.message}`);
    const chat = error.isGone
      ? this.#deps.world.chats.get(call.payload.integer("chat_id"))
      : undefined;
    if (chat !== undefined && isTooStubborn(chat, call.method)) {
      this.#note(call, "keeps writing to a chat that is gone");
    }
    return failure(error);
  }

  #checkLimits({ method, payload, arrivedAt }: Call): void {
    const chatId = payload.integer("chat_id");
    const queryId = payload.text("callback_query_id") || undefined;
    const refusal = this.#deps.limits.check({ method, chatId, queryId, at: arrivedAt });
    if (refusal === undefined) return;
    if (refusal.violation !== undefined) this.#note({ method, payload }, refusal.violation);
    throw tooManyRequests(refusal.retryAfter);
  }

  #note({ method, payload }: Omit<Call, "arrivedAt">, violation: string): void {
    this.#deps.violate(method, payload.text("chat_id"), violation);
  }
}
