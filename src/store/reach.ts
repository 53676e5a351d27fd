import type { Unreachable } from "../domain/delivery.ts";
import { nextTryAt } from "../domain/reach.ts";
import type { Log } from "../log/log.ts";
import type { Database, Writing } from "./database.ts";
import { storeNotice, storeProbes, storeTries } from "./reach_rows.ts";
import { numberOrNull, READABLE, shortError, textOf } from "./rows.ts";

/** Why a chat is unreachable at present. */
export interface Gone {
  readonly why: Unreachable;
  /** Telegram's error text. */
  readonly reason: string;
  /** End of a restriction, in milliseconds since the epoch; null when unknown. */
  readonly until: number | null;
  /** Another chat's id that the settings probably meant. */
  readonly likely?: number | null;
}

/** An unreachable chat, with the start of that state. */
export interface UnreachableChat extends Gone {
  readonly chatId: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Texts of notices to the administrators about chats of the settings. */
export interface ChatTexts {
  unreachable(chat: UnreachableChat & { readonly isAdministrator: boolean }): string;
  reachable(chatId: number): string;
  /** A group became a supergroup with another id. */
  moved(from: number, to: number): string;
  /** A chat has rejected the same message several times. */
  refusing(chatId: number, error: string): string;
}

export interface ReachDeps {
  readonly database: Database;
  /** Whether the settings name the chat, for alerts or as an administrator. */
  readonly isConfigured: (chatId: number) => boolean;
  readonly administrators: readonly number[];
  readonly texts: ChatTexts;
  readonly logger: Log;
}

/** Minimum time between a refusal and the next attempt that other updates of the chat may start. */
const TRIED_JUST_NOW_MS = 60_000;

/**
 * The reachable or unreachable state of every chat, in memory and in the database. Pending deliveries of
 * an unreachable chat are paused; if a retry is planned, the oldest of them stays due at that time as a
 * probe. Methods with names in `store…` are part of the caller's transaction, and the memory follows after
 * its commit.
 */
export class Reach {
  readonly #deps: ReachDeps;
  readonly #gone = new Map<number, UnreachableChat & { readonly notedAt: number }>();
  /** Time of the latest refusal by chat, in milliseconds since the epoch. */
  readonly #refusedAt = new Map<number, number>();

  constructor(deps: ReachDeps) {
    this.#deps = deps;
  }

