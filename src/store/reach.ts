import type { Unreachable } from "../domain/delivery.ts";
import { nextTryAt } from "../domain/reach.ts";
import type { Log } from "../log/log.ts";
import type { Connection, Database, Writing } from "./database.ts";
import { numberOrNull, READABLE, shortError, textOf } from "./rows.ts";

/** A chat that cannot be told anything at the moment. */
export interface Gone {
  readonly why: Unreachable;
  /** In Telegram's words. */
  readonly reason: string;
  /** When it ends by itself, in milliseconds since the epoch; null when nobody knows. */
  readonly until: number | null;
  /** A chat of another id that was probably meant. */
  readonly likely?: number | null;
}

/** A chat of the settings that is gone, as its administrators should know of it. */
export interface UnreachableChat extends Gone {
  readonly chatId: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** What the administrators are told of the chats of the settings. */
export interface ChatTexts {
  unreachable(chat: UnreachableChat & { readonly isAdministrator: boolean }): string;
  reachable(chatId: number): string;
  /** It became a supergroup. */
  moved(from: number, to: number): string;
  /** It has rejected the same message again and again. */
  refusing(chatId: number, error: string): string;
}

export interface ReachDeps {
  readonly database: Database;
  /** Whether the settings name the chat, as one for alerts or as an administrator. */
  readonly isConfigured: (chatId: number) => boolean;
  readonly administrators: readonly number[];
  readonly texts: ChatTexts;
  readonly logger: Log;
}

/** Chats whose refusal is younger are not tried again, whatever is heard of them. */
const TRIED_JUST_NOW_MS = 60_000;

/**
 * The life of every chat, of the settings or subscribed: well, then unreachable since, why, and to be
 * tried again when, then well again. What an unreachable chat is owed is paused, but for the oldest
 * while a next try is planned: that one is due then, and shows how things are. What begins with `store`
 * is part of somebody's transaction; what is remembered follows when that is committed.
 */
export class Reach {
  readonly #deps: ReachDeps;
  readonly #gone = new Map<number, UnreachableChat & { readonly notedAt: number }>();
  /** When chats were last refused, in milliseconds since the epoch. */
  readonly #refusedAt = new Map<number, number>();

  constructor(deps: ReachDeps) {
    this.#deps = deps;
  }

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
    // Gone before the settings named them, or before this was known at all.
    const untried = rows.map((it) => [Number(it["chat_id"]), it["next_try_at"]] as const)
      .filter(([id, at]) => at === null && this.#deps.isConfigured(id));
    if (untried.length === 0) return;
    await this.#deps.database.write((it) => storeTries(it, untried.map(([id]) => id), now));
  }

  has(chatId: number): boolean {
    return this.#gone.has(chatId);
  }

  /** Chats of the settings that cannot be told anything, the longest first. */
  get configured(): UnreachableChat[] {
    return [...this.#gone.values()].filter((it) => this.#deps.isConfigured(it.chatId))
      .sort((a, b) => a.since - b.since);
  }

  /** A chat refused what it was sent. */
  async storeRefused(it: Writing, chatId: number, gone: Gone, now: number): Promise<void> {
    it.afterCommit(() => this.#refusedAt.set(chatId, now));
    await this.#storeGone(it, chatId, gone, { tries: 1, now, isNews: false });
  }

  /** Telegram told that nothing can be sent there any more. */
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
   * Telegram told that the bot may write there. Only what is sent shows whether it can: it is tried now,
   * if there is anything.
   */
  async seemsWell(chatId: number, now: number): Promise<void> {
    const gone = this.#gone.get(chatId);
    if (!gone) return;
    const [row] = await this.#deps.database.rows(
      `SELECT 1 FROM deliveries WHERE chat_id = ? AND state IN ('due', 'paused', 'waiting') LIMIT 1`,
      [chatId],
    );
    if (row) await this.tryNow(chatId, now);
    // That the general topic of a forum is closed is not seen in any right.
    else if (!/TOPIC/.test(gone.reason)) await this.restore(chatId, now);
  }

  /** Unreachable chats of the settings that are owed nothing, and to be tried again by now. */
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

  /** Notes what a chat lacks, empty for nothing; true when that is news and no good news. */
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

  /** What a chat is owed is due again. False when it was all the time. */
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
   * Something arrived that was claimed then; what was heard of the chat since is newer than that. True
   * when the chat is well again by this.
   */
  async noteArrived(chatId: number, claimedAt: number, now: number): Promise<boolean> {
    const notedAt = this.#gone.get(chatId)?.notedAt ?? Infinity;
    return notedAt <= claimedAt && await this.restore(chatId, now);
  }

  /**
   * A sign of life, that does not tell whether the bot may write there: what is owed is tried now. False
   * when the chat was well, or refused something just now and it is not urgent.
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

  /** To be called when the chat is another one by now, or none. */
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

/**
 * Part of a transaction: of each unreachable chat that is to be tried again, the oldest that it is
 * owed is due at that time, unless something is.
 */
export async function storeProbes(it: Connection, now: number): Promise<void> {
  await it.rows(
    `UPDATE deliveries SET state = 'due', begun_at = NULL, next_attempt_at =
       MAX(?1, (SELECT next_try_at FROM chats WHERE chat_id = deliveries.chat_id))
     WHERE id IN (SELECT MIN(d.id) FROM deliveries d JOIN chats c USING (chat_id)
       WHERE d.state = 'paused' AND c.gone_since IS NOT NULL AND c.next_try_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.state = 'due' AND e.chat_id = d.chat_id)
       GROUP BY d.chat_id)`,
    [now],
  );
}

/** Part of a transaction: these chats are tried at once, if they are unreachable. */
export async function storeTries(
  it: Connection,
  chats: readonly number[],
  now: number,
): Promise<void> {
  const ids = JSON.stringify(chats);
  await it.rows(
    `UPDATE chats SET next_try_at = ?2 WHERE gone_since IS NOT NULL
     AND chat_id IN (SELECT value FROM json_each(?1))`,
    [ids, now],
  );
  await it.rows(
    `UPDATE deliveries SET next_attempt_at = ?2 WHERE state = 'due' AND next_attempt_at > ?2
     AND chat_id IN (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL
       AND chat_id IN (SELECT value FROM json_each(?1)))`,
    [ids, now],
  );
  await storeProbes(it, now);
}

/** Part of a transaction: something about the bot itself, for these administrators. */
export async function storeNotice(
  it: Connection,
  text: string,
  administrators: readonly number[],
  now: number,
): Promise<void> {
  if (administrators.length === 0) return;
  const [row] = await it.rows(
    `INSERT INTO changes (kind, reason, region, problem, at) VALUES ('notice', '', '', ?, ?)
     RETURNING id`,
    [text.toWellFormed(), now],
  );
  await it.rows(
    `INSERT INTO deliveries (change_id, chat_id, notify, state, next_attempt_at, created_at, turn)
     SELECT ?3, value, 1,
       iif(value IN (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL), 'paused', 'due'),
       ?2, ?2, 0 FROM json_each(?1)`,
    [JSON.stringify(administrators), now, Number(row?.["id"])],
  );
  await storeProbes(it, now);
}

function without(administrators: readonly number[], chatId: number): number[] {
  return administrators.filter((it) => it !== chatId);
}
