import type { Log } from "./log.ts";
import { isExpired, type NextStep, nextStep, type Outcome } from "../domain/delivery.ts";
import type { Counters } from "./metrics.ts";
import type { Delivery, Send } from "./outbox.ts";
import { pause } from "./pause.ts";

interface Outbox {
  dueDeliveries(now: number, limit: number, busyChats: Iterable<number>): Promise<Delivery[]>;
  nextDeliveryAt(): Promise<number | null>;
  recordDelivery(id: number, step: NextStep, now: number): Promise<void>;
}

export interface DelivererDeps {
  readonly outbox: Outbox;
  readonly send: Send;
  readonly counters: Counters;
  readonly logger: Log;
  readonly now: () => number;
}

/** Chats that are told something at the same time. */
const CHATS_AT_ONCE = 16;
/** Telegram's limit over all chats is about 30 messages a second (core.telegram.org/bots/faq). */
const PACE_MS = 34;
/** The outbox is looked at now and then even when nothing asked for it. */
const LONGEST_NAP_MS = 60_000;
const AFTER_DATABASE_ERROR_MS = 1_000;
/** How long a stop waits for sends under way: a send that is cut short may arrive twice. */
const STOP_GRACE_MS = 4_000;

/**
 * Works off the outbox: send, then record. What was sent but could not be recorded is recorded later,
 * not sent again, as long as this program lives; after a kill it is sent again: at least once.
 */
export class Deliverer {
  readonly #deps: DelivererDeps;
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  readonly #busy = new Map<number, Promise<void>>();
  #wake: () => void = () => {};
  #isAwake = true;
  #loop: Promise<void> | null = null;

  constructor(deps: DelivererDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There is something new in the outbox. */
  wake(): void {
    this.#isAwake = true;
    this.#wake();
  }

  /** Ends after the sends that are under way; those that take too long are cut short. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("The bot is stopping"));
    this.wake();
    const timer = setTimeout(() => this.#cut.abort(this.#stop.signal.reason), STOP_GRACE_MS);
    await this.#loop;
    await Promise.all(this.#busy.values());
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#isAwake = false;
      let napMs = LONGEST_NAP_MS;
      try {
        const started = await this.#startDue();
        if (started > 0) continue;
        const nextAt = await this.#deps.outbox.nextDeliveryAt();
        // A chat that is busy wakes us when it is done; everything else is a matter of time.
        if (nextAt !== null) napMs = nextAt - this.#deps.now();
        if (napMs <= 0) napMs = this.#busy.size > 0 ? LONGEST_NAP_MS : PACE_MS;
      } catch (error) {
        this.#deps.logger.error("Outbox cannot be read", { error });
        napMs = AFTER_DATABASE_ERROR_MS;
      }
      await this.#nap(Math.min(napMs, LONGEST_NAP_MS));
    }
  }

  async #startDue(): Promise<number> {
    const free = CHATS_AT_ONCE - this.#busy.size;
    if (free <= 0) return 0;
    const due = await this.#deps.outbox.dueDeliveries(this.#deps.now(), free, this.#busy.keys());
    for (const delivery of due) {
      if (this.#stop.signal.aborted) break;
      const task = this.#deliver(delivery).finally(() => {
        this.#busy.delete(delivery.chatId);
        this.wake();
      });
      this.#busy.set(delivery.chatId, task);
      await pause(PACE_MS, this.#stop.signal);
    }
    return due.length;
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { now, send, counters, logger } = this.#deps;
    const attempts = delivery.attempts + 1;
    const outcome: Outcome | null = isExpired(delivery.createdAt, now())
      ? null
      : await send(delivery, this.#cut.signal);
    if (outcome?.kind === "uncertain" && this.#cut.signal.aborted) return;
    const step: NextStep = outcome === null
      ? { state: "expired", error: "older than a day" }
      : nextStep(outcome, { attempts, createdAt: delivery.createdAt, now: now() });
    counters.add("deliveries_total", { outcome: outcome?.kind ?? "expired" });
    const fields = {
      delivery: delivery.id,
      chat: delivery.chatId,
      kind: delivery.kind,
      incident: delivery.incident?.id ?? null,
      attempts,
      ...("error" in step ? { error: step.error } : {}),
    };
    if (step.state === "due") logger.warning("Delivery will be tried again", fields);
    else if (outcome?.kind === "rejected") logger.error("Delivery rejected", fields);
    else if ("error" in step) logger.warning(`Delivery ${step.state}`, fields);
    else logger.info(`Delivery ${step.state}`, fields);
    await this.#record(delivery, step);
  }

  /** Records until it is recorded: the chat stays busy meanwhile, so it is not told twice. */
  async #record(delivery: Delivery, step: NextStep): Promise<void> {
    while (true) {
      try {
        return await this.#deps.outbox.recordDelivery(delivery.id, step, this.#deps.now());
      } catch (error) {
        this.#deps.logger.error("Delivery cannot be recorded", { delivery: delivery.id, error });
        if (this.#stop.signal.aborted) return;
        await pause(AFTER_DATABASE_ERROR_MS, this.#stop.signal);
      }
    }
  }

  async #nap(ms: number): Promise<void> {
    if (this.#isAwake || this.#stop.signal.aborted) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
  }
}
