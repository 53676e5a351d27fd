import type { Row } from "@libsql/client";
import type { Attempt, Delivery } from "../delivering/outbox.ts";
import { ASKED_TO_WAIT, type NextStep, REFUSALS_THAT_COUNT } from "../domain/delivery.ts";
import { type Chats, storeTopicLost, storeTopicTold } from "./chats.ts";
import type { Connection, Database, Writing } from "./database.ts";
import { storeNotice, storeProbes, storeTries } from "./reach_rows.ts";
import {
  DELIVERIES,
  deliveryOf,
  numberOrNull,
  READABLE,
  shortError,
  TOLD,
  toldOf,
} from "./rows.ts";

/** What is owed to chats, one row per change and chat, until it is settled. */
export class Outbox {
  readonly #database: Database;
  readonly #chats: Chats;
  /** In which file it was claimed: an id means another delivery in another one. */
  readonly #claimedIn = new WeakMap<Delivery, number>();

  constructor(database: Database, chats: Chats) {
    this.#database = database;
    this.#chats = chats;
  }

  /**
   * Takes what may be sent now, the chats of the settings first, then those that have been owed it for
   * longest; at most one delivery a chat: the oldest, so that nobody hears of an end before its
   * beginning. None of `busyChats`; with `isPrivate` no group. It is noted that an attempt is begun:
   * after a kill these are the ones that may have been sent.
   */
  async claim(
    now: number,
    limit: number,
    busyChats: Iterable<number> = [],
    { isPrivate = false }: { isPrivate?: boolean } = {},
  ): Promise<Delivery[]> {
    const busy = asJson(busyChats);
    const least = isPrivate ? 1 : Number.MIN_SAFE_INTEGER;
    // Most often there is nothing, and nothing to be written.
    if ((await this.#database.rows(DUE, [now, busy, 1, least])).length === 0) return [];
    const claimed = await this.#database.write(async (it) => {
      const begun = await it.rows(
        `UPDATE deliveries SET begun_at = ?1 WHERE id IN (${DUE}) RETURNING id`,
        [now, busy, limit, least],
      );
      const rows = await it.rows(DELIVERIES, [asJson(begun.map((row) => Number(row["id"])))]);
      // Many are told the same: what they are told is read once.
      const changes = new Map(
        (await it.rows(TOLD, [asJson(new Set(rows.map((row) => Number(row["change_id"]))))]))
          .map((row) => [row["change_id"], toldOf(row)]),
      );
      return rows.flatMap((row) => {
        const told = changes.get(row["change_id"]);
        if (!told) return [];
        const delivery = deliveryOf(row, told, now);
        return [{ ...delivery, isConfigured: this.#chats.isNamed(delivery.chatId) }];
      });
    });
    for (const it of claimed) this.#claimedIn.set(it, this.#database.incarnation);
    return claimed;
  }

  #isOfThisFile(delivery: Delivery): boolean {
    const { incarnation } = this.#database;
    return (this.#claimedIn.get(delivery) ?? incarnation) === incarnation;
  }

  /** The attempt as it is to be recorded in this file; null when nobody here knows of it. */
  #inThisFile(attempt: Attempt): Attempt | null {
    const { delivery, step } = attempt;
    if (this.#isOfThisFile(delivery)) return attempt;
    const { deliveries, changes } = this.#database.newIds ?? {};
    const id = deliveries?.get(delivery.id);
    if (typeof id !== "number") return null;
    const anew = (change: number | null | undefined) =>
      change == null ? null : Number(changes?.get(change) ?? 0) || null;
    const told = "told" in step ? { told: anew(step.told) } : {};
    const shown = "shown" in step ? { shown: anew(step.shown) } : {};
    return { delivery: { ...delivery, id }, step: { ...step, ...told, ...shown } };
  }

  /**
   * When the next delivery may be sent, given the order in each chat and chats that are busy; null
   * when nothing is owed to any other.
   */
  async nextAt(busyChats: Iterable<number> = []): Promise<number | null> {
    const [row] = await this.#database.rows(
      `SELECT next_attempt_at AS at FROM deliveries d
       WHERE state = 'due' AND +chat_id ${READABLE}
         AND +chat_id NOT IN (SELECT value FROM json_each(?)) AND ${IS_FIRST}
       ORDER BY next_attempt_at LIMIT 1`,
      [asJson(busyChats)],
    );
    return numberOrNull(row?.["at"]);
  }

  /** Records what became of attempts, and what they showed of their chats, in one transaction. */
  async record(given: readonly Attempt[], now: number): Promise<void> {
    const reach = this.#chats.reach;
    let attempts: readonly Attempt[] = given;
    await this.#database.write(async (it) => {
      attempts = given.map((one) => this.#inThisFile(one)).filter((one) => one !== null)
        .map((one) => ({ ...one, step: this.#judged(one, now) }));
      const changed = await it.rows(
        `SELECT it.value ->> 0 AS id, d.chat_id, d.state FROM json_each(?) it
         LEFT JOIN deliveries d ON d.id = it.value ->> 0
         WHERE d.state IS NOT 'due' OR d.chat_id <> it.value ->> 1`,
        [JSON.stringify(attempts.map(({ delivery: { id, chatId } }) => [id, chatId]))],
      );
      await storeAttempts(it, attempts, changed, this.#chats, now);
    });
    for (const { delivery: { chatId, claimedAt }, step } of attempts) {
      // Heard of while this was written.
      if (step.state === "paused" && this.#chats.wasSeenSince(chatId, claimedAt)) {
        await reach.restore(chatId, now);
      }
      if (step.state === "sent" || (step.state === "due" && step.told != null)) {
        await reach.noteArrived(chatId, claimedAt, now);
      }
    }
  }

  #judged({ delivery: { chatId, claimedAt }, step }: Attempt, now: number): NextStep {
    // A chat that became one that became it is nowhere: it is not followed any further.
    const isCircle = step.state === "due" && step.movedTo !== undefined &&
      this.#chats.leadsBack(chatId, step.movedTo);
    if (isCircle) return { state: "paused", why: "circle", error: step.error ?? "circle" };
    // Whoever wrote to the bot meanwhile is there: the refusal is older than that.
    const isOutdated = step.state === "paused" && this.#chats.wasSeenSince(chatId, claimedAt);
    return isOutdated ? { state: "due", at: now, error: step.error } : step;
  }

  /**
   * To be called once at start: the attempts whose end was never recorded, because the program was
   * killed. Answers their number: Telegram may have these messages, or not.
   */
  async countUnfinished(now: number): Promise<number> {
    const rows = await this.#database.write(async (it) => {
      // Created in the future: the clock was wrong then, or is now.
      await it.rows(
        `UPDATE deliveries SET created_at = ?1, next_attempt_at = ?1
         WHERE state = 'due' AND created_at > ?1`,
        [now],
      );
      return await it.rows(
        `UPDATE deliveries SET begun_at = NULL, attempts = attempts + 1
         WHERE state = 'due' AND begun_at IS NOT NULL RETURNING id`,
      );
    });
    return rows.length;
  }

  /** What was sent, or begun, in the last minute: Telegram still counts it. */
  async recentSends(now: number): Promise<{ chatId: number; agoMs: number }[]> {
    // Whatever is that young is among the newest changes.
    const rows = await this.#database.rows(
      `SELECT chat_id, COALESCE(settled_at, begun_at) AS at FROM deliveries
       WHERE change_id > (SELECT COALESCE(MAX(id), 0) FROM changes) - ?
         AND COALESCE(settled_at, begun_at) BETWEEN ? AND ? AND chat_id ${READABLE}`,
      [NEWEST_CHANGES, now - COUNTED_MS, now],
    );
    return rows.map((it) => ({ chatId: Number(it["chat_id"]), agoMs: now - Number(it["at"]) }));
  }

