import type { Log } from "../log/log.ts";
import { within } from "../time/pause.ts";
import { reasonOf } from "./reason.ts";

/** Longest wait of an answer for the database. */
export const DATABASE_PATIENCE_MS = 1_000;

/**
 * Stores something about a chat. A failure of the database is only logged, so that people get their
 * answer all the same; the next update of the chat brings the fact again. Never rejects.
 */
export async function remember(
  { logger, redact }: { logger: Log; redact: (text: string) => string },
  what: string,
  work: () => Promise<unknown>,
): Promise<void> {
  await within(
    DATABASE_PATIENCE_MS,
    work().catch((error) =>
      logger.error("Chat cannot be remembered", { what, reason: reasonOf(error, redact) })
    ),
  );
}
