import {
  type Answered,
  type Ask,
  type Hand,
  type Holder,
  press,
  type Pressed,
  UNTIL_END,
} from "../domain/card.ts";
import { nextQuiet } from "../domain/hush.ts";
import { NOBODY, storeCardEdit } from "./card_rows.ts";
import type { Connection, Database, Writing } from "./database.ts";
import { cardKey, storeCardKey } from "./failure_cards.ts";
import type { Hearers } from "./hearing_rows.ts";
import { type Card, cardOf } from "./told_cards.ts";

interface CardsDeps {
  readonly database: Database;
  readonly chats: Hearers;
}

const DAY_MS = 24 * 3_600_000;

/** Condition: the hour without sound goes on, which a relapse has to heed. `?2`: now. */
const IS_QUIET = `quiet_until BETWEEN ?2 AND ${UNTIL_END - 1}`;
/** Query for cards that nobody needs any more; `?1`: ends before it are long ago. */
const OVER = `SELECT chat_id, incident_id FROM cards c
  WHERE incident_id > 0 AND (holder_id IS NOT NULL OR ${IS_QUIET} IS NOT TRUE) AND NOT EXISTS (SELECT 1 FROM incidents i WHERE i.id = c.incident_id
    AND (status = 'active' OR (SELECT MAX(at) FROM changes WHERE incident_id = i.id) > ?1
      AND EXISTS (SELECT 1 FROM deliveries WHERE incident_id = i.id AND chat_id = c.chat_id
        AND state IN ('due', 'paused', 'waiting'))))
  OR incident_id < 0 AND NOT EXISTS (SELECT 1 FROM changes s
    LEFT JOIN deliveries d ON d.change_id = s.id AND d.chat_id = c.chat_id
    WHERE s.drill_id = -c.incident_id AND s.at > ?1 GROUP BY s.drill_id
    HAVING MAX(s.kind = 'closed') = 0 OR MAX(d.state IN ('due', 'paused', 'waiting')) = 1)`;

/** Longest wait of a card for the name of its new holder. */
const NAME_MS = 2_000;
/** Questions, and former holders, that are remembered, the latest ones. */
const REMEMBERED = 1_000;

/** Who looks after which incident in which chat. */
export class Cards {
  readonly #database: Database;
  readonly #chats: Hearers;
  readonly #first: string;
  /** The last question of each person at each card, oldest first. */
  readonly #asks = new Map<string, Ask>();
  /** From whom each person took a card over whose name Telegram has not told yet, oldest first. */
  readonly #before = new Map<string, Holder>();

  /** When each person last let go of a card, oldest first. */
  readonly #released = new Map<string, number>();

  constructor({ database, chats }: CardsDeps) {
    this.#database = database;
    this.#chats = chats;
    this.#first = JSON.stringify([...chats.groups, ...chats.administrators]);
  }