  /** Chats that Telegram asked to leave alone when they were told something, and for how long still. */
  async holds(now: number): Promise<{ chatId: number; ms: number }[]> {
    const rows = await this.#database.rows(
      `SELECT chat_id, MAX(next_attempt_at) AS until FROM deliveries
       WHERE state = 'due' AND next_attempt_at BETWEEN ? AND ? AND last_error LIKE ?
         AND chat_id ${READABLE}
       GROUP BY chat_id`,
      [now, now + LONGEST_HOLD_MS, `${ASKED_TO_WAIT}%`],
    );
    return rows.map((it) => ({ chatId: Number(it["chat_id"]), ms: Number(it["until"]) - now }));
  }

  /** Claimed, but given back without an attempt. */
  async giveBack(claimed: readonly Delivery[]): Promise<void> {
    const deliveries = claimed.filter((it) => this.#isOfThisFile(it));
    if (deliveries.length === 0) return;
    await this.#database.write((it) =>
      it.rows(
        `UPDATE deliveries SET begun_at = NULL WHERE id IN (SELECT value FROM json_each(?))`,
        [asJson(deliveries.map((it) => it.id))],
      )
    );
  }

  /** Telegram answers again: what waits for another attempt waits no longer. */
  async retryNow(now: number): Promise<void> {
    await this.#database.write((it) =>
      it.rows(
        `UPDATE deliveries SET next_attempt_at = ?1
         WHERE state = 'due' AND next_attempt_at > ?1 AND refusals = 0
           AND chat_id NOT IN (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL)`,
        [now],
      )
    );
  }

  /** Something about the bot itself that these administrators should know, and are told in this text. */
  async tellAdministrators(
    text: string,
    administrators: readonly number[],
    now: number,
  ): Promise<void> {
    await this.#database.write(async (it) => {
      await storeNotice(it, text, administrators, now);
      it.ring();
    });
  }
}

