import type { AnnouncementPolicy } from "../domain/delivery.ts";
import type { Subscriber } from "../domain/facts.ts";
import type { Admitted } from "../domain/admission.ts";
import type { Log } from "../log/log.ts";
import type { Database, Writing } from "./database.ts";
import { storeCatchUp } from "./hearing_rows.ts";
import { storeDropped, storeMove } from "./chat_rows.ts";
import {
  isStored,
  storeForgotten,
  storeForgottenPortals,
  storeLeft,
  wasTold,
} from "./forgetting.ts";
import { type ChatTexts, type Gone, Reach } from "./reach.ts";
import { storeNotice } from "./reach_rows.ts";
import { numberOrNull, READABLE } from "./rows.ts";

/** The chats that the settings name; they hear of changes without a subscription. */
export interface ConfiguredChats {
  readonly groups: readonly number[];
  readonly administrators: readonly number[];
  /** Chats and people for whom alone the bot is there, beside the others; none: for everyone. */
  readonly allowed?: readonly number[];
  /** Which incidents the settings have announced; not there: all. */
  readonly policy?: AnnouncementPolicy;
}

const CHATS_IN_SIGHT = 1_000;

export interface ChatsDeps {
  readonly database: Database;
  readonly configured: ConfiguredChats;
  readonly texts: ChatTexts;
  readonly logger: Log;
}

/**
 * Who is told: the chats of the settings and those that subscribed. Knows which of them cannot be
 * reached at the moment, which became another chat, and in which topic they want to be told.
 */
export class Chats {
  readonly #database: Database;
  readonly #configured: ConfiguredChats;
  readonly #texts: ChatTexts;
  readonly #logger: Log;
  /** Which of them can be told anything. */
  readonly reach: Reach;
  readonly #movedTo = new Map<number, number>();
  /** Hears of a chat that is forgotten, or is `to` from now on. */
  onLeft: (from: number, to: number | null) => void = () => {};
  /** When chats last gave a sign of life; the latest ones only, oldest first. */
  readonly #seenAt = new Map<number, number>();

  private constructor({ database, configured, texts, logger }: ChatsDeps) {
    this.#database = database;
    this.#configured = configured;
    this.#texts = texts;
    this.#logger = logger;
    this.reach = new Reach({
      database,
      isConfigured: (chatId) => this.isNamed(chatId),
      administrators: configured.administrators,
      texts,
      logger,
    });
  }

  static async load(deps: ChatsDeps, now = 0): Promise<Chats> {
    const chats = new Chats(deps);
    await chats.reload(now);
    return chats;
  }

