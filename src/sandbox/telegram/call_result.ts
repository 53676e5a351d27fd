import { ApiError } from "./error.ts";
import type { Fault } from "./types.ts";
import { brokenResponse } from "./until.ts";

/** Result of a call. `errorCode`: undefined for success, 0 when no answer goes out. */
export interface CallResult {
  readonly response: Response;
  readonly errorCode?: number;
  readonly description?: string;
}

export function success(result: unknown): CallResult {
  return { response: Response.json({ ok: true, result }) };
}

/** A broken connection instead of an answer; `description` is only for the log of calls. */
export function dropped(description: string): CallResult {
  return { response: brokenResponse(), errorCode: 0, description };
}

/** An error answer, with the error code as HTTP status. */
export function failure({ code, message, parameters }: ApiError): CallResult {
  const body = { ok: false, error_code: code, description: message, parameters };
  const retryAfter = parameters?.["retry_after"];
  const headers = new Headers();
  if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
  return {
    response: Response.json(body, { status: code, headers }),
    errorCode: code,
    description: message,
  };
}

/** The error for an unknown token (ClientManager.cpp, Client.cpp). */
export function wrongToken(token: string): ApiError {
  const isPossible = /^[1-9]\d*:/.test(token) && token.length <= 80;
  const description = isPossible ? "Unauthorized" : "Unauthorized: invalid token specified";
  return new ApiError(401, description, { avoidable: false });
}

/**
 * The result of a fault; undefined when the call is to be carried out as usual. For `lost` the caller drops
 * the answer afterwards.
 * @param hold waits for `ms`, or without end; false when the wait was ended early
 */
export async function applyFault(
  fault: Fault,
  hold: (ms?: number) => Promise<boolean>,
): Promise<CallResult | undefined> {
  switch (fault.kind) {
    case "status": {
      const { code, description, retryAfter } = fault;
      const options = retryAfter === undefined ? {} : { parameters: { retry_after: retryAfter } };
      return failure(new ApiError(code, description, options));
    }
    case "hang":
      await hold();
      return dropped("fault: hang");
    case "delay":
      return await hold(fault.ms) ? undefined : dropped("fault: delay");
    case "reset":
      return dropped("fault: reset");
    case "lost":
      return undefined;
    case "garbage":
      return {
        response: new Response(fault.body, { status: fault.status, headers: fault.headers ?? {} }),
        errorCode: fault.status,
        description: "fault: garbage",
      };
  }
}
