import { isExpired, type NextStep, nextStep, type Outcome } from "../domain/delivery.ts";
import { isDrill } from "../domain/drill.ts";
import type { Log } from "../log/log.ts";
import type { ReportingDatabase } from "../domain/facts.ts";
import type { Counters } from "../health/counters.ts";
import type { Attempt, Delivery, Send } from "./outbox.ts";
import type { Unready } from "./pacer.ts";
import type { Doorbell } from "../time/doorbell.ts";
import { nextTurn } from "../time/pause.ts";
import { Away } from "./away.ts";
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

interface Pacer {
  turn(signal: AbortSignal): Promise<boolean>;
  unready(): Unready;
}

export interface DelivererDeps {
  /** Its bell is rung after each change of the outbox that the next claim has to see. */
  readonly database: ReportingDatabase & { readonly bell: Doorbell };
  readonly outbox: Outbox;
  readonly send: Send;
  readonly pacer: Pacer;
  readonly counters: Counters;
  readonly logger: Log;
  readonly now: () => number;
  /** Latest sign that Telegram works, in milliseconds since the epoch; see {@linkcode AwayDeps}. */
  readonly telegram: { readonly lastOkAt: number | null };
  /** Followed before stored times are compared with `now`, because the clock may have been set. */
  readonly clock: { follow(): Promise<void> };
  /** Whether the database is ours; while another bot may hold it, nothing is sent. */
  readonly turn: { readonly isHeld: boolean };
}

/** Deliveries claimed at once; few, because after a kill each claimed one counts as under way. */
const CLAIMED_AT_ONCE = 6;
/**
 * Limit of the doubling: claims within {@linkcode QUICK_MS} of the previous one take twice as many.
 */
const MOST_CLAIMED_AT_ONCE = 192;
const QUICK_MS = 100;
/**
 * Deliveries under way at a time, each to another chat: only as many hanging ones hold up the rest.
 */
const IN_FLIGHT = 500;
/** Longest pause between two looks at the outbox, even when the bell is silent. */
const LONGEST_NAP_MS = 60_000;
const SHORTEST_NAP_MS = 5;
const NOT_OURS_NAP_MS = 1_000;
/**
 * How long a stop waits for sends under way: a message whose send is cut short may arrive twice.
 */
const STOP_GRACE_MS = 4_000;

/**
 * Works off the outbox: claim, send, record. A delivery that a kill cuts short is sent again, so
 * that each arrives at least once.
 */
export class Deliverer {
  readonly #deps: DelivererDeps;
  readonly #recorder: Recorder;
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  readonly #busy = new Map<number, Promise<void>>();
  /** Deliveries claimed and still to be begun. */
  #queue: Delivery[] = [];
  #claimedAtOnce = CLAIMED_AT_ONCE;
  #claimedAt = -Infinity;
  #begunInTurn = 0;
  /** Whether the next delivery is a probe; see {@linkcode Pacer.turn}. */
  #isProbing = false;
  /**
   * Milliseconds by which the clock was set so far; `claimed…`: by the time the queue was filled.
   */
  #setMs = 0;
  #claimedSetMs = 0;
  /** Number of rings that need no new claim: those acted on, and those of our own. */
  #heard: number;
  readonly #away: Away;
  #loop: Promise<void> | null = null;

