import type { Portal } from "../domain/portal.ts";
import type { Connection, Database } from "./database.ts";
import { storeNotice } from "./reach_rows.ts";

/** So many a chat may have. */
const MOST_PORTALS = 10;
const WEEK_MS = 7 * 24 * 3_600_000;

/** A region that chats have portals in, and how many of them. */
export interface Wanted {
  readonly region: string;
  readonly chats: number;
}

/** The portals that each chat looks after. Their names are the chat's own and go to nobody else. */
export class Portals {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** In the order in which they were added. */
  async of(chatId: number): Promise<Portal[]> {
    return await portalsOf(this.#database, chatId);
  }

  /** Remembers a portal, or its region where that was not known; null where the chat has enough. */
  async add(
    chatId: number,
    { address, region }: Pick<Portal, "address" | "region">,
    now: number,
  ): Promise<Portal | null> {
    return await this.#database.write(async (it) => {
      const known = await portalsOf(it, chatId);
      const same = known.find((portal) => portal.address === address);
      if (same) return same;
      if (known.length >= MOST_PORTALS) return null;
      const addedAt = Math.max(now, (known.at(-1)?.addedAt ?? 0) + 1);
      // Chats that nobody subscribes are forgotten by this row, and their portals with them.
      await it.rows(`INSERT INTO chats (chat_id) VALUES (?) ON CONFLICT DO NOTHING`, [chatId]);
      await it.rows(
        `INSERT INTO portals (chat_id, address, region, added_at) VALUES (?, ?, ?, ?)`,
        [chatId, address, region ?? "", addedAt],
      );
      return { address, region, addedAt, isWatched: false };
    });
  }

  /** Says in which region a portal is; null where it is not there any more. */
  async locate(chatId: number, addedAt: number, region: string): Promise<Portal | null> {
    return await this.#database.write(async (it) => {
      await it.rows(`UPDATE portals SET region = ? WHERE chat_id = ? AND added_at = ?`, [
        region,
        chatId,
        addedAt,
      ]);
      return (await portalsOf(it, chatId)).find((portal) => portal.addedAt === addedAt) ?? null;
    });
  }

  /** Gives a portal another name; null where it is not there any more. Its zone stays what it was. */
  async rename(chatId: number, addedAt: number, address: string): Promise<Portal | null> {
    return await this.#database.write(async (it) => {
      const known = await portalsOf(it, chatId);
      const portal = known.find((portal) => portal.addedAt === addedAt);
      if (!portal) return null;
      await it.rows(`DELETE FROM portals WHERE chat_id = ? AND address = ? AND added_at <> ?`, [
        chatId,
        address,
        addedAt,
      ]);
      // Under either name the chat had it watched.
      const isWatched = portal.isWatched ||
        known.some((other) => other.address === address && other.isWatched);
      await it.rows(
        `UPDATE portals SET address = ?, watched = ? WHERE chat_id = ? AND added_at = ?`,
        [address, isWatched ? 1 : 0, chatId, addedAt],
      );
      return { ...portal, address, isWatched };
    });
  }

  async drop(chatId: number, addedAt: number): Promise<void> {
    await this.#database.write((it) =>
      it.rows(`DELETE FROM portals WHERE chat_id = ? AND added_at = ?`, [chatId, addedAt])
    );
  }

  /**
   * Tells the administrators how many chats have portals in regions that are not watched: at most once a
   * week, and only when the numbers are others.
   */
  async tellWanted(
    { watched, administrators, text, now }: {
      readonly watched: readonly string[];
      readonly administrators: readonly number[];
      readonly text: (wanted: readonly Wanted[]) => string;
      readonly now: number;
    },
  ): Promise<void> {
    const wanted = await wantedIn(this.#database, watched);
    if (wanted.length === 0 || administrators.length === 0) return;
    await this.#database.write(async (it) => {
      const told = JSON.stringify(await wantedIn(it, watched));
      const [row] = await it.rows(`SELECT value FROM settings WHERE name = ? LIMIT 1`, [TOLD]);
      const [at, before] = pairOf(row?.["value"]);
      // A clock that was set may have told any time.
      if (before === told || Math.abs(now - at) < WEEK_MS) return;
      await it.rows(
        `INSERT INTO settings (name, value) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        [TOLD, JSON.stringify([now, told])],
      );
      await storeNotice(it, text(JSON.parse(told)), administrators, now);
      it.ring();
    });
  }
}

/** Name of the setting: when the administrators were told which regions are wanted, and what. */
const TOLD = "wanted_regions";

function pairOf(value: unknown): [at: number, told: string] {
  try {
    const [at, told] = JSON.parse(String(value ?? ""));
    return [Number(at) || 0, String(told)];
  } catch {
    return [0, ""];
  }
}

async function portalsOf(it: Connection, chatId: number): Promise<Portal[]> {
  const rows = await it.rows(
    `SELECT address, region, added_at, watched FROM portals WHERE chat_id = ? ORDER BY added_at`,
    [chatId],
  );
  return rows.map((row) => ({
    address: String(row["address"]),
    region: row["region"] === "" ? null : String(row["region"]),
    addedAt: Number(row["added_at"]),
    isWatched: row["watched"] === 1,
  }));
}

/** Regions that are not watched but in which chats have portals, with the number of these chats; most chats first. */
async function wantedIn(it: Connection, watched: readonly string[]): Promise<Wanted[]> {
  const rows = await it.rows(
    `SELECT region, COUNT(DISTINCT chat_id) AS chats FROM portals
     WHERE region <> '' AND region NOT IN (SELECT value FROM json_each(?))
     GROUP BY region ORDER BY chats DESC, region`,
    [JSON.stringify(watched)],
  );
  return rows.map((row) => ({ region: String(row["region"]), chats: Number(row["chats"]) }));
}
