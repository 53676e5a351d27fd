import type { Silence } from "../domain/delivery.ts";
import type { Subscriber } from "../domain/facts.ts";
import type { Admitted } from "../domain/admission.ts";
import type { Connection, Database } from "./database.ts";
import { isStored, storeForgotten, storeLeft, wasTold } from "./forgetting.ts";
import { type Gone, Reach, type ReachDeps, storeProbes } from "./reach.ts";
import { numberOrNull, READABLE } from "./rows.ts";

/** The chats that the settings name; they hear of changes without a subscription. */
export interface ConfiguredChats {
  readonly groups: readonly number[];
  readonly administrators: readonly number[];
  /** Chats and people for whom alone the bot is there, beside the others; none: for everyone. */
  readonly allowed?: readonly number[];
}

/** Which deliveries are still owed. Two conditions, because each has an index of its own. */
export const OWED = ["state = 'due'", "state = 'paused'"] as const;

const CHATS_IN_SIGHT = 1_000;

/** What others should know of. */
export interface ChatEvents {
  /** What the administrators are told of a chat of the settings. */
  readonly texts: ReachDeps["texts"];
  /** A group that the settings name has become a supergroup. */
  moved(from: number, to: number): void;
  /** A chat of the settings has rejected the same message again and again. */
  refusing(chatId: number, error: string): void;
  /** Chats are owed less than before, or earlier: whatever was claimed may not be what is due. */
  dropped(): void;
}

const NOBODY_LISTENS: ChatEvents = {
  texts: { unreachable: ({ reason }) => reason, reachable: String },
  moved: () => {},
  refusing: () => {},
  dropped: () => {},
};

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
  /** Which of them can be told anything. */
  readonly reach: Reach;
  readonly #movedTo = new Map<number, number>();
  /** When chats last gave a sign of life; the latest ones only, oldest first. */
  readonly #seenAt = new Map<number, number>();

  private constructor(database: Database, configured: ConfiguredChats, on: ChatEvents) {
    this.#database = database;
    this.#configured = configured;
    this.#on = on;
    this.reach = new Reach({
      database,
      isConfigured: (chatId) => this.isNamed(chatId),
      administrators: configured.administrators,
      texts: on.texts,
    });
  }

  static async load(
    database: Database,
    configured: ConfiguredChats,
    on: ChatEvents = NOBODY_LISTENS,
    now = 0,
  ): Promise<Chats> {
    const chats = new Chats(database, configured, on);
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
      return { isNew: rows.length > 0, isMoved };
    });
    // Whoever subscribes may have mended it just now.
    const isBack = isMoved
      ? await this.setBack(chatId, now)
      : await this.reach.tryNow(chatId, now, { isUrgent: true });
    if (isBack) this.#on.dropped();
    return isNew || isMoved;
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
    if (!this.isNamed(chatId)) this.reach.forget(chatId);
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
  async setGone(chatId: number, gone: Gone, now: number): Promise<void> {
    this.#seenAt.delete(chatId);
    // Of whom nothing is stored, that they are gone is not either.
    const isKnown = this.isNamed(chatId) ||
      await this.#database.write((it) => isStored(it, chatId));
    if (isKnown && await this.reach.setGone(chatId, gone, now)) this.#on.dropped();
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
   * another topic says nothing of theirs. True when something may be sent now that could not be before.
   */
  async answered(
    { chatId, topicId }: { chatId: number; topicId: number | null },
    sentAt: number,
    now: number,
  ): Promise<boolean> {
    if (!this.reach.has(chatId)) return false;
    const [row] = await this.#database.rows(
      `SELECT topic_id FROM chats WHERE chat_id = ? LIMIT 1`,
      [chatId],
    );
    if (numberOrNull(row?.["topic_id"]) !== topicId) return false;
    if (!await this.reach.noteArrived(chatId, sentAt, now)) return false;
    this.#see(chatId, sentAt);
    return true;
  }

  /**
   * A group became a supergroup: all that is remembered of it is from now on remembered of that.
   * False when this is known already.
   */
  async move(from: number, to: number, now: number): Promise<boolean> {
    if (this.#movedTo.get(from) === to || this.leadsBack(from, to)) return false;
    await this.#database.write((it) => storeMove(it, from, to, now));
    this.noteMoved(from, to);
    this.#on.dropped();
    return true;
  }

  /** Whether a chat is said to have become one that became it. */
  leadsBack(from: number, to: number): boolean {
    return from === to || this.#movedTo.get(to) === from;
  }

  /** To be called after {@linkcode storeMove} was committed. */
  noteMoved(from: number, to: number): void {
    if (this.#movedTo.get(from) === to) return;
    for (const [old, now] of this.#movedTo) if (now === from) this.#movedTo.set(old, to);
    this.#movedTo.set(from, to);
    this.reach.forget(from);
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

  /** A chat has rejected the same message for the last time that it is tried soon. */
  noteRefusing(chatId: number, error: string): void {
    if (this.isConfigured(chatId)) this.#on.refusing(chatId, error);
  }
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
     ON CONFLICT (chat_id) DO UPDATE SET moved_to = ?2, gone_since = NULL, gone_why = NULL,
       gone_reason = NULL, tries = 0, next_try_at = NULL`,
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
  await storeDropped(it, from, "told in the supergroup");
  // Whatever was wrong with the group, the supergroup is another one.
  await it.rows(
    `UPDATE deliveries SET state = 'due', next_attempt_at = ?2 WHERE state = 'paused' AND chat_id = ?1
     AND NOT EXISTS (SELECT 1 FROM chats WHERE chat_id = ?1 AND gone_since IS NOT NULL)`,
    [to, now],
  );
  await storeProbes(it, now);
}

async function storeDropped(it: Connection, chatId: number, why: Silence): Promise<void> {
  for (const owed of OWED) {
    await it.rows(
      `UPDATE deliveries SET state = 'skipped', last_error = ? WHERE ${owed} AND chat_id = ?`,
      [why, chatId],
    );
  }
}
