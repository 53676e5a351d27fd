import { isExpired, type NextStep, nextStep, type Outcome } from "../domain/delivery.ts";
import type { Log } from "../log/log.ts";
import type { Counters } from "../health/counters.ts";
import type { Attempt, Delivery, Send } from "./outbox.ts";
import type { Unready } from "./pacer.ts";
import { nextTurn, Pauses } from "../time/pause.ts";
import { databasePauseMs, Recorder } from "./recorder.ts";

interface Outbox {
  claim(
    now: number,
    limit: number,
    busyChats: Iterable<number>,
    options?: { isPrivate: boolean },
  ): Promise<Delivery[]>;
  giveBack(deliveries: readonly Delivery[]): Promise<void>;
  nextAt(busyChats: Iterable<number>): Promise<number | null>;
  record(attempts: readonly Attempt[], now: number): Promise<void>;
  countUnfinished(now: number): Promise<number>;
  retryNow(now: number): Promise<void>;
}

interface Pace {
  turn(signal: AbortSignal): Promise<boolean>;
  unready(): Unready;
}

export interface DelivererDeps {
  readonly outbox: Outbox;
  readonly send: Send;
  readonly pace: Pace;
  readonly counters: Counters;
  readonly logger: Log;
  readonly now: () => number;
  /** When Telegram last answered anything, in milliseconds since the epoch; null for never. */
  readonly lastAnswerAt: () => number | null;
  /** Called before anything is compared with the clock: it may have been set. */
  readonly followClock: () => Promise<void>;
  /** Whether the database is ours. While another bot may have it nothing is sent. */
  readonly isOurs: () => boolean;
  /** Called after each attempt to use the database; with null when it answered. */
  readonly onDatabase: (work: "claim" | "record", error: unknown) => void;
}

/** Claimed in one go. After a kill that many more are thought to have been under way than were. */
const CLAIMED_AT_ONCE = 6;
/** Where Telegram's limits do not hold us up, twice as many each time, up to this. */
const MOST_CLAIMED_AT_ONCE = 192;
const QUICK_MS = 100;
/** Chats that are being told something; that many may hang, and the others are told all the same. */
const IN_FLIGHT = 500;
/** So many chats without an answer and none with one in between: then Telegram is away. */
const CHATS_THAT_MEAN_AWAY = 8;
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;
/** The outbox is looked at now and then even when nothing asked for it. */
const LONGEST_NAP_MS = 60_000;
const SHORTEST_NAP_MS = 5;
const NOT_OURS_NAP_MS = 1_000;
/** How long a stop waits for sends under way: a send that is cut short may arrive twice. */
const STOP_GRACE_MS = 4_000;

/**
 * Works off the outbox: claim, send, record. What was cut short by a kill is sent again: at least once.
 */
export class Deliverer {
  readonly #deps: DelivererDeps;
  readonly #recorder: Recorder;
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  readonly #busy = new Map<number, Promise<void>>();
  /** Claimed and not begun. */
  #queue: Delivery[] = [];
  #claimedAtOnce = CLAIMED_AT_ONCE;
  #claimedAt = -Infinity;
  #begunInTurn = 0;
  /** The next delivery is to show what a refusal meant. */
  #isProbing = false;
  /** Counts what may have made the queue stale. */
  #news = 0;
  /** Chats that gave no answer since the last one that did. */
  readonly #silent = new Set<number>();
  #silentSince = 0;
  /** By how much the clock was set so far, and was when the queue was filled. */
  #setMs = 0;
  #claimedSetMs = 0;
  #restMs = 0;
  #restsUntil = 0;
  readonly #pauses = new Pauses();
  #wake: () => void = () => {};
  #isAwake = true;
  #loop: Promise<void> | null = null;