  /** Loads the unreachable chats, and plans a retry for those of the settings that have none. */
  async load(now: number): Promise<void> {
    const rows = await this.#deps.database.rows(
      `SELECT chat_id, gone_since, gone_why, CAST(gone_reason AS BLOB) AS gone_reason, next_try_at
       FROM chats WHERE gone_since IS NOT NULL AND chat_id ${READABLE}`,
    );
    this.#gone.clear();
    for (const row of rows) {
      const chatId = Number(row["chat_id"]);
      this.#gone.set(chatId, {
        chatId,
        since: Number(row["gone_since"]),
        why: String(row["gone_why"]) as Unreachable,
        reason: textOf(row["gone_reason"]),
        until: null,
        notedAt: -Infinity,
      });
    }
    // Chats without a planned retry: the settings did not name them when they became unreachable.
    const untried = rows.map((it) => [Number(it["chat_id"]), it["next_try_at"]] as const)
      .filter(([id, at]) => at === null && this.#deps.isConfigured(id));
    if (untried.length === 0) return;
    await this.#deps.database.write((it) => storeTries(it, untried.map(([id]) => id), now));
  }

  has(chatId: number): boolean {
    return this.#gone.has(chatId);
  }

  /** Unreachable chats of the settings, the longest unreachable first. */
  get configured(): UnreachableChat[] {
    return [...this.#gone.values()].filter((it) => this.#deps.isConfigured(it.chatId))
      .sort((a, b) => a.since - b.since);
  }

  /** Stores that a chat refused a delivery. */
  async storeRefused(it: Writing, chatId: number, gone: Gone, now: number): Promise<void> {
    it.afterCommit(() => this.#refusedAt.set(chatId, now));
    await this.#storeGone(it, chatId, gone, { tries: 1, now, isNews: false });
  }

  /** Stores that a chat is unreachable, by an update of Telegram or a request about the chat. */
  async setGone(chatId: number, gone: Gone, now: number): Promise<void> {
    const known = this.#gone.get(chatId);
    const isNews = known?.why !== gone.why || gone.until !== null;
    const tries = known === undefined ? 0 : 1;
    await this.#deps.database.write(async (it) => {
      await this.#storeGone(it, chatId, gone, { tries, now, isNews });
      if (isNews) it.ring();
    });
  }

  /**
   * To be called when Telegram reports that the bot may write to a chat. That is no proof, so a pending
   * delivery is tried now; without one the chat counts as reachable.
   */
  async seemsWell(chatId: number, now: number): Promise<void> {
    const gone = this.#gone.get(chatId);
    if (!gone) return;
    const [row] = await this.#deps.database.rows(
      `SELECT 1 FROM deliveries WHERE chat_id = ? AND state IN ('due', 'paused', 'waiting') LIMIT 1`,
      [chatId],
    );
    if (row) await this.tryNow(chatId, now);
    // A closed general topic of a forum shows in no right, so such a chat stays unreachable.
    else if (!/TOPIC/.test(gone.reason)) await this.restore(chatId, now);
  }

  /** Unreachable chats of the settings whose retry is due but which have no delivery to try. */
  async untried(now: number): Promise<number[]> {
    const rows = await this.#deps.database.rows(
      `SELECT chat_id FROM chats c
       WHERE gone_since IS NOT NULL AND next_try_at <= ? AND chat_id ${READABLE}
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE chat_id = c.chat_id AND state = 'due')
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE chat_id = c.chat_id AND state = 'paused')`,
      [now],
    );
    return rows.map((it) => Number(it["chat_id"])).filter((it) => this.#deps.isConfigured(it));
  }

  /** Stores the rights that the bot lacks in a chat, "" for none; true for a new lack. */
  async noteLack(chatId: number, lacks: string): Promise<boolean> {
    const [row] = await this.#deps.database.rows(
      `SELECT told_lack FROM chats WHERE chat_id = ? LIMIT 1`,
      [chatId],
    );
    if (textOf(row?.["told_lack"]) === lacks) return false;
    await this.#deps.database.write((it) =>
      it.rows(
        `INSERT INTO chats (chat_id, told_lack) VALUES (?1, ?2)
         ON CONFLICT (chat_id) DO UPDATE SET told_lack = ?2`,
        [chatId, lacks],
      )
    );
    return lacks !== "";
  }

  /** Marks a chat as reachable: its paused deliveries are due again. False when it was reachable. */
  async restore(chatId: number, now: number): Promise<boolean> {
    const gone = this.#gone.get(chatId);
    if (!gone) return false;
    const { database, isConfigured, administrators, texts, logger } = this.#deps;
    await database.write(async (it) => {
      it.ring();
      it.afterCommit(() => this.forget(chatId));
      await it.rows(
        `UPDATE chats SET gone_since = NULL, gone_why = NULL, gone_reason = NULL, tries = 0,
           next_try_at = NULL WHERE chat_id = ?`,
        [chatId],
      );
      await it.rows(
        `UPDATE deliveries SET state = 'due', next_attempt_at = ?1
         WHERE state = 'paused' AND chat_id = ?2`,
        [now, chatId],
      );
      await it.rows(
        `UPDATE deliveries SET next_attempt_at = ?1
         WHERE state = 'due' AND chat_id = ?2 AND next_attempt_at > ?1`,
        [now, chatId],
      );
      if (!isConfigured(chatId)) return;
      await storeNotice(
        it,
        texts.reachable(chatId),
        without(administrators, chatId),
        now,
      );
      it.afterCommit(() =>
        logger.info("A chat of the settings can be reached again", { chat: chatId })
      );
    });
    return true;
  }

  /**
   * To be called when a delivery arrived that was claimed at that time. Makes the chat reachable, unless it
   * became unreachable after the claim. True when this has changed its state.
   */
  async noteArrived(chatId: number, claimedAt: number, now: number): Promise<boolean> {
    const notedAt = this.#gone.get(chatId)?.notedAt ?? Infinity;
    return notedAt <= claimedAt && await this.restore(chatId, now);
  }

  /**
   * Tries an unreachable chat's pending deliveries now, after an update from it. False when the chat is
   * reachable, or when it refused a message within the last minute and `isUrgent` is not set.
   */
  async tryNow(chatId: number, now: number, { isUrgent = false } = {}): Promise<boolean> {
    const refusedAt = this.#refusedAt.get(chatId) ?? -Infinity;
    const isTooSoon = now - refusedAt < TRIED_JUST_NOW_MS && !isUrgent;
    if (!this.#gone.has(chatId) || isTooSoon) return false;
    await this.#deps.database.write(async (it) => {
      await storeTries(it, [chatId], now);
      it.ring();
    });
    return true;
  }

  /** Forgets the state of a chat that was removed or got another id. */
  forget(chatId: number): void {
    this.#gone.delete(chatId);
    this.#refusedAt.delete(chatId);
  }

  async #storeGone(
    it: Writing,
    chatId: number,
    { why, reason, until, likely = null }: Gone,
    { tries: more, now, isNews }: { tries: number; now: number; isNews: boolean },
  ): Promise<void> {
    const { isConfigured, administrators, texts, logger } = this.#deps;
    const [known] = await it.rows(
      `SELECT tries, gone_since FROM chats WHERE chat_id = ? AND gone_since IS NOT NULL LIMIT 1`,
      [chatId],
    );
    const tries = Number(known?.["tries"] ?? 0) + more;
    const since = numberOrNull(known?.["gone_since"]) ?? now;
    const isNamed = isConfigured(chatId);
    it.afterCommit(() =>
      this.#gone.set(chatId, { chatId, why, reason, until, likely, since, notedAt: now })
    );
    await it.rows(
      `INSERT INTO chats (chat_id, gone_since, gone_why, gone_reason, tries, next_try_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6)
       ON CONFLICT (chat_id) DO UPDATE SET
         gone_since = ?2, gone_why = ?3, gone_reason = ?4, tries = ?5, next_try_at = ?6`,
      [
        chatId,
        since,
        why,
        shortError(reason),
        tries,
        nextTryAt({ why, tries, isConfigured: isNamed, until }, now),
      ],
    );
    await it.rows(
      `UPDATE deliveries SET state = 'paused' WHERE state = 'due' AND chat_id = ?`,
      [chatId],
    );
    await storeProbes(it, now);
    if (!isNamed || (known && !isNews)) return;
    const isAdministrator = administrators.includes(chatId);
    const text = texts.unreachable({ chatId, isAdministrator, why, reason, until, likely, since });
    await storeNotice(it, text, without(administrators, chatId), now);
    it.afterCommit(() =>
      logger.warning("A chat of the settings cannot be reached", { chat: chatId, why, reason })
    );
  }
}

function without(administrators: readonly number[], chatId: number): number[] {
  return administrators.filter((it) => it !== chatId);
}
