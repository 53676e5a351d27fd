import type { Subscriber } from "../core/facts.ts";
import type { Admitted } from "../domain/admission.ts";
import type { Connection, Database } from "./database.ts";
import { isStored, storeForgotten, storeLeft, wasTold } from "./forgetting.ts";
import { numberOrNull, READABLE, shortError } from "./rows.ts";

/** The chats that the settings name; they hear of changes without a subscription. */
export interface ConfiguredChats {
  readonly groups: readonly number[];
  readonly administrators: readonly number[];
  /** Chats and people for whom alone the bot is there, beside the others; none: for everyone. */
  readonly allowed?: readonly number[];
}

/** Which deliveries are still owed. Two conditions, because each has an index of its own. */
export const OWED = ["state = 'due'", "state = 'paused'"] as const;

/**
 * Chats of which Telegram does not say when the bot may write there again: the rights of all members,
 * or the closed general topic of a forum.
 */
export const MUZZLED = `(gone_reason LIKE '%rights%' OR gone_reason LIKE '%TOPIC_CLOSED%')`;

const CHATS_IN_SIGHT = 1_000;

/** What others should know of. */
export interface ChatEvents {
  /** A group that the settings name has become a supergroup. */
  moved(from: number, to: number): void;
  /** Chats are owed less than before: whatever was claimed for them may not be. */
  dropped(): void;
}

const NOBODY_LISTENS: ChatEvents = { moved: () => {}, dropped: () => {} };

/** Messages that older incidents left in a chat are not edited any more. */
const OLDEST_ALERT_MS = 24 * 3_600_000;

/**
 * Who is told: the chats of the settings and those that subscribed. Knows which of them cannot be
 * reached at the moment, which became another chat, and in which topic they want to be told.
 */
export class Chats {
  readonly #database: Database;
  readonly #configured: ConfiguredChats;
  readonly #on: ChatEvents;
  readonly #movedTo = new Map<number, number>();
  readonly #gone = new Set<number>();
  /** When chats last gave a sign of life; the latest ones only, oldest first. */
  readonly #seenAt = new Map<number, number>();

  private constructor(database: Database, configured: ConfiguredChats, on: ChatEvents) {
    this.#database = database;
    this.#configured = configured;
    this.#on = on;
  }

  static async load(
    database: Database,
    configured: ConfiguredChats,
    on: ChatEvents = NOBODY_LISTENS,
  ): Promise<Chats> {
    const chats = new Chats(database, configured, on);
    await chats.reload();
    return chats;
  }

  /** Recalls what stands in the database, which may be another one by now. */
  async reload(): Promise<void> {
    const rows = await this.#database.rows(
      `SELECT chat_id, moved_to, gone_since FROM chats
       WHERE (moved_to IS NOT NULL OR gone_since IS NOT NULL) AND chat_id ${READABLE}
         AND COALESCE(moved_to, 0) ${READABLE}`,
    );
    this.#movedTo.clear();
    this.#gone.clear();
    for (const row of rows) {
      const id = Number(row["chat_id"]);
      const to = numberOrNull(row["moved_to"]);
      if (to !== null) this.#movedTo.set(id, to);
      if (row["gone_since"] !== null) this.#gone.add(id);
    }
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
    const { allowed = [], groups, administrators } = this.#configured;
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