  constructor(deps: DelivererDeps) {
    this.#deps = deps;
    this.#recorder = new Recorder(deps, this.#stop.signal);
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There is something new in the outbox. */
  wake(): void {
    this.#isAwake = true;
    this.#wake();
  }

  /** The database answers again: what waits for that waits no longer. */
  databaseBack(): void {
    this.#pauses.end();
    this.#recorder.databaseBack();
  }

  /** Something was decided anew: what was claimed before may not be the latest state any more. */
  async refresh(): Promise<void> {
    this.#news++;
    this.#restsUntil = 0;
    await this.#giveBack();
    this.wake();
  }

  /** Somebody set the clock by so many milliseconds. */
  clockSet(byMs: number): void {
    this.#silentSince += byMs;
    this.#setMs += byMs;
  }

  /** Telegram answers again: nothing that is owed waits any longer. */
  async retryNow(): Promise<void> {
    this.#notAway();
    try {
      await this.#deps.outbox.retryNow(this.#deps.now());
    } catch (error) {
      this.#deps.logger.error("Outbox cannot be written", { error });
    }
    this.wake();
  }

  /** Ends after the sends that are under way; those that take too long are cut short. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("The bot is stopping"));
    this.wake();
    const timer = setTimeout(() => this.#cut.abort(this.#stop.signal.reason), STOP_GRACE_MS);
    await this.#loop;
    await Promise.all(this.#busy.values());
    await this.#giveBack();
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    const { outbox, counters, logger, now } = this.#deps;
    let isResumed = false;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      this.#isAwake = false;
      let napMs = 0;
      try {
        if (!isResumed) {
          const count = await outbox.countUnfinished(now());
          isResumed = true;
          counters.add("deliveries_total", { outcome: "uncertain" }, count);
          if (count > 0) logger.warning("Deliveries cut short by a kill are made again", { count });
        }
        napMs = await this.#step();
        failures = 0;
      } catch (error) {
        const delayMs = databasePauseMs(failures++);
        this.#deps.onDatabase("claim", error);
        logger.error("Outbox cannot be used", { error, delayMs });
        await this.#pauses.wait(delayMs, this.#stop.signal);
      }
      await this.#nap(Math.min(napMs, LONGEST_NAP_MS));
    }
  }

  /** Begins to tell one more chat; answers in how many milliseconds to look again. */
  async #step(): Promise<number> {
    if (!this.#deps.isOurs()) return NOT_OURS_NAP_MS;
    const isAway = this.#isAway();
    // Whoever is done wakes us.
    if (this.#busy.size >= (isAway ? 1 : IN_FLIGHT)) return LONGEST_NAP_MS;
    const restMs = this.#restsUntil - performance.now();
    if (isAway && restMs > 0) return restMs;
    if (this.#queue.length === 0) {
      const isQuick = performance.now() - this.#claimedAt < QUICK_MS;
      this.#claimedAtOnce = isQuick
        ? Math.min(2 * this.#claimedAtOnce, MOST_CLAIMED_AT_ONCE)
        : CLAIMED_AT_ONCE;
      const napMs = await this.#claim(isAway || this.#isProbing ? 1 : this.#claimedAtOnce);
      this.#claimedAt = performance.now();
      if (this.#queue.length === 0) return napMs;
    }
    const isProbing = await this.#deps.pace.turn(this.#stop.signal);
    if (this.#stop.signal.aborted) return 0;
    const isNew = isProbing && !this.#isProbing;
    this.#isProbing = isProbing;
    if (isNew) await this.#giveBack();
    const delivery = this.#queue.shift();
    if (!delivery) return 0;
    this.#busy.set(
      delivery.chatId,
      this.#deliver(delivery).finally(() => {
        this.#busy.delete(delivery.chatId);
        this.wake();
      }),
    );
    // Its first call takes its place in the pace before the next one is thought of; where nothing holds
    // us up, more of them share a turn, which takes a millisecond.
    this.#begunInTurn++;
    if (this.#begunInTurn >= this.#claimedAtOnce / CLAIMED_AT_ONCE) {
      this.#begunInTurn = 0;
      await nextTurn();
    }
    return 0;
  }

  /** Fills the queue; when nothing may be sent now, answers in how many milliseconds to look again. */
  async #claim(limit: number): Promise<number> {
    const { outbox, pace, now } = this.#deps;
    await this.#deps.followClock();
    this.#claimedSetMs = this.#setMs;
    const news = this.#news;
    const unready = pace.unready();
    const busyChats = [...this.#busy.keys(), ...unready.chats];
    // Those that gave no answer show least whether the others would; groups, whether it is slow mode.
    const silent = limit === 1 ? this.#silent : [];
    const isPrivate = this.#isProbing;
    this.#queue = await outbox.claim(now(), limit, [...busyChats, ...silent], { isPrivate });
    if (this.#queue.length === 0 && limit === 1) {
      this.#queue = await outbox.claim(now(), limit, busyChats);
    }
    this.#deps.onDatabase("claim", null);
    if (news !== this.#news) await this.#giveBack();
    if (this.#queue.length > 0 || news !== this.#news) return 0;
    const nextAt = await outbox.nextAt(busyChats);
    const dueMs = nextAt === null ? Infinity : nextAt - now();
    return Math.max(Math.min(dueMs, unready.nextMs), SHORTEST_NAP_MS);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { now, send } = this.#deps;
    const attempts = delivery.attempts + 1;
    const setMs = this.#claimedSetMs;
    const createdAt = async () => {
      // Set since it was claimed, perhaps. What the database throws, the recorder hears as well.
      await this.#deps.followClock().catch(() => {});
      return delivery.createdAt + this.#setMs - setMs;
    };
    const isOld = isExpired(delivery.createdAt, now()) && isExpired(await createdAt(), now());
    const outcome: Outcome | null = isOld ? null : await send(delivery, this.#cut.signal);
    if (outcome?.kind === "uncertain" && this.#cut.signal.aborted) return;
    const step: NextStep = outcome === null
      ? { state: "expired", error: "older than a day" }
      : nextStep(outcome, {
        ...delivery,
        createdAt: await createdAt(),
        attempts,
        now: now(),
      });
    this.#report(delivery, attempts, outcome, step);
    // At once: who comes next may not be asked at all.
    if (outcome?.kind === "uncertain") this.#noteSilence(delivery.chatId);
    await this.#recorder.record({ delivery, step });
    if (outcome !== null && outcome.kind !== "uncertain") await this.#noteAnswer();
  }

  #report(delivery: Delivery, attempts: number, outcome: Outcome | null, step: NextStep): void {
    const { counters, logger, now } = this.#deps;
    counters.add("deliveries_total", { outcome: outcome?.kind ?? "expired" });
    if (outcome?.kind === "sent" || outcome?.kind === "told") {
      counters.observe("delivery_age_seconds", (now() - delivery.createdAt) / 1000);
    }
    const fields = {
      delivery: delivery.id,
      chat: delivery.chatId,
      kind: delivery.kind,
      incident: delivery.incident?.id ?? null,
      attempts,
      ...("error" in step && step.error !== null ? { error: step.error } : {}),
    };
    if (outcome?.kind === "told") logger.info("Delivery told, its alert is edited later", fields);
    else if (outcome?.kind === "rejected") logger.error("Delivery rejected", fields);
    else if (step.state === "due") logger.warning("Delivery will be tried again", fields);
    else if ("error" in step) logger.warning(`Delivery ${step.state}`, fields);
    else logger.info(`Delivery ${step.state}`, fields);
  }

  async #noteAnswer(): Promise<void> {
    const wasAway = this.#isAway();
    this.#notAway();
    if (wasAway) await this.retryNow();
  }

  /** While Telegram is away one chat at a time is tried, less and less often. */
  #noteSilence(chatId: number): void {
    if (this.#silent.size === 0) this.#silentSince = this.#deps.now();
    this.#silent.add(chatId);
    const now = performance.now();
    if (!this.#isAway() || now < this.#restsUntil) return;
    this.#restMs = Math.min(Math.max(this.#restMs * 2, FIRST_REST_MS), LONGEST_REST_MS);
    this.#restsUntil = now + this.#restMs;
  }

  /** Many chats give no answer, and nobody else is given one. */
  #isAway(): boolean {
    if (this.#silent.size < CHATS_THAT_MEAN_AWAY) return false;
    return (this.#deps.lastAnswerAt() ?? 0) < this.#silentSince;
  }

  #notAway(): void {
    this.#silent.clear();
    this.#restMs = 0;
    this.#restsUntil = 0;
  }

  async #giveBack(): Promise<void> {
    const queue = this.#queue;
    this.#queue = [];
    try {
      await this.#deps.outbox.giveBack(queue);
    } catch (error) {
      // They stay noted as begun, which is counted as uncertain at the next start.
      this.#deps.logger.error("Outbox cannot be written", { error });
    }
  }

  async #nap(ms: number): Promise<void> {
    if (ms <= 0 || this.#isAwake || this.#stop.signal.aborted) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
  }
}