const NEWEST_CHANGES = 20;
/** The longest that Telegram counts messages for. */
const COUNTED_MS = 60_000;
/** Nothing is put off for longer because Telegram asked for it. */
const LONGEST_HOLD_MS = 3_600_000;

/**
 * In its chat it is the oldest. One that Telegram rejects holds up what follows of its incident only,
 * and what waits for that holds up nothing else.
 */
const IS_FIRST = `NOT EXISTS (SELECT 1 FROM deliveries e
  WHERE e.state = 'due' AND e.chat_id = d.chat_id AND e.id < d.id
    AND (e.incident_id = d.incident_id OR e.refusals = 0 AND NOT EXISTS (SELECT 1 FROM deliveries r
      WHERE r.state = 'due' AND r.chat_id = e.chat_id AND r.id < e.id AND r.refusals > 0
        AND r.incident_id = e.incident_id)))`;

/** Each part is read from an index of its own, and no further than its limit. */
const DUE = ["turn = 0", "turn > 0"].map((turn) => `
  SELECT id FROM (SELECT id FROM deliveries d
    WHERE state = 'due' AND ${turn} AND next_attempt_at <= ?1
      -- No index by chat: there is nothing to be sorted.
      AND +chat_id >= ?4 AND +chat_id ${READABLE} AND +chat_id NOT IN (SELECT value FROM json_each(?2))
      AND ${IS_FIRST}
    ORDER BY next_attempt_at, turn, id LIMIT ?3)`).join(" UNION ALL ") + " LIMIT ?3";

function asJson(ids: Iterable<number>): string {
  return JSON.stringify([...ids]);
}

