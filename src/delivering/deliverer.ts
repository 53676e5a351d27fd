import { isExpired, type NextStep, nextStep, type Outcome } from "../domain/delivery.ts";
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
  /** Its bell is rung when there is something new in the outbox, or when less is due than before. */
  readonly database: ReportingDatabase & { readonly bell: Doorbell };
  readonly outbox: Outbox;
  readonly send: Send;
  readonly pacer: Pacer;
  readonly counters: Counters;
  readonly logger: Log;
  readonly now: () => number;
  /** Latest sign that Telegram works, in milliseconds since the epoch; see {@linkcode AwayDeps}. */
  readonly telegram: { readonly lastOkAt: number | null };
  /** Followed before anything is compared with it: it may have been set. */
  readonly clock: { follow(): Promise<void> };
  /** Whether the database is ours. While another bot may have it nothing is sent. */
  readonly turn: { readonly isHeld: boolean };
}

/** Claimed in one go. After a kill that many more are thought to have been under way than were. */
const CLAIMED_AT_ONCE = 6;
/** Where Telegram's limits do not hold us up, twice as many each time, up to this. */
const MOST_CLAIMED_AT_ONCE = 192;
const QUICK_MS = 100;
/** Chats that are being told something; that many may hang, and the others are told all the same. */
const IN_FLIGHT = 500;
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
  /** By how much the clock was set so far, and was when the queue was filled. */
  #setMs = 0;
  #claimedSetMs = 0;
  /** Rings of the bell that are followed already, our own among them. */
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

  /** Somebody set the clock. */
  clockSet(set: { readonly byMs: number }): void {
    this.#away.clockSet(set);
    this.#setMs += set.byMs;
  }

  /** Telegram answers again: nothing that is owed waits any longer. */
  async retryNow(): Promise<void> {
    this.#away.over();
    try {
      await this.#deps.outbox.retryNow(this.#deps.now());
    } catch (error) {
      this.#deps.logger.error("Outbox cannot be written", { error });
    }
    this.#ringOurselves();
  }

  /** Ends after the sends that are under way; those that take too long are cut short. */
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

  /** Begins to tell one more chat; answers in how many milliseconds to look again. */
  async #step(): Promise<number> {
    if (!this.#deps.turn.isHeld) return NOT_OURS_NAP_MS;
    if (this.#isRung) {
      this.#heard = this.#deps.database.bell.rings;
      this.#away.endRest();
      await this.#giveBack();
    }
    const { isAway, restMs } = this.#away;
    // Whoever is done rings.
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
    // Its first call takes its place in the pace before the next one is thought of; where nothing holds
    // us up, more of them share a turn, which takes a millisecond.
    this.#begunInTurn++;
    if (this.#begunInTurn >= this.#claimedAtOnce / CLAIMED_AT_ONCE) {
      this.#begunInTurn = 0;
      await nextTurn();
    }
    return 0;
  }

  /** Something may have been decided anew: what was claimed before may not be the latest state. */
  get #isRung(): boolean {
    return this.#heard !== this.#deps.database.bell.rings;
  }

  /** There is room for another chat, and what was claimed is as good as before. */
  #ringOurselves(): void {
    this.#heard++;
    this.#deps.database.bell.ring();
  }

  /** Fills the queue; when nothing may be sent now, answers in how many milliseconds to look again. */
  async #claim(limit: number): Promise<number> {
    const { outbox, pacer, now } = this.#deps;
    await this.#deps.clock.follow();
    this.#claimedSetMs = this.#setMs;
    const unready = pacer.unready();
    const busyChats = [...this.#busy.keys(), ...unready.chats];
    // Groups show least whether it is slow mode.
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
      // Set since it was claimed, perhaps. What the database throws, the recorder hears as well.
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
    // At once: who comes next may not be asked at all.
    if (outcome?.kind === "uncertain") this.#away.noteSilence(delivery.chatId);
    await this.#recorder.record({ delivery, step });
    if (outcome === null || outcome.kind === "uncertain") return;
    if (this.#away.isAway) await this.retryNow();
    else this.#away.over();
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
      // They stay noted as begun, which is counted as uncertain at the next start.
      this.#deps.logger.error("Outbox cannot be written", { error });
    }
  }
}