  constructor(deps: DelivererDeps) {
    this.#deps = deps;
    this.#heard = deps.database.bell.rings;
    this.#away = new Away(deps);
    this.#recorder = new Recorder(deps, this.#stop.signal);
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Shifts the times after the machine's clock was set. */
  clockSet(set: { readonly byMs: number }): void {
    this.#away.clockSet(set);
    this.#setMs += set.byMs;
  }

  /** Telegram answers again: deliveries that wait for a retry become due, except rejected ones. */
  async retryNow(): Promise<void> {
    this.#away.over();
    try {
      await this.#deps.outbox.retryNow(this.#deps.now());
    } catch (error) {
      this.#deps.logger.error("Outbox cannot be written", { error });
    }
    this.#ringOurselves();
  }

  /** Ends after the sends under way; after {@linkcode STOP_GRACE_MS} these are cut short. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("The bot is stopping"));
    const timer = setTimeout(() => this.#cut.abort(this.#stop.signal.reason), STOP_GRACE_MS);
    await this.#loop;
    await Promise.all(this.#busy.values());
    await this.#giveBack();
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    const { database, outbox, counters, logger, now } = this.#deps;
    const { bell } = database;
    let isResumed = false;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      const rings = bell.rings;
      try {
        if (!isResumed) {
          const count = await database.doing("claim", () => outbox.countUnfinished(now()));
          isResumed = true;
          counters.add("deliveries_total", { outcome: "uncertain" }, count);
          if (count > 0) logger.warning("Deliveries cut short by a kill are made again", { count });
        }
        const napMs = await this.#step();
        failures = 0;
        await bell.wait(Math.min(napMs, LONGEST_NAP_MS), this.#stop.signal, rings);
      } catch (error) {
        const delayMs = databasePauseMs(failures++);
        logger.error("Outbox cannot be used", { error, delayMs });
        await bell.wait(delayMs, this.#stop.signal);
      }
    }
  }

  /** Begins one more delivery; returns in how many milliseconds to come again. */
  async #step(): Promise<number> {
    if (!this.#deps.turn.isHeld) return NOT_OURS_NAP_MS;
    if (this.#isRung) {
      this.#heard = this.#deps.database.bell.rings;
      this.#away.endRest();
      await this.#giveBack();
    }
    const { isAway, restMs } = this.#away;
    // The bell rings at the end of each delivery.
    if (this.#busy.size >= (isAway ? 1 : IN_FLIGHT)) return LONGEST_NAP_MS;
    if (restMs > 0) return restMs;
    if (this.#queue.length === 0) {
      const isQuick = performance.now() - this.#claimedAt < QUICK_MS;
      this.#claimedAtOnce = isQuick
        ? Math.min(2 * this.#claimedAtOnce, MOST_CLAIMED_AT_ONCE)
        : CLAIMED_AT_ONCE;
      const limit = isAway || this.#isProbing ? 1 : this.#claimedAtOnce;
      const napMs = await this.#deps.database.doing("claim", () => this.#claim(limit));
      this.#claimedAt = performance.now();
      if (this.#queue.length === 0) return napMs;
    }
    const isProbing = await this.#deps.pacer.turn(this.#stop.signal);
    if (this.#stop.signal.aborted || this.#isRung) return 0;
    const isNew = isProbing && !this.#isProbing;
    this.#isProbing = isProbing;
    if (isNew) await this.#giveBack();
    const delivery = this.#queue.shift();
    if (!delivery) return 0;
    this.#busy.set(
      delivery.chatId,
      this.#deliver(delivery).finally(() => {
        this.#busy.delete(delivery.chatId);
        this.#ringOurselves();
      }),
    );
    // The first call of a delivery enters the pacer before the next delivery is begun. After quick
    // claims several deliveries share a turn of the event loop, which takes a millisecond.
    this.#begunInTurn++;
    if (this.#begunInTurn >= this.#claimedAtOnce / CLAIMED_AT_ONCE) {
      this.#begunInTurn = 0;
      await nextTurn();
    }
    return 0;
  }

  /** Whether others have rung since: the claimed deliveries may no longer be the latest state. */
  get #isRung(): boolean {
    return this.#heard !== this.#deps.database.bell.rings;
  }

  /** Rings for the next step; the claimed deliveries stay valid. */
  #ringOurselves(): void {
    this.#heard++;
    this.#deps.database.bell.ring();
  }

  /** Fills the queue. Returns 0, or, if it stays empty, in how many milliseconds to claim again. */
  async #claim(limit: number): Promise<number> {
    const { outbox, pacer, now } = this.#deps;
    await this.#deps.clock.follow();
    this.#claimedSetMs = this.#setMs;
    const unready = pacer.unready();
    const busyChats = [...this.#busy.keys(), ...unready.chats];
    // First choice for a probe: a private chat, as a group may be in slow mode, and one that was
    // not silent.
    const silent = limit === 1 ? this.#away.silent : [];
    const isPrivate = this.#isProbing;
    this.#queue = await outbox.claim(now(), limit, [...busyChats, ...silent], { isPrivate });
    if (this.#queue.length === 0 && limit === 1) {
      this.#queue = await outbox.claim(now(), limit, busyChats);
    }
    if (this.#queue.length > 0) return 0;
    const nextAt = await outbox.nextAt(busyChats);
    const dueMs = nextAt === null ? Infinity : nextAt - now();
    return Math.max(Math.min(dueMs, unready.nextMs), SHORTEST_NAP_MS);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { now, send } = this.#deps;
    const attempts = delivery.attempts + 1;
    const setMs = this.#claimedSetMs;
    const createdAt = async () => {
      // The clock may have been set since the claim. The recorder meets errors of the database as
      // well.
      await this.#deps.clock.follow().catch(() => {});
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
    // Noted before the recording, which takes a moment, so that the next chat rests if Telegram is
    // away.
    if (outcome?.kind === "uncertain") this.#away.noteSilence(delivery.chatId);
    await this.#recorder.record({ delivery, step });
    if (outcome === null || outcome.kind === "uncertain") return;
    if (this.#away.isAway) await this.retryNow();
    else this.#away.over();
  }

  #report(delivery: Delivery, attempts: number, outcome: Outcome | null, step: NextStep): void {
    const { counters, logger, now } = this.#deps;
    const isTold = outcome?.kind === "sent" || outcome?.kind === "told";
    // Drills and bulletins are in no figure but their own.
    const isCounted = !isDrill(delivery) && delivery.kind !== "bulletin";
    if (isCounted) counters.add("deliveries_total", { outcome: outcome?.kind ?? "expired" });
    if (isTold && isCounted) {
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
    else if ("error" in step && step.state !== "skipped") {
      logger.warning(`Delivery ${step.state}`, fields);
    } else logger.info(`Delivery ${step.state}`, fields);
  }

  async #giveBack(): Promise<void> {
    const queue = this.#queue;
    this.#queue = [];
    try {
      await this.#deps.outbox.giveBack(queue);
    } catch (error) {
      // The deliveries stay noted as begun; the next start counts them as uncertain.
      this.#deps.logger.error("Outbox cannot be written", { error });
    }
  }
}
