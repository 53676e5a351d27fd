import {
  type Acting,
  type Authored,
  type Bulletin,
  changeableUntil,
  type Done,
  isStaleDraft,
  nextBulletinAt,
} from "../domain/bulletin.ts";
import { bulletinOf, storeCopiesDue } from "./bulletin_rows.ts";
import type { Connection, Database, Writing } from "./database.ts";
import type { Hearers } from "./hearing_rows.ts";
import { storeNotice, storeProbes } from "./reach_rows.ts";
import { numberOrNull, READABLE } from "./rows.ts";
import { ruleOf } from "./rule_rows.ts";

/** Time for which drafts are kept. */
const DRAFTS_KEPT_MS = 24 * 3_600_000;

/** The bulletins of the bot's administrators: drafts, those that were sent, and their copies. */
export class Bulletins {
  readonly #database: Database;
  readonly #chats: Hearers;

  constructor(database: Database, chats: Hearers) {
    this.#database = database;
    this.#chats = chats;
  }

  /** Stores a draft, of a new bulletin or of another text for one that was sent. */
  async draft(
    draft: Pick<Bulletin, "region" | "corrects"> & {
      readonly by: number;
      readonly written: Authored;
    },
    now: number,
  ): Promise<Bulletin> {
    const { by, region, corrects, written: { text, entities } } = draft;
    return await this.#database.write(async (it) => {
      await it.rows(`DELETE FROM bulletins WHERE sent_at IS NULL AND drafted_at < ?`, [
        now - DRAFTS_KEPT_MS,
      ]);
      const [row] = await it.rows(
        `INSERT INTO bulletins (author_id, region, corrects, text, entities, drafted_at)
         VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
        [by, region, corrects, text.toWellFormed(), JSON.stringify(entities), now],
      );
      const stored = await this.#find(it, Number(row?.["id"]));
      if (stored === null) throw new Error("The draft is not there");
      return stored;
    });
  }

  /** A draft or a bulletin; null for none. */
  async find(id: number): Promise<Bulletin | null> {
    return await this.#find(this.#database, id);
  }

  async #find(it: Connection, id: number): Promise<Bulletin | null> {
    const [row] = await it.rows(
      `SELECT b.*, (SELECT COUNT(*) FROM deliveries WHERE change_id = b.change_id
         AND (message_id IS NOT NULL OR state IN ('due', 'paused', 'sent'))) AS copies
       FROM bulletins b WHERE id = ?`,
      [id],
    );
    if (!row) return null;
    const corrects = numberOrNull(row["corrects"]);
    if (corrects !== null) {
      const corrected = await this.#find(it, corrects);
      return bulletinOf({ ...row, region: corrected?.region ?? null }, corrected?.chats ?? 0);
    }
    const bulletin = bulletinOf(row, Number(row["copies"]));
    if (bulletin.sentAt !== null) return bulletin;
    return { ...bulletin, chats: (await this.#hearers(it, bulletin.region)).length };
  }

  /** Drops a draft. */
  async drop(id: number): Promise<void> {
    await this.#database.write((it) =>
      it.rows(`DELETE FROM bulletins WHERE sent_at IS NULL AND id = ?`, [id])
    );
  }

  /** Sends a draft, or has the bulletin corrected that it corrects, with a notice to other administrators. */
  async send(
    id: number,
    { by, notice, isLoud }: Acting & { readonly isLoud: boolean },
    now: number,
  ): Promise<Done> {
    return await this.#database.write(async (it): Promise<Done> => {
      const draft = await this.#find(it, id);
      if (draft === null) return { kind: "gone" };
      const before = draft.corrects === null ? draft : await this.#find(it, draft.corrects);
      if (before === null || before.isRemoved) return { kind: "gone" };
      if (draft.sentAt !== null) return { kind: "done before", bulletin: before };
      if (isStaleDraft(draft, now)) return { kind: "stale draft" };
      if (draft.corrects !== null && isTooLate(before, now)) return { kind: "too late" };
      const until = draft.corrects === null ? await this.#waitsUntil(it, now) : null;
      if (until !== null) return { kind: "too soon", until };
      const changeId = await storeChange(it, draft, now);
      await it.rows(`UPDATE bulletins SET sent_at = ?2, author_id = ?3 WHERE id = ?1`, [
        id,
        now,
        by,
      ]);
      if (draft.corrects === null) {
        await this.#storeCopies(it, draft, { changeId, isLoud, now });
      } else {
        await it.rows(
          `UPDATE bulletins SET (text, entities) = (SELECT text, entities FROM bulletins WHERE id = ?2),
             latest_change = ?3 WHERE id = ?1`,
          [draft.corrects, id, changeId],
        );
        await this.#storeCopiesDue(it, draft.corrects, now);
      }
      return await this.#done(it, before.id, { by, notice }, now);
    });
  }

  /** Removes a bulletin: copies that are still to be sent are dropped, the others are deleted. */
  async remove(id: number, acting: Acting, now: number): Promise<Done> {
    return await this.#database.write(async (it): Promise<Done> => {
      const before = await this.#find(it, id);
      if (before === null || before.sentAt === null || before.corrects !== null) {
        return { kind: "gone" };
      }
      if (before.isRemoved) return { kind: "done before", bulletin: before };
      if (isTooLate(before, now)) return { kind: "too late" };
      await it.rows(
        `UPDATE bulletins SET removed_at = ?2, removed_by = ?3, latest_change = ?4 WHERE id = ?1`,
        [id, now, acting.by, await storeChange(it, before, now)],
      );
      // One whose send is under way has its message in a moment, and is deleted then.
      await it.rows(
        `UPDATE deliveries SET state = 'skipped', last_error = 'outdated'
         WHERE change_id = (SELECT change_id FROM bulletins WHERE id = ?) AND message_id IS NULL
           AND state IN ('due', 'paused') AND begun_at IS NULL`,
        [id],
      );
      await this.#storeCopiesDue(it, id, now);
      return await this.#done(it, id, acting, now, before.chats);
    });
  }

  /** Time until which no other bulletin is sent; null for now. */
  async #waitsUntil(it: Connection, now: number): Promise<number | null> {
    const [row] = await it.rows(
      `SELECT MAX(sent_at) AS last FROM bulletins WHERE change_id IS NOT NULL`,
    );
    return nextBulletinAt(numberOrNull(row?.["last"]), now);
  }

  async #done(
    it: Writing,
    id: number,
    { by, notice }: Acting,
    now: number,
    chats?: number,
  ): Promise<Done> {
    const found = await this.#find(it, id);
    if (found === null) return { kind: "gone" };
    const bulletin = { ...found, chats: chats ?? found.chats };
    const others = this.#chats.administrators.filter((it) => it !== by);
    await storeNotice(it, notice(bulletin), others, now);
    it.ring();
    return { kind: "done", bulletin };
  }

  async #storeCopies(
    it: Writing,
    { id, region }: Bulletin,
    { changeId, isLoud, now }: { changeId: number; isLoud: boolean; now: number },
  ): Promise<void> {
    await it.rows(`UPDATE bulletins SET change_id = ?2, latest_change = ?2 WHERE id = ?1`, [
      id,
      changeId,
    ]);
    await it.rows(
      `INSERT INTO deliveries (change_id, chat_id, notify, state, next_attempt_at, created_at, turn)
       SELECT ?2, value, ?3,
         iif(value IN (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL), 'paused', 'due'),
         ?4, ?4, -1 FROM json_each(?1)`,
      [JSON.stringify(await this.#hearers(it, region)), changeId, Number(isLoud), now],
    );
    await storeProbes(it, now);
  }

  async #storeCopiesDue(it: Writing, id: number, now: number): Promise<void> {
    const [row] = await it.rows(`SELECT change_id FROM bulletins WHERE id = ?`, [id]);
    await storeCopiesDue(it, Number(row?.["change_id"]), now);
    await storeProbes(it, now);
  }

  /** The chats that hear a region, whatever of it; those of the settings first. */
  async #hearers(it: Connection, region: string | null): Promise<number[]> {
    const { groups, toldSubscribers } = this.#chats;
    const rows = await it.rows(
      `SELECT h.rule, json_group_array(c.chat_id) AS chats
       FROM (SELECT value AS chat_id FROM json_each(?1) UNION ${toldSubscribers}) c
         LEFT JOIN chats h USING (chat_id) WHERE c.chat_id ${READABLE} GROUP BY 1`,
      [JSON.stringify(groups)],
    );
    const hearing = rows.filter((row) => {
      const { regions } = ruleOf(row["rule"]);
      return region === null || regions === null || regions.includes(region);
    });
    const isFirst = new Set(groups);
    const chats = hearing.flatMap((row): number[] => JSON.parse(String(row["chats"])));
    return [...chats.filter((it) => isFirst.has(it)), ...chats.filter((it) => !isFirst.has(it))];
  }
}

function isTooLate({ sentAt }: Bulletin, now: number): boolean {
  return now > changeableUntil(sentAt ?? 0);
}

async function storeChange(it: Connection, { region }: Bulletin, now: number): Promise<number> {
  const [row] = await it.rows(
    `INSERT INTO changes (kind, reason, region, at) VALUES ('bulletin', '', ?, ?) RETURNING id`,
    [region ?? "", now],
  );
  return Number(row?.["id"]);
}
