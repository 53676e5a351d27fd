import type { Call, Calls } from "./calls.ts";
import { applyFault, type CallResult, dropped, wrongToken } from "./call_result.ts";
import { ApiError } from "./error.ts";
import type { CallLog } from "./log.ts";
import { Payload, readPayload } from "./payload.ts";
import type { WrongRefusals } from "./refusals.ts";
import type { Fault } from "./types.ts";
import { HeldRequests } from "./until.ts";

export interface ExchangeDeps {
  readonly token: string;
  readonly calls: Calls;
  readonly refusals: WrongRefusals;
  readonly log: CallLog;
  /** The fault for a call; undefined for none. */
  readonly faultOf: (method: string, payload: Record<string, unknown>) => Fault | undefined;
  /** Called after each call. */
  readonly onCall: () => void;
}

/** HTTP side of the server: checks the token, applies faults, and logs each call with its answer. */
export class Exchange {
  readonly #deps: ExchangeDeps;
  readonly #held = new HeldRequests();
  #isAway = false;

  constructor(deps: ExchangeDeps) {
    this.#deps = deps;
  }

  /** While the server is away, all connections are dropped, also those of calls under way. */
  away(isAway: boolean): void {
    this.#isAway = isAway;
    if (isAway) this.#held.releaseAll();
  }

  async serve(request: Request, bot: string, method: string): Promise<Response> {
    const { calls, log, onCall } = this.#deps;
    const at = Date.now();
    const arrivedAt = performance.now();
    let payload = new Payload({}, new Map());
    let result: CallResult;
    try {
      payload = await readPayload(request);
      result = await this.#answer(request, bot, { method, payload, arrivedAt });
    } catch (error) {
      result = calls.fail({ method, payload }, error);
    }
    // The server may have gone away while the call was answered.
    if (this.#isAway) result = dropped("the server is away");
    const { response, errorCode, description } = result;
    const chatId = payload.integer("chat_id");
    log.add({
      method,
      payload: payload.fields,
      chatId: chatId === 0 ? undefined : chatId,
      ok: errorCode === undefined,
      errorCode,
      description,
      at,
    });
    onCall();
    return response;
  }

  async #answer(request: Request, bot: string, call: Call): Promise<CallResult> {
    const { token, calls, refusals, faultOf } = this.#deps;
    if (this.#isAway) return dropped("the server is away");
    if (!bot.startsWith("bot")) throw new ApiError(404, "Not Found");
    if (bot !== `bot${token}`) throw wrongToken(bot.slice("bot".length));
    refusals.check(call.method, call.payload.integer("chat_id"));
    const fault = faultOf(call.method, call.payload.fields as Record<string, unknown>);
    const faulty = fault === undefined
      ? undefined
      : await applyFault(fault, (ms) => this.#held.hold(request, ms));
    if (faulty !== undefined) return faulty;
    // A delayed call counts for the limits from the end of its delay.
    const arrived = fault?.kind === "delay" ? { ...call, arrivedAt: performance.now() } : call;
    if (fault?.kind !== "lost") return await calls.perform(request, arrived);
    await calls.perform(request, call).catch((error) => calls.fail(call, error));
    return dropped("fault: lost");
  }
}
