import type { Subscriber } from "../domain/facts.ts";
import type { Log } from "../log/log.ts";
import type { Database, Writing } from "./database.ts";
import { storeCatchUp } from "./hearing_rows.ts";
import { storeDropped, storeMove } from "./chat_rows.ts";
import {
  isStored,
  storeForgotten,
  storeForgottenPortals,
  storeLeft,
  storeNoHolder,
  wasTold,
} from "./forgetting.ts";
import { type ChatTexts, type Gone, Reach } from "./reach.ts";
import { storeNotice } from "./reach_rows.ts";
import { type ConfiguredChats, NamedChats } from "./named_chats.ts";
import { numberOrNull, READABLE } from "./rows.ts";

const CHATS_IN_SIGHT = 1_000;

export interface ChatsDeps {
  readonly database: Database;
  readonly configured: ConfiguredChats;
  readonly texts: ChatTexts;
  readonly logger: Log;
}

/**
 * The chats that are told of changes: those of the settings and the subscribers. Keeps which of
 * them are unreachable, which became another chat, and in which topic they want to be told.
 */
export class Chats extends NamedChats {
  readonly #database: Database;
  readonly #texts: ChatTexts;
  readonly #logger: Log;
  /** Which chats are reachable. */
  readonly reach: Reach;
  /** Called after a chat was forgotten (`to` is null) or became the chat `to`. */
  onLeft: (from: number, to: number | null) => void = () => {};
  /** Time of each chat's last sign of life; only the latest chats, oldest first. */
  readonly #seenAt = new Map<number, number>();

  private constructor({ database, configured, texts, logger }: ChatsDeps) {
    super(configured);
    this.#database = database;
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

  /** Loads the chats from the database again, whose file may have been replaced. */
  async reload(now = 0): Promise<void> {
    const rows = await this.#database.rows(
      `SELECT chat_id, moved_to FROM chats
       WHERE moved_to IS NOT NULL AND chat_id ${READABLE} AND moved_to ${READABLE}`,
    );
    this.movedTo.clear();
    for (const row of rows) this.movedTo.set(Number(row["chat_id"]), Number(row["moved_to"]));
    await this.reach.load(now);
  }

  /**
   * Subscribes a chat, or changes the topic of its alerts. False when the chat had both already.
   * After a change of the topic the chat counts as reachable, whatever was wrong with the old one.
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
    // People who subscribe an unreachable chat may just have mended what was wrong.
    if (isMoved) await this.setBack(chatId, now);
    else await this.reach.tryNow(chatId, now, { isUrgent: true });
    return isNew || isMoved;
  }

  /**
   * Unsubscribes a chat, drops its pending deliveries and removes settled ones, except those of
   * open incidents. False when the chat was not subscribed. A chat that the settings name keeps its
   * deliveries.
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
   * Deletes the stored data of a chat. A chat that the settings name goes on hearing of changes, so
   * its topic, its reachability and its current deliveries stay.
   */
  async forget(chatId: number, now = Date.now()): Promise<void> {
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
      await it.rows(`UPDATE bulletins SET author_id = NULL WHERE author_id = ?`, [chatId]);
      await it.rows(`UPDATE bulletins SET removed_by = NULL WHERE removed_by = ?`, [chatId]);
      await it.rows(`DELETE FROM subscribers WHERE chat_id = ?`, [chatId]);
      await storeLeft(it, chatId);
      const first = JSON.stringify([...this.groups, ...this.administrators]);
      await storeNoHolder(it, chatId, { first, now });
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

  /** Notes that a chat is unreachable; its pending deliveries wait until it is back. */
  async setGone(chatId: number, gone: Gone, now: number): Promise<void> {
    this.#seenAt.delete(chatId);
    // A chat without stored data gets no row only because it is gone.
    const isKnown = this.isNamed(chatId) ||
      await this.#database.write((it) => isStored(it, chatId));
    if (isKnown) await this.reach.setGone(chatId, gone, now);
  }

  /** Notes that a chat can be reached. True when it was unreachable until now. */
  async setBack(chatId: number, now: number): Promise<boolean> {
    this.#see(chatId, now);
    return await this.reach.restore(chatId, now);
  }

  /**
   * To be called when somebody writes in a chat. A private chat then is reachable; a group may
   * still forbid the bot to write, so a delivery is tried. True when pending deliveries became due
   * by that.
   */
  async heardFrom(chatId: number, now: number): Promise<boolean> {
    return chatId > 0 ? await this.setBack(chatId, now) : await this.reach.tryNow(chatId, now);
  }

  /**
   * To be called when an answer sent at `sentAt` has arrived. In the topic of the alerts that shows
   * that the chat is reachable; an answer in another topic does not.
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
   * To be called when the group `from` became the supergroup `to`, which takes over the stored
   * data. False when the move is known already, or leads back.
   */
  async move(from: number, to: number, now: number): Promise<boolean> {
    if (this.movedTo.get(from) === to || this.leadsBack(from, to)) return false;
    await this.#database.write(async (it) => {
      await this.storeMove(it, from, to, now);
      it.ring();
    });
    return true;
  }

  /** Part of a transaction, see {@linkcode Reach}: the chat `from` is now the chat `to`. */
  async storeMove(it: Writing, from: number, to: number, now: number): Promise<void> {
    await storeMove(it, from, to, now);
    if (this.movedTo.get(from) === to) return;
    it.afterCommit(() => {
      for (const [old, current] of this.movedTo) if (current === from) this.movedTo.set(old, to);
      this.movedTo.set(from, to);
      this.reach.forget(from);
      this.onLeft(from, to);
    });
    if (!this.configured.groups.includes(from)) return;
    await this.#storeNotice(it, this.#texts.moved(from, to), now);
  }

  /**
   * Whether the chat gave a sign of life since a time: refusals of earlier calls are then outdated.
   */
  wasSeenSince(chatId: number, time: number): boolean {
    return (this.#seenAt.get(chatId) ?? -Infinity) >= time;
  }

  #see(chatId: number, now: number): void {
    this.#seenAt.delete(chatId);
    this.#seenAt.set(chatId, now);
    const [oldest] = this.#seenAt.keys();
    if (this.#seenAt.size > CHATS_IN_SIGHT && oldest !== undefined) this.#seenAt.delete(oldest);
  }

  /**
   * Part of a transaction: a chat has rejected a message so often that the administrators are told.
   */
  async storeRefusing(it: Writing, chatId: number, error: string, now: number): Promise<void> {
    if (!this.isConfigured(chatId)) return;
    await this.#storeNotice(it, this.#texts.refusing(chatId, error), now);
  }

  async #storeNotice(it: Writing, text: string, now: number): Promise<void> {
    it.afterCommit(() => this.#logger.warning("Notice to the administrators", { text }));
    await storeNotice(it, text, this.administrators, now);
  }
}
