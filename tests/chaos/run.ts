import type { Fault } from "../../src/sandbox/telegram/server.ts";
import { type Arena, withArena } from "./arena.ts";
import { MEMBER } from "./cast.ts";
import { countOwed, readLedger } from "./ledger.ts";
import {
  type Ending,
  type FeedChange,
  type Plan,
  type Step,
  type Trouble,
  TROUBLES,
  type TroubleTime,
} from "./plan.ts";
import { Random } from "./random.ts";
import { type Exam, type Recipient, type Record, withUncertain } from "./record.ts";
import { act, askWithoutEnd } from "./strangers.ts";

const HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
const SEVERITY = { degraded: "warning", outage: "error" } as const;
/** What the call itself suffers, not only its answer. */
const CALL_TROUBLES = TROUBLES.filter((it) => it !== "delay");
/** Whether the program still knows after a restart what it answered, and whom it was to leave alone. */
const REMEMBERS_PACE = false;
/** Telegram counts all messages of the last second. */
const LIMITED_MS = 1_100;
/** What is owed after the last fault is told within this time, or never. */
const SETTLED_WITHIN_MS = 120_000;
/** A kill that waits for messages which do not come. */
const LONGEST_WAIT_MS = 1_500;
const EXAM_REGION = "qz";
const EXAM_TEXT = "Недоступна CRM: сбой qz-1.";
const EXAM_ID = 9_099;
const EXAM_WITHIN_MS = 30_000;

/** Plays a schedule against the program and tells what came of it. */
export async function play(plan: Plan): Promise<Record> {
  const random = new Random(~plan.seed);
  const { chats } = plan;
  const regions = [...plan.regions, EXAM_REGION];
  return await withArena({ chats, regions }, async (arena) => {
    const player = new Player(plan, arena, random);
    await player.play();
    return player.record();
  });
}

class Player {
  readonly #plan: Plan;
  readonly #arena: Arena;
  readonly #random: Random;
  readonly #troubles: { readonly step: TroubleTime; readonly until: number }[] = [];
  readonly #refusals: (() => void)[] = [];
  readonly #gone = new Set<number>();
  readonly #movedTo = new Map<number, number>();
  /** When a region was not well, in milliseconds since the epoch. */
  readonly #bad: { readonly region: string; readonly from: number; to: number }[] = [];
  #ends: Promise<void> = Promise.resolve();
  #exam: Exam | undefined;

  constructor(plan: Plan, arena: Arena, random: Random) {
    this.#plan = plan;
    this.#arena = arena;
    this.#random = random;
  }

  async play(): Promise<void> {
    const { world, watch, line } = this.#arena;
    world.telegram.fault = (method, payload) => {
      watch.noteCall(method, payload);
      return this.#faultOf(method, Number(payload["chat_id"] ?? 0));
    };
    // Late are the answers: calls that arrive late would pass the limits through no fault of the bot.
    line.answerMs = (method, chatId) => {
      const isSlow = this.#troubleOf(method, chatId, ["delay"]) !== undefined;
      return isSlow ? this.#random.whole(100, 2_000) : this.#random.answerMs();
    };
    this.#arena.start();
    await world.telegram.until(() => world.telegram.isPolled, "the first poll");
    const started = performance.now();
    for (const step of this.#plan.steps) {
      await pause(started + step.at - performance.now());
      this.#take(step);
    }
    await this.#ends;
    this.#troubles.length = 0;
    for (const stop of this.#refusals) stop();
    // What still hangs will not hang for longer.
    world.telegram.away(true);
    world.telegram.away(false);
    await this.#settle();
    await this.#examine();
    await this.#settle();
    await this.#arena.end("SIGTERM");
  }

  record(): Record {
    const { world, watch, runs } = this.#arena;
    return {
      ...readLedger(world.databaseFile),
      told: withUncertain(watch.told(), runs),
      runs,
      recipients: this.#recipients(),
      violations: this.#arena.violations(),
      badReadings: this.#badReadings(),
      ...(this.#exam ? { exam: this.#exam } : {}),
    };
  }

  /** Once more all are to be told, while people ask for more than there is room for. */
  async #examine(): Promise<void> {
    const { world, watch } = this.#arena;
    for (const { id } of this.#plan.chats) world.telegram.slowMode(this.#idOf(id), 0);
    const from = watch.answers.length;
    const stop = askWithoutEnd(world.telegram);
    this.#feed({
      kind: "feed",
      region: EXAM_REGION,
      status: "outage",
      text: EXAM_TEXT,
      id: EXAM_ID,
    });
    const waiting = new Set(
      this.#recipients().filter((it) => it.isReachable).map((it) => it.ids.at(-1)),
    );
    const isTold = () => {
      for (const { region, chatId } of watch.told()) {
        if (region === EXAM_REGION) waiting.delete(chatId);
      }
      return waiting.size === 0;
    };
    await world.telegram.until(isTold, "all to be told again", EXAM_WITHIN_MS).catch(() => {});
    stop();
    this.#exam = { region: EXAM_REGION, answers: watch.answers.slice(from) };
    this.#feed({ kind: "feed", region: EXAM_REGION, status: "well", text: "", id: EXAM_ID });
  }

