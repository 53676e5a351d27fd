import type { Attempt, Delivery } from "../delivering/outbox.ts";
import { ASKED_TO_WAIT, type NextStep } from "../domain/delivery.ts";
import { storeAttempts } from "./attempt_rows.ts";
import { withBulletins } from "./bulletin_rows.ts";
import { withCards } from "./card_rows.ts";
import type { Chats } from "./chats.ts";
import type { Database } from "./database.ts";
import { withDrills } from "./drill_rows.ts";
import { withFailures } from "./failure_rows.ts";
import { IS_MORNING, nextMorning, storeLostNights, wakeNights } from "./night_rows.ts";
import { withNight } from "./night_claims.ts";
import { withSigns } from "./sign_rows.ts";
import { withReminders } from "./reminders.ts";
import { storeNotice } from "./reach_rows.ts";
import { DELIVERIES, deliveryOf, numberOrNull, READABLE, TOLD, toldOf } from "./rows.ts";

/** The deliveries that are owed to chats: one row per change and chat. */
export class Outbox {
  readonly #database: Database;
  readonly #chats: Chats;
  /** The database file that each delivery was claimed in: other files have other ids. */
  readonly #claimedIn = new WeakMap<Delivery, number>();

  constructor(database: Database, chats: Chats) {
    this.#database = database;
    this.#chats = chats;
  }

  /**
   * Claims deliveries that may be sent now: first those to chats of the settings, then those due
   * for longest. At most one per chat, the oldest, so that no chat hears of an end before the
   * beginning; none to `busyChats`, and with `isPrivate` none to groups. Notes the claimed ones as
   * begun: after a kill, these may have been sent.
   */
  async claim(
    now: number,
    limit: number,
    busyChats: Iterable<number> = [],
    { isPrivate = false }: { isPrivate?: boolean } = {},
  ): Promise<Delivery[]> {
    const busy = asJson(busyChats);
    const least = isPrivate ? 1 : Number.MIN_SAFE_INTEGER;
    // Mostly no delivery is due: then nothing is written.
    const [some] = await this.#database.rows(
      `SELECT EXISTS (${DUE}) AS is_due, ${IS_MORNING} AS is_morning LIMIT 1`,
      [now, busy, 1, least],
    );
    if (some?.["is_due"] !== 1 && some?.["is_morning"] !== 1) return [];
    const claimed = await this.#database.write(async (it) => {
      if (some["is_morning"] === 1) await wakeNights(it, now);
      const begun = await it.rows(
        `UPDATE deliveries SET begun_at = ?1 WHERE id IN (${DUE}) RETURNING id`,
        [now, busy, limit, least],
      );
      const rows = await it.rows(DELIVERIES, [asJson(begun.map((row) => Number(row["id"])))]);
      // Many deliveries tell the same change, which is read once.
      const changes = new Map(
        (await it.rows(TOLD, [asJson(new Set(rows.map((row) => Number(row["change_id"]))))]))
          .map((row) => [row["change_id"], toldOf(row)]),
      );
      const deliveries = rows.flatMap((row) => {
        const told = changes.get(row["change_id"]);
        if (!told) return [];
        const delivery = deliveryOf(row, told, now);
        return [{
          ...delivery,
          isConfigured: this.#chats.isNamed(delivery.chatId),
          night: null,
        }];
      });
      const drilled = await withDrills(it, await withSigns(it, deliveries));
      const known = await withBulletins(it, await withCards(it, drilled));
      const fitted = await withNight(it, rows, known, { chats: this.#chats, now });
      return await withReminders(it, rows, await withFailures(it, rows, fitted, now), now);
    });
    for (const it of claimed) this.#claimedIn.set(it, this.#database.incarnation);
    return claimed;
  }

  #isOfThisFile(delivery: Delivery): boolean {
    const { incarnation } = this.#database;
    return (this.#claimedIn.get(delivery) ?? incarnation) === incarnation;
  }

  /**
   * The attempt with the ids of the present database file; null when its delivery is not in there.
   */
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
    return { delivery: { ...delivery, id, shared: null }, step: { ...step, ...told, ...shown } };
  }

  /**
   * Time at which the next delivery to a chat other than `busyChats` may be sent, or the next quiet
   * hours end; null for none.
   */
  async nextAt(busyChats: Iterable<number> = []): Promise<number | null> {
    const [row] = await this.#database.rows(
      `SELECT MIN(at) AS at FROM (${
        RANKS.map((rank) =>
          `SELECT * FROM (SELECT next_attempt_at AS at FROM deliveries d
           WHERE state = 'due' AND ${rank} AND +chat_id ${READABLE}
             AND +chat_id NOT IN (SELECT value FROM json_each(?1))
             AND ${isFirst("d.next_attempt_at")}
           ORDER BY next_attempt_at LIMIT 1)`
        ).join(" UNION ALL ")
      })`,
      [asJson(busyChats)],
    );
    const times = [numberOrNull(row?.["at"]), await nextMorning(this.#database)];
    const known = times.filter((it) => it !== null);
    return known.length === 0 ? null : Math.min(...known);
  }

  /** Records the outcomes of attempts, and what these tell of the chats, in one transaction. */
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
      // The chat gave a sign of life while the attempt was recorded.
      if (step.state === "paused" && this.#chats.wasSeenSince(chatId, claimedAt)) {
        await reach.restore(chatId, now);
      }
      if (step.state === "sent" || (step.state === "due" && step.told != null)) {
        await reach.noteArrived(chatId, claimedAt, now);
      }
    }
  }

  #judged({ delivery: { chatId, claimedAt }, step }: Attempt, now: number): NextStep {
    // Two chats that have each become the other lead nowhere, so the move is not followed.
    const isCircle = step.state === "due" && step.movedTo !== undefined &&
      this.#chats.leadsBack(chatId, step.movedTo);
    if (isCircle) return { state: "paused", why: "circle", error: step.error ?? "circle" };
    // A chat that wrote to the bot after the claim is reachable: the refusal is outdated.
    const isOutdated = step.state === "paused" && this.#chats.wasSeenSince(chatId, claimedAt);
    return isOutdated ? { state: "due", at: now, error: step.error } : step;
  }

  /**
   * To be called once at start: counts the attempts of a killed run, whose outcome was never
   * recorded, as made. Returns their number; Telegram may or may not have these messages.
   */
  async countUnfinished(now: number): Promise<number> {
    const rows = await this.#database.write(async (it) => {
      // A delivery created in the future: the clock was wrong then, or is now.
      await it.rows(
        `UPDATE deliveries SET created_at = ?1, next_attempt_at = ?1
         WHERE state = 'due' AND created_at > ?1`,
        [now],
      );
      await storeLostNights(it, now);
      return await it.rows(
        `UPDATE deliveries SET begun_at = NULL, attempts = attempts + 1
         WHERE state = 'due' AND begun_at IS NOT NULL RETURNING id`,
      );
    });
    return rows.length;
  }

  /** Sends ended or begun in the last minute, which Telegram still counts against its limits. */
  async recentSends(now: number): Promise<{ chatId: number; agoMs: number }[]> {
    // Deliveries as young as that belong to the newest changes, by which an index finds them.
    const rows = await this.#database.rows(
      `SELECT chat_id, COALESCE(settled_at, begun_at) AS at FROM deliveries
       WHERE change_id > (SELECT COALESCE(MAX(id), 0) FROM changes) - ?
         AND COALESCE(settled_at, begun_at) BETWEEN ? AND ? AND chat_id ${READABLE}`,
      [NEWEST_CHANGES, now - COUNTED_MS, now],
    );
    return rows.map((it) => ({ chatId: Number(it["chat_id"]), agoMs: now - Number(it["at"]) }));
  }

  /** Chats that a 429 still holds, by their pending deliveries, each with the rest of the hold. */
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

  /** Gives back claimed deliveries without an attempt. */
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

  /**
   * Makes deliveries that wait for a retry due now, except rejected ones and those of unreachable
   * chats.
   */
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

  /** Stores a notice about the bot itself, to be told to these administrators. */
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
/** Longest time for which Telegram counts messages against a limit. */
const COUNTED_MS = 60_000;
/** Longest time for which a 429 puts off a delivery. */
const LONGEST_HOLD_MS = 3_600_000;

