import { isTooStubborn } from "./access.ts";
import type { MethodContext } from "./context.ts";
import { ApiError, tooManyRequests } from "./error.ts";
import type { Limits } from "./limits.ts";
import { METHODS } from "./methods.ts";
import { type CallResult, dropped, failure, success } from "./call_result.ts";
import type { Payload } from "./payload.ts";

/** One call as it came in. */
export interface Call {
  /** In lower case. */
  readonly method: string;
  readonly payload: Payload;
  /** In milliseconds of `performance.now()`. */
  readonly arrivedAt: number;
}

/** What calls are answered from. */
export interface CallsDeps extends Omit<MethodContext, "note"> {
  readonly limits: Limits;
  /** Records what a good bot never does. */
  readonly violate: (method: string, chatId: string, what: string) => void;
}

/** The ordinary course of calls, after token and faults. */
export class Calls {
  readonly #deps: CallsDeps;

  constructor(deps: CallsDeps) {
    this.#deps = deps;
  }

  /**
   * Carries a call out; throws an ApiError when it is refused.
   * @param request looked at only while the call waits
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

  /** The answer to a call that ended with this error; takes note of what the bot is to blame for. */
  fail(call: Omit<Call, "arrivedAt">, error: unknown): CallResult {
    // Anything else is a mistake in the sandbox, or a client that left amid its request.
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