  async #settle(): Promise<void> {
    const { world } = this.#arena;
    const unreachable = this.#recipients().filter((it) => !it.isReachable)
      .flatMap((it) => it.ids);
    const owed = () => countOwed(world.databaseFile, unreachable);
    // The program asks for every region every second: often enough to look.
    await world.bitrix24.until(() => owed() === 0, "all to be told", SETTLED_WITHIN_MS)
      .catch((error) => {
        // Which is for the promises to tell.
        if (owed() === 0) throw error;
      });
  }

  #recipients(): Recipient[] {
    return this.#plan.chats.map(({ id, isConfigured }) => {
      const to = this.#movedTo.get(id);
      const ids = to === undefined ? [id] : [id, to];
      return { ids, isReachable: !this.#gone.has(id), isConfigured };
    });
  }

  #take(step: Step): void {
    const { telegram } = this.#arena.world;
    switch (step.kind) {
      case "feed":
        this.#feed(step);
        return;
      case "trouble":
        this.#troubles.push({ step, until: performance.now() + step.forMs });
        return;
      case "flood":
        telegram.flood(step.chat === "all" ? "all" : this.#idOf(step.chat), step.seconds);
        return;
      case "slow":
        telegram.slowMode(step.chat, step.seconds);
        return;
      case "stranger":
        act(telegram, this.#random, step);
        return;
      case "refuse": {
        const { chat: chatId, description } = step;
        const methods = ["sendmessage", "editmessagetext"];
        const stop = telegram.refuse({ methods, chatId, code: 400, description });
        this.#refusals.push(stop);
        setTimeout(stop, step.forMs);
        return;
      }
      case "away":
        telegram.away(true);
        setTimeout(() => telegram.away(false), step.forMs);
        return;
      case "gone":
        this.#gone.add(step.chat);
        if (step.chat > 0) telegram.block(step.chat);
        else telegram.kick(this.#idOf(step.chat));
        return;
      case "back":
        this.#gone.delete(step.chat);
        if (step.chat > 0) telegram.block(step.chat, false);
        else telegram.readd(this.#idOf(step.chat));
        return;
      case "migrate":
        this.#movedTo.set(step.chat, step.to);
        telegram.migrate(step.chat, step.to, { silent: step.isSilent });
        return;
      case "topic": {
        const topic = this.#arena.topics.get(step.chat) ?? 0;
        if (step.end === "closed") telegram.closeTopic(step.chat, topic);
        else telegram.deleteTopic(step.chat, topic);
        return;
      }
      case "end":
        this.#ends = this.#ends.then(() => this.#end(step));
        return;
      case "ask":
        if (this.#gone.has(step.chat)) return;
        telegram.say(this.#idOf(step.chat), step.chat > 0 ? step.chat : MEMBER, step.text);
        return;
      case "press":
        this.#press(step.chat);
        return;
    }
  }

  async #end({ signal, afterSends }: Ending): Promise<void> {
    const { world, watch } = this.#arena;
    const count = watch.sends + afterSends;
    await world.telegram.until(() => watch.sends >= count, "messages", LONGEST_WAIT_MS)
      .catch(() => {});
    await this.#arena.end(signal);
    await this.#forgetPace();
    this.#arena.start();
  }

  /** Gives a new life no limit to pass that only the one before could know of. */
  async #forgetPace(): Promise<void> {
    if (REMEMBERS_PACE) return;
    for (const { id } of this.#plan.chats) {
      this.#arena.world.telegram.flood(this.#idOf(id), 0);
      this.#arena.world.telegram.slowMode(this.#idOf(id), 0);
    }
    this.#arena.world.telegram.flood("all", 0);
    await pause(LIMITED_MS);
  }

  #press(chatId: number): void {
    const { telegram } = this.#arena.world;
    const id = this.#idOf(chatId);
    const alert = telegram.messages(id).findLast((it) => it.reply_markup && !it.deleted);
    const data = alert?.reply_markup?.inline_keyboard[0]?.[0];
    if (!alert || !data || !("callback_data" in data) || this.#gone.has(chatId)) return;
    // Whether it is answered is for other tests to ask.
    telegram.press(id, alert.id, data.callback_data, chatId > 0 ? chatId : MEMBER).catch(() => {});
  }

  #faultOf(method: string, chatId: number): Fault | undefined {
    const trouble = this.#troubleOf(method, chatId, CALL_TROUBLES);
    switch (trouble) {
      case "hang":
      case "reset":
      case "lost":
        return { kind: trouble };
      case "html":
        return { kind: "garbage", status: this.#random.pick([500, 502, 504]), body: HTML };
      case "garbage":
        return { kind: "garbage", status: 200, body: '{"ok":tru' };
      default:
        return undefined;
    }
  }

  #troubleOf(method: string, chatId: number, kinds: readonly Trouble[]): Trouble | undefined {
    const now = performance.now();
    return this.#troubles.find(({ step: { trouble, share, method: only, chat }, until }) => {
      if (!kinds.includes(trouble) || now >= until) return false;
      if (only !== null && only !== method) return false;
      if (chat !== null && chat !== chatId && this.#idOf(chat) !== chatId) return false;
      // A poll that hangs keeps the bot from its updates for longer than a schedule lasts.
      if (method === "getupdates" && trouble === "hang") return false;
      return this.#random.chance(share);
    })?.step.trouble;
  }

  #feed({ region, status, text, id }: FeedChange): void {
    const { bitrix24 } = this.#arena.world;
    const now = Date.now();
    const last = this.#bad.findLast((it) => it.region === region);
    if (last) last.to = Math.min(last.to, now);
    if (status === "well") return bitrix24.well(region);
    this.#bad.push({ region, from: now, to: Infinity });
    bitrix24.set(region, { result: SEVERITY[status], statusInfo: text, id });
  }

  #badReadings(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { region, at } of this.#arena.world.bitrix24.requests) {
      if (!this.#bad.some((it) => it.region === region && it.from < at && at < it.to)) continue;
      counts.set(region, (counts.get(region) ?? 0) + 1);
    }
    return counts;
  }

  #idOf(chatId: number): number {
    return this.#movedTo.get(chatId) ?? chatId;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
