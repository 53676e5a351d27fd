import { type Api, GrammyError } from "grammy";
import { advance } from "../../src/domain/advance.ts";
import { audienceOf } from "../../src/domain/audience.ts";
import { nextStep } from "../../src/domain/delivery.ts";
import type { Reading } from "../../src/domain/reading.ts";
import { type Rule, USUAL } from "../../src/domain/rule.ts";
import type { Send } from "../../src/delivering/outbox.ts";
import { Rules } from "../../src/store/rules.ts";
import { createSender } from "../../src/telegram/sender.ts";
import { TelegramFacts } from "../../src/telegram/telegram_facts.ts";
import { createVoice } from "../../src/telegram/texts/format.ts";
import { reading } from "../domain/readings.ts";
import { type Stores, withStore } from "../support.ts";
import type { ConfiguredChats } from "../../src/store/named_chats.ts";

/** A message as it came to a chat, or the edit of one. */
export interface Said {
  readonly chatId: number;
  /** The message, also one that is edited. */
  readonly id: number;
  readonly how: "heard" | "silent" | "edit" | "deleted";
  readonly text: string;
  readonly at: number;
}

const POLICY = { issues: true, degraded: true, recovery: true };
const THRESHOLDS = { failure: 1, recovery: 1, longestGapMs: 6 * 3_600_000, minuteMs: 60_000 };

/** The store, and what sends from it, with a clock in hand and a pretend Telegram. */
export class HearingWorld {
  readonly said: Said[] = [];
  now: number;
  rules: Rules;
  readonly stores: Stores;
  readonly #send: Send;
  /** Chats that have deleted all they got. */
  readonly deleted = new Set<number>();
  /** Messages that are found deleted: the chat and the message. */
  readonly lost = new Set<string>();
  isDown = false;
  /** The message of an outage that a chat was told of past the outbox. */
  earlyAlert: number | null = null;

