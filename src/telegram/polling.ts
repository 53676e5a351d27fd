import type { LoudLog } from "../log/log.ts";
import { createConcurrentSink, createRunner, createSource } from "@grammyjs/runner";
import { type Bot, type Context, GrammyError } from "grammy";
import type { Update } from "grammy/types";
import { pause, within } from "../time/pause.ts";
import type { Backlog } from "./backlog.ts";
import { grammySignal } from "./messages.ts";
import { reasonOf } from "./reason.ts";
import { readBatch } from "./poll_batch.ts";
import { type PollingTrouble, PollOutcomes } from "./poll_outcomes.ts";
import { isCutPoll, PollWait } from "./poll_wait.ts";
import { noAnswerOf } from "./transport.ts";

export interface PollingDeps<C extends Context> {
  readonly bot: Bot<C>;
  readonly logger: LoudLog;
  readonly redact: (text: string) => string;
  /** Called once, after the first answer of Telegram and before the first update. */
  readonly onReady: () => void;
  /**
   * Called when trouble begins or changes, and with null when it is over: "unauthorized" ends with the
   * first successful poll, "conflict" after polls have worked for a while. Must not throw.
   */
  readonly onTrouble: (trouble: PollingTrouble | null) => void;
  /** Called after each conflict with another poll, by a second bot or from before a restart. Must not throw. */
  readonly onConflict?: () => void;
  /** Called after each poll, whether it worked or failed. Must not throw. */
  readonly onPolled: () => void;
  /** Called when polling works again after failures. */
  readonly onBack: () => void;
  /**
   * Holds back questions older than 5 minutes until the backlog is fetched, to answer only the newest of
   * each person.
   */
  readonly backlog: Backlog;
  /** Waits for `ms` or until the signal is aborted. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds of real time. */
  readonly elapsed?: () => number;
}

export interface Polling {
  /**
   * Ends polling and waits for the running handlers, and for `answers` that they left under way. After
   * `graceMs` calls `giveUp`, which aborts their calls, and leaves them a moment for a last log line.
   */
  stop(
    graceMs: number,
    giveUp: () => void,
    answers?: { settled(): Promise<void> },
  ): Promise<void>;
}

/** Types of updates with handlers; Telegram sends no others (Bot API, getUpdates). */
const ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member"] as const;
/** Limit of concurrent handlers; user_limits.ts limits each person and chat. */
const MAX_CONCURRENT = 5_000;
/** Time for aborted handlers to write a log line. */
const LAST_WORDS_MS = 500;
/** Pause after an empty answer without a wait, for servers that do not hold polls open. */
const EMPTY_POLL_MS = 1_000;
/** Limit of updates per poll in the Bot API. */
const MAX_UPDATES = 100;

/**
 * Starts polling Telegram for updates. All errors, also those at the start, are logged and retried. The
 * runner's own fetching is replaced, because its pauses grow to hours and cannot be aborted.
 */
