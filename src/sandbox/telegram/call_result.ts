import { ApiError } from "./error.ts";
import type { Fault } from "./types.ts";
import { brokenResponse } from "./until.ts";

/** How a call ended; no error code means well, 0 that no answer goes out. */
export interface CallResult {
  readonly response: Response;
  readonly errorCode?: number;
  readonly description?: string;
}

export function success(result: unknown): CallResult {
  return { response: Response.json({ ok: true, result }) };
}

/** The connection breaks instead of an answer; `description` is for the log of calls only. */
export function dropped(description: string): CallResult {
  return { response: brokenResponse(), errorCode: 0, description };
}

/** An error the way the server sends it: the HTTP status is the error code. */
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

/** The server's answer to a token it does not know (ClientManager.cpp, Client.cpp). */
export function wrongToken(token: string): ApiError {
  const isPossible = /^[1-9]\d*:/.test(token) && token.length <= 80;
  const description = isPossible ? "Unauthorized" : "Unauthorized: invalid token specified";
  return new ApiError(401, description, { avoidable: false });
}

/**
 * What comes of a fault; undefined when the call takes its ordinary course after all (`lost` loses
 * only the answer, which is for the caller to drop).
 * @param hold waits so many milliseconds, or for ever; true when they passed
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