/**
 * Condition: the delivery is the oldest due one of its chat. A delivery that Telegram rejects holds
 * up later ones of its incident only, and these hold up no others. An edit of a card that was put off
 * beyond `time` holds up none, and a bulletin (turn -1) no alerts.
 */
const isFirst = (time: string) =>
  `NOT EXISTS (SELECT 1 FROM deliveries e
  WHERE e.state = 'due' AND e.chat_id = d.chat_id AND e.id < d.id AND e.turn >= MIN(d.turn, 0)
    AND NOT (e.next_attempt_at > ${time}
      AND (SELECT kind FROM changes WHERE changes.id = e.change_id) = 'card')
    AND (e.incident_id = d.incident_id OR e.refusals = 0 AND NOT EXISTS (SELECT 1 FROM deliveries r
      WHERE r.state = 'due' AND r.chat_id = e.chat_id AND r.id < e.id AND r.refusals > 0
        AND r.incident_id = e.incident_id)))`;

/** Alerts to chats of the settings, alerts to subscribers, bulletins: an index for each. */
const RANKS = ["turn = 0", "turn > 0", "turn < 0"] as const;

/** Query for due deliveries, by rank; each part reads an index of its own, no further than its limit. */
const DUE = RANKS.map((rank) => `
  SELECT id FROM (SELECT id FROM deliveries d
    WHERE state = 'due' AND ${rank} AND next_attempt_at <= ?1
      -- No index by chat: there is nothing to be sorted.
      AND +chat_id >= ?4 AND +chat_id ${READABLE} AND +chat_id NOT IN (SELECT value FROM json_each(?2))
      AND ${isFirst("?1")}
    ORDER BY next_attempt_at, turn, id LIMIT ?3)`).join(" UNION ALL ") + " LIMIT ?3";

function asJson(ids: Iterable<number>): string {
  return JSON.stringify([...ids]);
}