/** Part of a transaction. `changed`: rows that are not any more as they were when they were claimed. */
async function storeAttempts(
  it: Writing,
  attempts: readonly Attempt[],
  changed: readonly Row[],
  chats: Chats,
  now: number,
): Promise<void> {
  const byId = new Map(changed.map((row) => [Number(row["id"]), row]));
  const settled: unknown[][] = [];
  let isGone = false;
  for (const { delivery: { id, chatId, topicId, isTopicLost, refusals }, step } of attempts) {
    const row = byId.get(id);
    const sent = step.state === "sent" ? step : null;
    // Unsubscribed, or thrown out, while it was under way: nothing is owed any more, or not now.
    if (row && row["state"] !== "due" && (row["state"] === null || !sent)) continue;
    // The group moved while it was under way: what was learnt of the old chat says nothing of the new.
    const hasMoved = row !== undefined && row["chat_id"] !== chatId;
    const error = "error" in step ? shortError(step.error) : null;
    if (step.state === "due" || (hasMoved && step.state === "paused")) {
      const due = step.state === "due" ? step : { at: now, told: null, isRefused: false };
      await it.rows(
        `UPDATE deliveries SET attempts = attempts + 1, next_attempt_at = ?, begun_at = NULL,
           last_error = ?, told_change = COALESCE(?, told_change), refusals = refusals + ?
         WHERE id = ?`,
        [due.at, error, due.told ?? null, due.isRefused ? 1 : 0, id],
      );
      if (step.state !== "due") continue;
      if (step.isRefused && refusals + 1 === REFUSALS_THAT_COUNT) {
        await chats.storeRefusing(it, chatId, step.error ?? "", now);
      }
      if (step.movedTo !== undefined) await chats.storeMove(it, chatId, step.movedTo, now);
      if (step.told != null && isTopicLost) await storeTopicTold(it, chatId);
      if (step.isTopicGone) await storeTopicLost(it, chatId, topicId);
      continue;
    }
    if (step.state === "paused") {
      await it.rows(
        `UPDATE deliveries SET attempts = attempts + 1, begun_at = NULL, last_error = ? WHERE id = ?`,
        [error, id],
      );
      await chats.reach.storeRefused(
        it,
        chatId,
        { why: step.why, reason: step.error, until: null },
        now,
      );
      continue;
    }
    isGone ||= chats.reach.has(chatId);
    settled.push([
      id,
      step.state,
      error,
      // A message stays where it was sent.
      hasMoved ? null : sent?.messageId ?? null,
      sent?.isAlert ? 1 : 0,
      sent?.shown ?? null,
      sent?.told ?? null,
    ]);
    if (sent?.isAlert && isTopicLost) await storeTopicTold(it, chatId);
  }
  await it.rows(
    `UPDATE deliveries SET state = it.value ->> 1, attempts = attempts + 1, begun_at = NULL,
       last_error = it.value ->> 2, message_id = it.value ->> 3, is_alert = it.value ->> 4,
       shown_change = it.value ->> 5, told_change = COALESCE(it.value ->> 6, told_change),
       settled_at = ?2
     FROM json_each(?1) it WHERE deliveries.id = it.value ->> 0`,
    [JSON.stringify(settled), now],
  );
  if (isGone) await storeProbes(it, now);
}

/** Part of a transaction: one delivery of a change to each of these chats. */
export async function storeDeliveries(
  it: Connection,
  { changeId, incidentId, chats, condition = "", listed, first = [], notify, isNew = false, now }: {
    changeId: number;
    incidentId: number | null;
    /** A query for `chat_id`; `?1` in it is the JSON array of `listed`, `?3` the incident's id. */
    chats: string;
    condition?: string;
    listed: readonly number[];
    /** These are told before all others; among the others, who has been subscribed for longest. */
    first?: readonly number[];
    notify: boolean;
    /** A new incident: chats that could not be reached are tried again. */
    isNew?: boolean;
    now: number;
  },
): Promise<void> {
  await it.rows(
    `INSERT INTO deliveries
       (change_id, incident_id, chat_id, notify, state, next_attempt_at, created_at, turn)
     SELECT ?2, ?3, chat_id, ?4,
       iif(chat_id IN (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL), 'paused', 'due'),
       ?5, ?5, iif(chat_id IN (SELECT value FROM json_each(?6)), 0,
         MAX(1, COALESCE(unixepoch(subscribed_at), 1)))
     FROM (SELECT * FROM (${chats}) WHERE chat_id ${READABLE})
       LEFT JOIN subscribers USING (chat_id) ${condition}`,
    [asJson(listed), changeId, incidentId, notify ? 1 : 0, now, asJson(first)],
  );
  const again = isNew
    ? await it.rows(
      `SELECT chat_id FROM deliveries JOIN chats USING (chat_id)
       WHERE change_id = ? AND state = 'paused'
         AND (gone_why NOT IN ('blocked', 'deactivated')
           OR chat_id IN (SELECT value FROM json_each(?)))`,
      [changeId, JSON.stringify(listed)],
    )
    : [];
  await (again.length > 0
    ? storeTries(it, again.map((row) => Number(row["chat_id"])), now)
    : storeProbes(it, now));
}