  /** Every id that the settings name, or that one of them became. */
  get named(): number[] {
    const { groups, administrators } = this.#configured;
    return [...groups, ...administrators, ...this.groups];
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
   */
  async subscribe({ chatId, chatType, topicId }: Subscriber): Promise<boolean> {
    return await this.#database.write(async (it) => {
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
      return rows.length > 0 || isMoved;
    });
  }

  /**
   * Unsubscribes a chat, drops what it is still owed and forgets what it was told, but for incidents
   * that are open; false when it was not subscribed. A chat that the settings name goes on hearing of
   * changes.
   */
  async unsubscribe(chatId: number): Promise<boolean> {
    const wasSubscribed = await this.#database.write(async (it) => {
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
    this.#on.dropped();
    await this.#database.foldLog();
    return wasSubscribed;
  }

  /**
   * Deletes everything that is stored of a chat. Of one that the settings name, and that goes on
   * hearing of changes, what it needs for that stays.
   */
  async forget(chatId: number): Promise<void> {
    await this.#database.write(async (it) => {
      await it.rows(`DELETE FROM subscribers WHERE chat_id = ?`, [chatId]);
      await storeLeft(it, chatId);
      await storeForgotten(it, chatId, this.isNamed(chatId) ? "settled" : "everything");
      if (!this.isNamed(chatId)) await it.rows(`DELETE FROM chats WHERE chat_id = ?`, [chatId]);
    });
    if (!this.isNamed(chatId)) this.#gone.delete(chatId);
    this.#seenAt.delete(chatId);
    this.#on.dropped();
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
  async setGone(chatId: number, reason: string, now: number): Promise<void> {
    this.#seenAt.delete(chatId);
    if (this.#gone.has(chatId)) return;
    const isKnown = await this.#database.write(async (it) => {
      // Of whom nothing is stored, that they are gone is not either.
      const isKnown = this.isNamed(chatId) || await isStored(it, chatId);
      if (isKnown) await storeGone(it, chatId, reason, now);
      return isKnown;
    });
    if (isKnown) this.#gone.add(chatId);
    this.#on.dropped();
  }

  /** The chat can be reached. True when it could not be until now. */
  async setBack(chatId: number, now: number): Promise<boolean> {
    this.#see(chatId, now);
    return await this.restore(chatId, now);
  }

  /** What a chat is owed is due again. False when it was all the time. */
  async restore(chatId: number, now: number): Promise<boolean> {
    if (!this.#gone.has(chatId)) return false;
    await this.#database.write(async (it) => {
      await it.rows(
        `UPDATE chats SET gone_since = NULL, gone_reason = NULL WHERE chat_id = ?`,
        [chatId],
      );
      await it.rows(
        `UPDATE deliveries SET state = 'due', next_attempt_at = ?
         WHERE state = 'paused' AND chat_id = ?`,
        [now, chatId],
      );
    });
    this.#gone.delete(chatId);
    return true;
  }

  /**
   * A group became a supergroup: all that is remembered of it is from now on remembered of that.
   * False when this is known already.
   */
  async move(from: number, to: number, now: number): Promise<boolean> {
    if (this.#movedTo.get(from) === to) return false;
    await this.#database.write((it) => storeMove(it, from, to, now));
    this.noteMoved(from, to);
    this.#on.dropped();
    return true;
  }

  /** To be called after {@linkcode storeMove} was committed. */
  noteMoved(from: number, to: number): void {
    if (this.#movedTo.get(from) === to) return;
    for (const [old, now] of this.#movedTo) if (now === from) this.#movedTo.set(old, to);
    this.#movedTo.set(from, to);
    this.#gone.delete(from);
    if (this.#configured.groups.includes(from)) this.#on.moved(from, to);
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

  /** To be called after {@linkcode storeGone} was committed. */
  noteGone(chatId: number): void {
    this.#gone.add(chatId);
  }
}

/** Part of a transaction: nothing can be sent there any more. */
export async function storeGone(it: Connection, chatId: number, reason: string, now: number) {
  await it.rows(
    `INSERT INTO chats (chat_id, gone_since, gone_reason) VALUES (?1, ?2, ?3)
     ON CONFLICT (chat_id) DO UPDATE SET gone_since = COALESCE(gone_since, ?2), gone_reason = ?3`,
    [chatId, now, shortError(reason)],
  );
  await it.rows(
    `UPDATE deliveries SET state = 'paused' WHERE state = 'due' AND chat_id = ?`,
    [chatId],
  );
}

/** Part of a transaction: a topic is gone, the chat is told in its general one from now on. */
export async function storeTopicLost(it: Connection, chatId: number, topicId: number | null) {
  // Another topic that was chosen meanwhile stays chosen.
  await it.rows(
    `INSERT INTO chats (chat_id, topic_lost) VALUES (?1, 1)
     ON CONFLICT (chat_id) DO UPDATE SET topic_id = NULL, topic_lost = 1 WHERE topic_id IS ?2`,
    [chatId, topicId],
  );
}

/** Part of a transaction: the chat knows that its topic is gone. */
export async function storeTopicTold(it: Connection, chatId: number) {
  await it.rows(`UPDATE chats SET topic_lost = 0 WHERE chat_id = ?`, [chatId]);
}

/** Part of a transaction: the chat `from` is now the chat `to`. */
export async function storeMove(it: Connection, from: number, to: number, now: number) {
  await it.rows(
    `INSERT INTO chats (chat_id, moved_to) VALUES (?1, ?2)
     ON CONFLICT (chat_id) DO UPDATE SET moved_to = ?2, gone_since = NULL`,
    [from, to],
  );
  await it.rows(`UPDATE chats SET moved_to = ? WHERE moved_to = ?`, [to, from]);
  await it.rows(
    `INSERT INTO subscribers (chat_id, chat_type, subscribed_at)
     SELECT ?, 'supergroup', subscribed_at FROM subscribers WHERE chat_id = ?
     ON CONFLICT (chat_id) DO NOTHING`,
    [to, from],
  );
  await it.rows(`DELETE FROM subscribers WHERE chat_id = ?`, [from]);
  // Messages stay behind in the old group: what they carry goes on in new ones.
  await it.rows(
    `UPDATE OR IGNORE deliveries SET chat_id = ?1, message_id = NULL WHERE chat_id = ?2
     AND incident_id IN (SELECT incident_id FROM changes WHERE at > ?3 AND incident_id IS NOT NULL)`,
    [to, from, now - OLDEST_ALERT_MS],
  );
  await it.rows(
    `UPDATE OR IGNORE deliveries SET chat_id = ?1, message_id = NULL WHERE chat_id = ?2
     AND incident_id IN (SELECT id FROM incidents WHERE status = 'active')`,
    [to, from],
  );
  // Owed to both: once is enough.
  await storeDropped(it, from, "owed to the supergroup already");
  // Whatever was wrong with the group, the supergroup is another one.
  await it.rows(
    `UPDATE deliveries SET state = 'due', next_attempt_at = ?2 WHERE state = 'paused' AND chat_id = ?1
     AND NOT EXISTS (SELECT 1 FROM chats WHERE chat_id = ?1 AND gone_since IS NOT NULL)`,
    [to, now],
  );
}

async function storeDropped(it: Connection, chatId: number, why: string): Promise<void> {
  for (const owed of OWED) {
    await it.rows(
      `UPDATE deliveries SET state = 'skipped', last_error = ? WHERE ${owed} AND chat_id = ?`,
      [why, chatId],
    );
  }
}
