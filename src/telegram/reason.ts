import { GrammyError } from "grammy";
import { causes } from "../text/errors.ts";
import { cut } from "../text/lines.ts";
import { NoAnswerError, transportError, UnreachableError } from "./transport.ts";

const MAX_REASON = 500;

/** One line on what went wrong with a call, short and without secrets. */
export function reasonOf(error: unknown, redact: (text: string) => string): string {
  if (error instanceof GrammyError) return redact(`${error.error_code} ${error.description}`);
  const inner = transportError(error);
  if (inner instanceof NoAnswerError || inner instanceof UnreachableError) return inner.message;
  return cut(redact(causes(inner).map(String).join(": ")), MAX_REASON);
}

/** Whether the database failed an action, and not Telegram or the action itself. */
export function isDatabaseFault(error: unknown): boolean {
  return error instanceof Error && /^(Database|Libsql)/.test(error.name);
}
