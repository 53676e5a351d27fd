import { GrammyError } from "grammy";
import { requestProblem } from "../text/errors.ts";
import { NoAnswerError, transportError, UnreachableError } from "./transport.ts";

/** One line on what went wrong with a call, short and without secrets. */
export function reasonOf(error: unknown, redact: (text: string) => string): string {
  if (error instanceof GrammyError) return redact(`${error.error_code} ${error.description}`);
  const inner = transportError(error);
  if (inner instanceof NoAnswerError || inner instanceof UnreachableError) return inner.message;
  return redact(requestProblem(inner));
}

/** Whether the database failed an action, and not Telegram or the action itself. */
export function isDatabaseFault(error: unknown): boolean {
  return error instanceof Error && /^(Database|Libsql)/.test(error.name);
}