export function startPolling<C extends Context>(deps: PollingDeps<C>): Polling {
  const { bot, logger, backlog, elapsed = () => performance.now() } = deps;
  const pauseFor = deps.pause ?? pause;
  const stop = new AbortController();
  const outcomes = new PollOutcomes(elapsed, deps.onTrouble);
  const wait = new PollWait();
  let offset = 0;
  let maxUpdates = MAX_UPDATES;
  let wasCut = false;
  let isRedirected = false;
  let isReady = false;
  let hasPolled = false;
  let isWebhookGone = false;

  async function getReady(signal: AbortSignal): Promise<void> {
    if (!bot.isInited()) bot.botInfo = await bot.api.getMe(grammySignal(signal));
    // With a webhook set, every poll is refused with 409; that resets `isWebhookGone`.
    if (!isWebhookGone) {
      isWebhookGone = true;
      await bot.api.deleteWebhook({}, grammySignal(signal)).catch((error) => {
        signal.throwIfAborted();
        logger.warning("The webhook is not deleted, if there is one; polling without that", {
          reason: reasonOf(error, deps.redact),
        });
      });
    }
    if (isReady) return;
    isReady = true;
    logger.info("Telegram answers", { bot: bot.botInfo.username });
    deps.onReady();
  }

  async function supply(batchSize: number): Promise<Update[]> {
    const { signal } = stop;
    while (true) {
      let asked = Infinity;
      // The first poll has no wait, because its answer completes the start.
      const isFirst = !hasPolled;
      const timeout = isFirst || backlog.isHolding ? 0 : wait.seconds;
      const limit = Math.min(Math.max(batchSize, 1), maxUpdates);
      try {
        await getReady(signal);
        asked = elapsed();
        const { updates, unreadable, count, next } = readBatch(
          await bot.api.getUpdates({
            offset,
            limit,
            timeout,
            allowed_updates: ALLOWED_UPDATES,
          }, grammySignal(signal)),
        );
        hasPolled = true;
        isRedirected = false;
        maxUpdates = MAX_UPDATES;
        wait.answered(elapsed());
        deps.onPolled();
        const failures = outcomes.worked();
        if (failures > 0) {
          logger.info("Polling works again", { failures });
          deps.onBack();
        }
        if (unreadable > 0) {
          logger.warning("Updates that are none are passed over", { unreadable });
        }
        offset = next ?? offset;
        const due = backlog.sift(updates, count < limit);
        if (count === 0 && due.length === 0 && !isFirst && elapsed() - asked < EMPTY_POLL_MS) {
          await pauseFor(EMPTY_POLL_MS, signal);
        }
        const dropped = backlog.takeDropped();
        if (dropped > 0) logger.info("Old questions passed over for newer ones", { dropped });
        return due;
      } catch (error) {
        if (signal.aborted) throw error;
        deps.onPolled();
        const heldMs = elapsed() - asked;
        if (isCutPoll(error, heldMs, timeout)) {
          noteCut(error, heldMs);
          continue;
        }
        const noAnswer = noAnswerOf(error);
        const code = error instanceof GrammyError ? error.error_code : null;
        if (code === 409) {
          if (/webhook/i.test(String(error))) isWebhookGone = false;
          else deps.onConflict?.();
        }
        if (noAnswer?.kind === "too large") maxUpdates = Math.ceil(maxUpdates / 4);
        if (noAnswer === null && code === null && heldMs >= timeout * 1_000) wait.lapsed(elapsed());
        const { failures, delayMs } = outcomes.failed(error, code);
        const fields = { reason: reasonOf(error, deps.redact), failures, delayMs };
        if (code === 401) {
          logger.critical("Telegram does not know this token; check BOT_TOKEN", fields);
        } else if (code === 404 || noAnswer?.status === 404) {
          logger.critical("No Bot API there; check TELEGRAM_API_ROOT and BOT_TOKEN", fields);
        } else if (noAnswer?.kind === "redirect" && !isRedirected) {
          logger.critical("Redirected, which is not followed; check TELEGRAM_API_ROOT", fields);
        } else logger.error("Polling failed, exponential backoff", fields);
        isRedirected = noAnswer?.kind === "redirect";
        await pauseFor(delayMs, signal);
      }
    }
  }

  /** Notes a cut poll. It is no failure, so the next poll follows without a pause. */
  function noteCut(error: unknown, heldMs: number): void {
    wait.cut(heldMs, elapsed());
    const fields = {
      reason: reasonOf(error, deps.redact),
      heldMs: Math.round(heldMs),
      waitSeconds: wait.seconds,
    };
    if (wasCut) logger.debug("A quiet poll was cut", fields);
    else logger.warning("A quiet poll was cut on the way; the next are held for less", fields);
    wasCut = true;
  }

  const sink = createConcurrentSink<Update, unknown>(
    { consume: (update) => bot.handleUpdate(update) },
    async (error) => void await bot.errorHandler(error as Parameters<typeof bot.errorHandler>[0]),
    { concurrency: MAX_CONCURRENT },
  );
  const runner = createRunner(createSource({ supply }), sink);
  runner.start();
  const task = runner.task()?.catch((error) => {
    if (!stop.signal.aborted) logger.critical("Polling has ended", { error });
  });

  return {
    async stop(graceMs, giveUp, answers) {
      stop.abort(new Error("The bot is stopping"));
      // runner.stop() does not wait for the handlers.
      const isOver = new AbortController();
      const quiet = Promise.allSettled([runner.stop(), task]).then(async () => {
        while (runner.size() > 0 && !isOver.signal.aborted) await pause(20, isOver.signal);
        await answers?.settled();
      });
      await within(graceMs, quiet);
      giveUp();
      await within(LAST_WORDS_MS, quiet);
      isOver.abort();
    },
  };
}