  constructor(stores: Stores, rules: Rules, now: number) {
    this.stores = stores;
    this.rules = rules;
    this.now = now;
    let id = 0;
    const api = {
      sendMessage: (chatId: number, text: string, other: { disable_notification?: boolean }) => {
        if (this.isDown) return Promise.reject(new TypeError("network"));
        this.#say(chatId, ++id, other?.disable_notification ? "silent" : "heard", text);
        return Promise.resolve({ message_id: id });
      },
      editMessageText: (chatId: number, edited: number, text: string) => {
        if (this.isDown) return Promise.reject(new TypeError("network"));
        if (this.deleted.delete(chatId)) this.lost.add(`${chatId} ${edited}`);
        if (this.lost.has(`${chatId} ${edited}`)) {
          return Promise.reject(
            new GrammyError(
              "",
              {
                ok: false,
                error_code: 400,
                description: "Bad Request: message to edit not found",
              },
              "editMessageText",
              {},
            ),
          );
        }
        this.#say(chatId, edited, "edit", text);
        return Promise.resolve(true);
      },
      deleteMessage: (chatId: number, deleted: number) => {
        if (this.isDown) return Promise.reject(new TypeError("network"));
        this.#say(chatId, deleted, "deleted", "");
        return Promise.resolve(true);
      },
      getChat: () => Promise.reject(new TypeError("network")),
    };
    const facts = new TelegramFacts(() => this.now);
    Object.assign(facts, { isChannel: () => false });
    this.#send = createSender({
      api: api as unknown as Api,
      voice: createVoice("ru", "UTC"),
      now: () => this.now,
      pageUrl: (region) => `https://status.bitrix24.${region}/`,
      facts,
      early: {
        alertIn: () => this.earlyAlert,
        taken: () => this.earlyAlert = null,
        hasHeardEnd: () => false,
      },
      botName: () => null,
      redact: (text) => text,
    });
  }

  #say(chatId: number, id: number, how: Said["how"], text: string): void {
    this.said.push({ chatId, id, how, text, at: this.now });
  }

  async subscribe(...chatIds: number[]): Promise<void> {
    for (const chatId of chatIds) {
      await this.stores.chats.subscribe({ chatId, chatType: "private", topicId: null }, this.now);
    }
  }

  async rule(chatId: number, rule: Partial<Rule>): Promise<void> {
    await this.rules.change(chatId, () => ({ ...USUAL, ...rule }), this.now);
  }

  /** A reading of a region, decided and stored. */
  async read(region: string, status: Reading["status"], more: Partial<Reading> = {}) {
    return await this.stores.store.advanceRegion(
      region,
      (state) => advance(state, { ...reading(status, more), region, at: this.now }, THRESHOLDS),
      (change) => audienceOf(change, POLICY),
    );
  }

  /** Sends all that may be sent now; answers what was said in a chat since the last time, in words. */
  async deliver(): Promise<void> {
    const { outbox } = this.stores;
    for (let round = 0; round < 1_000; round++) {
      const claimed = await outbox.claim(this.now, 50);
      if (claimed.length === 0) return;
      for (const delivery of claimed) {
        const outcome = await this.#send(delivery, new AbortController().signal);
        const attempts = delivery.attempts + 1;
        const step = nextStep(outcome, { ...delivery, attempts, now: this.now });
        await outbox.record([{ delivery, step }], this.now);
      }
    }
    throw new Error("Never done");
  }

  /** One attempt each, whatever becomes of it. */
  async deliverOnce(): Promise<void> {
    for (const delivery of await this.stores.outbox.claim(this.now, 50)) {
      const outcome = await this.#send(delivery, new AbortController().signal);
      const step = nextStep(outcome, { ...delivery, attempts: 1, now: this.now });
      await this.stores.outbox.record([{ delivery, step }], this.now);
    }
  }

  /** Lets time pass, with all that is to be sent meanwhile. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (let round = 0; round < 1_000; round++) {
      await this.deliver();
      const at = await this.stores.outbox.nextAt();
      if (at === null || at > until) break;
      this.now = Math.max(this.now, at);
    }
    this.now = until;
    await this.deliver();
  }

  /** `isOff`: the bot does not run meanwhile. */
  async until(time: string | number, { isOff = false } = {}): Promise<void> {
    const at = typeof time === "number" ? time : Date.parse(time);
    if (isOff) this.now = at;
    else await this.pass(at - this.now);
  }

  /** Somebody sets the bot's clock, which was right until now, or is from now on. */
  async setClock(byMs: number): Promise<void> {
    const set = { byMs, from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
    this.now += byMs;
    await this.stores.store.clockSet(set, { after: 0, owed: "all", now: this.now });
  }

  /** What is still owed to anybody. */
  async owed(): Promise<string[]> {
    const rows = await this.stores.database.rows(
      `SELECT chat_id, state, kind FROM deliveries JOIN changes ON changes.id = change_id
       WHERE state IN ('due', 'paused', 'waiting')`,
    );
    return rows.map((it) => `${it["chat_id"]} ${it["kind"]} ${it["state"]}`);
  }

  /** What came to a chat since this was last asked: «heard 🔴 …», first lines only. */
  heard(chatId: number): string[] {
    return this.whole(chatId).map((it) => it.split("\n")[0] ?? "");
  }

  /** The same, whole texts. */
  whole(chatId: number): string[] {
    const mine = this.said.filter((it) => it.chatId === chatId);
    for (const it of mine) this.said.splice(this.said.indexOf(it), 1);
    return mine.map(({ how, text }) => `${how} ${text.replace(/[\u2066-\u2069]/g, "")}`);
  }

  /** As after a restart. */
  async restart(): Promise<void> {
    this.rules = await Rules.load(this.stores.database, this.stores.chats);
    await this.stores.outbox.countUnfinished(this.now);
  }
}

/** A world that begins at noon (UTC) of a day in November. */
export async function withWorld(
  use: (world: HearingWorld) => Promise<void>,
  configured: ConfiguredChats = { groups: [], administrators: [] },
  start = "2026-11-10T12:00:00Z",
): Promise<void> {
  await withStore(async (stores) => {
    const rules = await Rules.load(stores.database, stores.chats);
    await use(new HearingWorld(stores, rules, Date.parse(start)));
  }, configured);
}