  /** Recalls what stands in the database, which may be another one by now. */
  async reload(now = 0): Promise<void> {
    const rows = await this.#database.rows(
      `SELECT chat_id, moved_to FROM chats
       WHERE moved_to IS NOT NULL AND chat_id ${READABLE} AND moved_to ${READABLE}`,
    );
    this.#movedTo.clear();
    for (const row of rows) this.#movedTo.set(Number(row["chat_id"]), Number(row["moved_to"]));
    await this.reach.load(now);
  }

  /** The groups of the settings, under the ids that they have now. */
  get groups(): number[] {
    return [...new Set(this.#configured.groups.map((id) => this.#movedTo.get(id) ?? id))];
  }

  get administrators(): readonly number[] {
    return this.#configured.administrators;
  }

  /** Who may use the bot, and hear of changes: ids of chats and people, old and new; null for everyone. */
  get admitted(): Admitted {
    const { allowed } = this;
    const { groups, administrators } = this.#configured;
    if (allowed.length === 0) return null;
    const named = [...allowed, ...groups, ...administrators];
    const moved = named.map((id) => this.#movedTo.get(id)).filter((it) => it !== undefined);
    return new Set([...named, ...moved]);
  }

  /** A query for the subscribers that are told: those who are admitted. */
  get toldSubscribers(): string {
    const { admitted } = this;
    const where = admitted === null ? "" : ` WHERE chat_id IN (${[...admitted].join(", ")})`;
    return `SELECT chat_id FROM subscribers${where}`;
  }

  /** Which incidents the settings have announced: more than that no rule can want. */
  get policy(): AnnouncementPolicy {
    return this.#configured.policy ?? { issues: true, degraded: true, recovery: true };
  }

  /** Every id that the settings name, or that one of them became. */
  get named(): number[] {
    const { groups, administrators } = this.#configured;
    return [...groups, ...administrators, ...this.groups];
  }

  /** Whom the settings admit beside those that they name. */
  get allowed(): readonly number[] {
    return this.#configured.allowed ?? [];
  }

  /** Groups of the settings that have another id by now: what stands there, and what should. */
  get outdated(): { from: number; to: number }[] {
    return this.#configured.groups.flatMap((from) => {
      const to = this.#movedTo.get(from);
      return to === undefined ? [] : [{ from, to }];
    });
  }

  /** Whether the settings name this chat as one that gets the alerts. */
  isConfigured(chatId: number): boolean {
    return this.groups.includes(chatId);
  }

  /** Whether the settings name this chat, as one that gets the alerts or as an administrator's. */
  isNamed(chatId: number): boolean {
    return this.isConfigured(chatId) || this.administrators.includes(chatId);
  }

  /** Whether a group became this supergroup. */
  hasMovedHere(chatId: number): boolean {
    return [...this.#movedTo.values()].includes(chatId);
  }

  /**
   * Subscribes a chat, or changes the topic in which it wants to be told. False when neither is new.
   * In another place it can be reached, whatever was wrong with the one before.
   */
  async subscribe(
    { chatId, chatType, topicId }: Subscriber,
    now = Date.now(),
  ): Promise<boolean> {
    const { isNew, isMoved } = await this.#database.write(async (it) => {
      const [known] = await it.rows(`SELECT topic_id FROM chats WHERE chat_id = ? LIMIT 1`, [
        chatId,
      ]);
      const isMoved = topicId !== numberOrNull(known?.["topic_id"]);
      if (isMoved) {
        await it.rows(
          `INSERT INTO chats (chat_id, topic_id) VALUES (?1, ?2)
           ON CONFLICT (chat_id) DO UPDATE SET topic_id = ?2, topic_lost = 0`,
          [chatId, topicId],
        );
      }
      const rows = await it.rows(
        `INSERT INTO subscribers (chat_id, chat_type) VALUES (?, ?)
         ON CONFLICT (chat_id) DO NOTHING RETURNING chat_id`,
        [chatId, chatType],
      );
      const wasTold = rows.length === 0 || this.isConfigured(chatId);
      if (!wasTold) await storeCatchUp(it, chatId, { chats: this, isNew: true, now });
      return { isNew: rows.length > 0, isMoved };
    });
    // Whoever subscribes may have mended it just now.
    if (isMoved) await this.setBack(chatId, now);
    else await this.reach.tryNow(chatId, now, { isUrgent: true });
    return isNew || isMoved;
  }

  /**
   * Unsubscribes a chat, drops what it is still owed and forgets what it was told, but for incidents
   * that are open; false when it was not subscribed. A chat that the settings name goes on hearing of
   * changes.
   */
  async unsubscribe(chatId: number): Promise<boolean> {
    const wasSubscribed = await this.#database.write(async (it) => {
      it.ring();
      const rows = await it.rows(
        `DELETE FROM subscribers WHERE chat_id = ? RETURNING chat_id`,
        [chatId],
      );
      await storeLeft(it, chatId);
      await it.rows(`UPDATE chats SET shut_since = NULL WHERE chat_id = ?`, [chatId]);
      if (!this.isNamed(chatId)) {
        await storeDropped(it, chatId, "unsubscribed");
        await storeForgotten(it, chatId, "settled");
      }
      return rows.length > 0;
    });
    await this.#database.foldLog();
    return wasSubscribed;
  }

  /**
   * Deletes everything that is stored of a chat. Of one that the settings name, and that goes on
   * hearing of changes, what it needs for that stays.
   */
  async forget(chatId: number): Promise<void> {
    await this.#database.write(async (it) => {
      it.ring();
      it.afterCommit(() => {
        if (!this.isNamed(chatId)) this.reach.forget(chatId);
        this.#seenAt.delete(chatId);
        this.onLeft(chatId, null);
      });
      await it.rows(`UPDATE chats SET rule = NULL WHERE chat_id = ?`, [chatId]);
      await it.rows(`DELETE FROM portals WHERE chat_id = ?`, [chatId]);
      await it.rows(`DELETE FROM boards WHERE chat_id = ?`, [chatId]);
      await it.rows(`DELETE FROM subscribers WHERE chat_id = ?`, [chatId]);
      await storeLeft(it, chatId);
      await storeForgotten(it, chatId, this.isNamed(chatId) ? "settled" : "everything");
      await storeForgottenPortals(it);
      if (!this.isNamed(chatId)) await it.rows(`DELETE FROM chats WHERE chat_id = ?`, [chatId]);
    });
    await this.#database.foldLog();
  }

  /** Whether anything is stored of a chat. */
  async isRemembered(chatId: number): Promise<boolean> {
    return await isStored(this.#database, chatId) || await wasTold(this.#database, chatId);
  }

  async isSubscribed(chatId: number): Promise<boolean> {
    const rows = await this.#database.rows(
      `SELECT 1 FROM subscribers WHERE chat_id = ? LIMIT 1`,
      [chatId],
    );
    return rows.length > 0;
  }

  /** Nothing can be sent there any more; what the chat is owed waits until it is back. */
  async setGone(chatId: number, gone: Gone, now: number): Promise<void> {
    this.#seenAt.delete(chatId);
    // Of whom nothing is stored, that they are gone is not either.
    const isKnown = this.isNamed(chatId) ||
      await this.#database.write((it) => isStored(it, chatId));
    if (isKnown) await this.reach.setGone(chatId, gone, now);
  }

  /** The chat can be reached. True when it could not be until now. */
  async setBack(chatId: number, now: number): Promise<boolean> {
    this.#see(chatId, now);
    return await this.reach.restore(chatId, now);
  }

  /**
   * Somebody wrote there. A person who does can be told; a group may still not let the bot write, which
   * is tried. True when something may be sent now that could not be before.
   */
  async heardFrom(chatId: number, now: number): Promise<boolean> {
    return chatId > 0 ? await this.setBack(chatId, now) : await this.reach.tryNow(chatId, now);
  }

  /**
   * An answer that was sent at that time arrived there. Where the alerts go they can be sent as well;
   * another topic says nothing of theirs.
   */
  async answered(
    { chatId, topicId }: { chatId: number; topicId: number | null },
    sentAt: number,
    now: number,
  ): Promise<void> {
    if (!this.reach.has(chatId)) return;
    const [row] = await this.#database.rows(
      `SELECT topic_id FROM chats WHERE chat_id = ? LIMIT 1`,
      [chatId],
    );
    if (numberOrNull(row?.["topic_id"]) !== topicId) return;
    if (await this.reach.noteArrived(chatId, sentAt, now)) this.#see(chatId, sentAt);
  }

  /**
   * A group became a supergroup: all that is remembered of it is from now on remembered of that.
   * False when this is known already.
   */
  async move(from: number, to: number, now: number): Promise<boolean> {
    if (this.#movedTo.get(from) === to || this.leadsBack(from, to)) return false;
    await this.#database.write(async (it) => {
      await this.storeMove(it, from, to, now);
      it.ring();
    });
    return true;
  }

  /** Whether a chat is said to have become one that became it. */
  leadsBack(from: number, to: number): boolean {
    return from === to || this.#movedTo.get(to) === from;
  }

  /** Part of a transaction, see {@linkcode Reach}: the chat `from` is now the chat `to`. */
  async storeMove(it: Writing, from: number, to: number, now: number): Promise<void> {
    await storeMove(it, from, to, now);
    if (this.#movedTo.get(from) === to) return;
    it.afterCommit(() => {
      for (const [old, current] of this.#movedTo) if (current === from) this.#movedTo.set(old, to);
      this.#movedTo.set(from, to);
      this.reach.forget(from);
      this.onLeft(from, to);
    });
    if (!this.#configured.groups.includes(from)) return;
    await this.#storeNotice(it, this.#texts.moved(from, to), now);
  }

  /** Whether the chat gave a sign of life since then: a refusal of an earlier call says nothing of it. */
  wasSeenSince(chatId: number, time: number): boolean {
    return (this.#seenAt.get(chatId) ?? -Infinity) >= time;
  }

  #see(chatId: number, now: number): void {
    this.#seenAt.delete(chatId);
    this.#seenAt.set(chatId, now);
    const [oldest] = this.#seenAt.keys();
    if (this.#seenAt.size > CHATS_IN_SIGHT && oldest !== undefined) this.#seenAt.delete(oldest);
  }

  /** Part of a transaction: a chat has rejected the same message for the last time that it is tried soon. */
  async storeRefusing(it: Writing, chatId: number, error: string, now: number): Promise<void> {
    if (!this.isConfigured(chatId)) return;
    await this.#storeNotice(it, this.#texts.refusing(chatId, error), now);
  }

  async #storeNotice(it: Writing, text: string, now: number): Promise<void> {
    it.afterCommit(() => this.#logger.warning("Notice to the administrators", { text }));
    await storeNotice(it, text, this.administrators, now);
  }
}