  /** Decides a press, and stores holder and edit of the card in one transaction. */
  async press(pressedAt: Hand, now: number): Promise<Pressed> {
    const hand = await onCard(this.#database, pressedAt, cardKey);
    const key = keyOf(hand);
    const decide = (card: Card | null): Pressed => {
      if (card === null) return { kind: "unknown" };
      if (!card.isOpen) return { kind: "over" };
      const releasedAt = this.#released.get(key) ?? null;
      return press(card.holder, { ...hand, ask: this.#asks.get(key) ?? null, releasedAt, now });
    };
    // Most presses change nothing, so nothing is written.
    let pressed = decide(await cardOf(this.#database, hand, this.#chats));
    if (changes(pressed)) {
      pressed = await this.#database.write(async (it) => {
        await onCard(it, pressedAt);
        const card = await cardOf(it, hand, this.#chats);
        const pressed = decide(card);
        if (card !== null && changes(pressed)) await this.#store(it, hand, { card, pressed, now });
        if (card?.holder && pressed.kind === "taken over") {
          remember(this.#before, keyOf(pressedAt), card.holder);
        }
        if (pressed.kind === "released") remember(this.#released, key, now);
        return pressed;
      });
    }
    this.#asks.delete(key);
    if (pressed.kind === "asked") remember(this.#asks, key, pressed.ask);
    return pressed;
  }

  /** Stores what a person answers to the question whether they are still at it. */
  async answer(given: Hand, wish: "keep" | "release", now: number): Promise<Answered> {
    return await this.#database.write(async (it) => {
      const hand = await onCard(it, given);
      const { chatId, incidentId, person } = hand;
      const card = await cardOf(it, hand, this.#chats);
      if (card === null) return { kind: "unknown", holder: null };
      const { holder, isOpen } = card;
      if (!isOpen) return { kind: "over", holder };
      if (holder?.id !== person) return { kind: "other", holder };
      if (wish === "release") {
        await this.#store(it, hand, { card, pressed: { kind: "released" }, now });
        return { kind: "released", holder };
      }
      await it.rows(`UPDATE cards SET reminded_at = ? WHERE chat_id = ? AND incident_id = ?`, [
        now,
        chatId,
        incidentId,
      ]);
      // A question on its way is answered as well.
      await it.rows(
        `UPDATE deliveries SET state = 'skipped', last_error = 'outdated'
         WHERE chat_id = ? AND state IN ('due', 'paused')
           AND change_id IN (SELECT id FROM changes WHERE kind = 'reminder' AND since = ?)`,
        [chatId, holder.since],
      );
      return { kind: "kept", holder };
    });
  }

  /**
   * Sets the quiet that follows on the present one. Returns its end, null for none; undefined for an
   * incident that is over or has no card in this chat.
   */
  async hush(
    given: Pick<Hand, "chatId" | "incidentId">,
    now: number,
  ): Promise<number | null | undefined> {
    return await this.#database.write(async (it) => {
      const at = await onCard(it, given);
      const card = await cardOf(it, at, this.#chats);
      if (!card?.isOpen) return undefined;
      const quietUntil = nextQuiet(card, now);
      await it.rows(
        `INSERT INTO cards (chat_id, incident_id, quiet_until) VALUES (?, ?, ?)
         ON CONFLICT (chat_id, incident_id) DO UPDATE SET quiet_until = excluded.quiet_until`,
        [at.chatId, at.incidentId, quietUntil],
      );
      await this.#edit(it, at, now);
      return quietUntil;
    });
  }

  /** Ends the quiet whose hour is over, and has the cards say so. */
  async lift(now: number): Promise<void> {
    const over = `FROM cards WHERE quiet_until <= ?`;
    if ((await this.#database.rows(`SELECT 1 ${over} LIMIT 1`, [now])).length === 0) return;
    await this.#database.write(async (it) => {
      const rows = await it.rows(`SELECT chat_id, incident_id ${over}`, [now]);
      await it.rows(`UPDATE cards SET quiet_until = NULL WHERE quiet_until <= ?`, [now]);
      for (const row of rows) {
        const at = { chatId: Number(row["chat_id"]), incidentId: Number(row["incident_id"]) };
        if ((await cardOf(it, at, this.#chats))?.isOpen) await this.#edit(it, at, now);
      }
    });
  }

  /** Stores the name of a holder and has the card show it; "" for an anonymous person. */
  async name(hand: Hand, name: string, now: number): Promise<void> {
    this.#before.delete(keyOf(hand));
    await this.#database.write(async (it) => {
      const { chatId, incidentId, person } = await onCard(it, hand);
      const rows = await it.rows(
        `UPDATE cards SET holder_name = ?4 WHERE chat_id = ?1 AND incident_id = ?2 AND holder_id = ?3
           AND holder_name IS NULL RETURNING chat_id`,
        [chatId, incidentId, person, name],
      );
      if (rows.length > 0) await this.#edit(it, { chatId, incidentId }, now);
    });
  }

  /**
   * Takes an incident out of the hands of somebody who is no member of the chat, and gives it back to
   * whom they have it from.
   */
  async drop(hand: Hand, now: number): Promise<void> {
    const before = this.#before.get(keyOf(hand));
    this.#before.delete(keyOf(hand));
    const held = before
      ? [before.id, before.name ?? "", before.since, before.afterMs]
      : [null, null, null, null];
    await this.#database.write(async (it) => {
      const { chatId, incidentId, person } = await onCard(it, hand);
      const rows = await it.rows(
        `UPDATE cards SET holder_id = ?4, holder_name = ?5, held_at = ?6, held_after = ?7
         WHERE chat_id = ?1 AND incident_id = ?2 AND holder_id = ?3 RETURNING chat_id`,
        [chatId, incidentId, person, ...held],
      );
      if (rows.length > 0) await this.#edit(it, { chatId, incidentId }, now);
    });
  }

  /**
   * Removes what people did with cards of incidents that are over, once nothing is owed to their chats
   * any more, and a day after the end in any case.
   */
  async tidy(now: number): Promise<void> {
    const times = [now - DAY_MS, now];
    const [some] = await this.#database.rows(`SELECT EXISTS (${OVER}) AS is_any LIMIT 1`, times);
    if (some?.["is_any"] !== 1) return;
    await this.#database.write(async (it) => {
      const those = `(chat_id, incident_id) IN (${OVER})`;
      // A drill does not come back.
      const isUseless = `(incident_id < 0 OR ${IS_QUIET} IS NOT TRUE)`;
      await it.rows(`DELETE FROM cards WHERE ${isUseless} AND ${those}`, times);
      await it.rows(`UPDATE cards SET ${NOBODY} WHERE ${those}`, times);
    });
    // The names are still in the file beside the database.
    await this.#database.foldLog();
  }

  /** Holders whose name Telegram has not told yet. */
  async nameless(): Promise<Hand[]> {
    const rows = await this.#database.rows(
      `SELECT chat_id, incident_id, holder_id FROM cards
       WHERE holder_id IS NOT NULL AND holder_name IS NULL`,
    );
    return rows.map((row) => ({
      chatId: Number(row["chat_id"]),
      incidentId: Number(row["incident_id"]),
      person: Number(row["holder_id"]),
    }));
  }

  async #store(
    it: Writing,
    { chatId, incidentId, person }: Hand,
    { card, pressed, now }: { card: Card; pressed: Pressed; now: number },
  ): Promise<void> {
    if (pressed.kind === "released") {
      // Nobody is to be asked for a while who has it: this chat has not forgotten.
      await it.rows(
        `UPDATE cards SET ${NOBODY}, reminded_at = ? WHERE chat_id = ? AND incident_id = ?`,
        [now, chatId, incidentId],
      );
      return await this.#edit(it, { chatId, incidentId }, now);
    }
    const { toldAt } = card;
    await it.rows(
      `INSERT INTO cards (chat_id, incident_id, holder_id, held_at, held_after) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (chat_id, incident_id) DO UPDATE SET holder_id = excluded.holder_id,
         holder_name = NULL, held_at = excluded.held_at, held_after = excluded.held_after`,
      [chatId, incidentId, person, now, toldAt === null || toldAt > now ? null : now - toldAt],
    );
    await it.rows(
      `INSERT INTO chats (chat_id, has_taken) VALUES (?, 1)
       ON CONFLICT (chat_id) DO UPDATE SET has_taken = 1`,
      [chatId],
    );
    await this.#edit(it, { chatId, incidentId, inMs: NAME_MS }, now);
  }

  async #edit(
    it: Writing,
    card: { readonly chatId: number; readonly incidentId: number; readonly inMs?: number },
    now: number,
  ): Promise<void> {
    await storeCardEdit(it, { ...card, first: this.#first, now });
  }
}

function keyOf({ chatId, incidentId, person }: Hand): string {
  return `${chatId} ${incidentId} ${person}`;
}

function remember<T>(known: Map<string, T>, key: string, value: T): void {
  known.set(key, value);
  const [oldest] = known.keys();
  if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
}

/** The place of a press, with the incident by which the card goes that shows several. */
async function onCard<T extends Pick<Hand, "chatId" | "incidentId">>(
  it: Connection,
  at: T,
  keyOf = storeCardKey,
): Promise<T> {
  return { ...at, incidentId: await keyOf(it, at.chatId, at.incidentId) };
}

function changes({ kind }: Pressed): boolean {
  return kind === "taken" || kind === "taken over" || kind === "released";
}
