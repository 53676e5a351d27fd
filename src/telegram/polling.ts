import type { Log } from "../core/log.ts";
import { createConcurrentSink, createRunner, createSource } from "@grammyjs/runner";
import { type Bot, type Context, GrammyError } from "grammy";
import type { Update } from "grammy/types";
import { pause } from "../core/pause.ts";
import { grammySignal } from "./messages.ts";
import { LONG_POLL_SECONDS, reasonOf } from "./api.ts";

export interface PollingDeps<C extends Context> {
  readonly bot: Bot<C>;
  readonly logger: Log;
  readonly redact: (text: string) => string;
  /** Called once, when Telegram has said who we are and before the first update. */
  readonly onReady: () => void;
}

export interface Polling {
  /** Takes no more updates; resolves when the handlers are done, or `graceMs` is over. */
  stop(graceMs: number): Promise<void>;
}

/** What the handlers are for; everything else stays at Telegram (Bot API, getUpdates). */
const ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member"] as const;
/** 401 (wrong token) and 409 (a second poller) do not pass in seconds: be loud, but be slow. */
const HARD_FAULT_PAUSE_MS = 30_000;
/** First pause after any other fault; doubled each time, up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Polls Telegram for ever: whatever goes wrong, including at start, is logged in a line and tried
 * again. The runner's own fetching is not used: its waits cannot be cut short and grow for hours.
 */
export function startPolling<C extends Context>(deps: PollingDeps<C>): Polling {
  const { bot, logger } = deps;
  const stop = new AbortController();
  let offset = 0;
  let isReady = false;

  async function getReady(signal: AbortSignal): Promise<void> {
    if (!bot.isInited()) bot.botInfo = await bot.api.getMe(grammySignal(signal));
    // A webhook that was set once would answer every poll with 409.
    await bot.api.deleteWebhook({}, grammySignal(signal));
    isReady = true;
    logger.info("Telegram answers", { bot: bot.botInfo.username });
    deps.onReady();
  }

  async function supply(batchSize: number): Promise<Update[]> {
    const { signal } = stop;
    for (let failures = 0;; failures++) {
      try {
        if (!isReady) await getReady(signal);
        const updates = await bot.api.getUpdates({
          offset,
          limit: Math.min(Math.max(batchSize, 1), 100),
          timeout: LONG_POLL_SECONDS,
          allowed_updates: ALLOWED_UPDATES,
        }, grammySignal(signal));
        if (failures > 0) logger.info("Polling works again", { failures });
        const last = updates.at(-1);
        if (last) offset = last.update_id + 1;
        return updates;
      } catch (error) {
        if (signal.aborted) throw error;
        const delayMs = pauseAfter(error, failures);
        logger.error("Polling failed, exponential backoff", {
          reason: reasonOf(error, deps.redact),
          failures: failures + 1,
          delayMs,
        });
        await pause(delayMs, signal);
      }
    }
  }

  function pauseAfter(error: unknown, failures: number): number {
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 20), LONGEST_PAUSE_MS);
    if (!(error instanceof GrammyError)) return pauseMs;
    const seconds = error.parameters.retry_after;
    if (seconds !== undefined) return Math.max(seconds * 1000, pauseMs);
    // A 409 right after a restart is the old poll that Telegram still holds: short pauses first.
    const isHard = error.error_code === 401 || (error.error_code === 409 && failures >= 3);
    return isHard ? HARD_FAULT_PAUSE_MS : pauseMs;
  }

  const sink = createConcurrentSink<Update, unknown>(
    { consume: (update) => bot.handleUpdate(update) },
    async (error) => void await bot.errorHandler(error as Parameters<typeof bot.errorHandler>[0]),
  );
  const runner = createRunner(createSource({ supply }), sink);
  runner.start();
  const task = runner.task()?.catch(() => {});

  return {
    async stop(graceMs) {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), graceMs);
      stop.abort(new Error("The bot is stopping"));
      const stopped = runner.stop();
      await Promise.race([Promise.allSettled([stopped, task]), aborted(deadline.signal)]);
      // The runner does not wait for the handlers.
      while (runner.size() > 0 && !deadline.signal.aborted) await pause(20, deadline.signal);
      clearTimeout(timer);
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
