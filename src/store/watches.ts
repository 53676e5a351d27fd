import type { LinkSight, PortalEvidence } from "../domain/evidence.ts";
import {
  afterwards,
  type PortalWatch,
  type RegionStanding,
  REST,
  signed,
  type SwitchProblem,
  watched,
  writtenWatch,
} from "../domain/portal_watch.ts";
import type { Chats } from "./chats.ts";
import type { Connection, Database, Writing } from "./database.ts";
import { storeNotice } from "./reach_rows.ts";
import { textOf } from "./rows.ts";
import { hearsAlerts, isTroubled, SIGNS, signsIn, storeSign, storeSignFor } from "./sign_rows.ts";

/** A portal that chats have watched. */
export interface WatchedPortal {
  readonly address: string;
  readonly region: string;
}

/** The result of a probe of a portal, with the states of the own link and of the region. */
export interface Look {
  readonly evidence: PortalEvidence;
  readonly link: LinkSight;
  readonly region: RegionStanding;
}

/**
 * Limits of watched portals for chats that the settings do not name: for one chat, and for all
 * together.
 */
const MOST_OF_CHAT = 3;
const MOST_OF_ALL = 500;
/**
 * Number of failing portals in a region, and of chats that watch these, that make an early signal.
 */
const EARLY = 3;

const WATCHERS = `SELECT chat_id FROM portals WHERE address = ?1 AND watched = 1`;
/** Chats that want early signals. */
const EARLY_CHATS =
  `SELECT chat_id FROM chats WHERE iif(json_valid(rule), rule ->> '$.signals', 0) = 1`;
/** Chats that want early signals and watch none of the failing portals. */
const EARLY_OTHERS = `${EARLY_CHATS} AND chat_id NOT IN
  (SELECT chat_id FROM portals WHERE watched = 1 AND address IN (SELECT portal FROM ${SIGNS} WHERE region = ?3))`;

/** The watched portals, their states, and the signs that chats are told of. */
export class Watches {
  readonly #database: Database;
  readonly #chats: Chats;
  readonly #earlyText: EarlyText;

  constructor(database: Database, chats: Chats, earlyText: EarlyText) {
    this.#database = database;
    this.#chats = chats;
    this.#earlyText = earlyText;
  }

  /** The portals to be probed in these regions, each once, however many chats watch it. */
  async all(regions: readonly string[]): Promise<WatchedPortal[]> {
    const rows = await this.#database.rows(
      `SELECT address, MIN(region) AS region FROM portals c
       WHERE watched = 1 AND region IN (SELECT value FROM json_each(?1))
         AND chat_id NOT IN (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL)
         AND ${hearsAlerts(this.#chats)} GROUP BY address ORDER BY address`,
      [JSON.stringify(regions), JSON.stringify(this.#chats.groups)],
    );
    return rows.map((row) => ({ address: String(row["address"]), region: String(row["region"]) }));
  }

  /**
   * Stores what follows from a probe: the portal's state and deliveries of a sign, in one
   * transaction.
   */
  async look({ address, region }: WatchedPortal, look: Look, now: number): Promise<void> {
    const known = await stateOf(this.#database, address);
    const foreseen = watched(known, look);
    if (foreseen.news === null && JSON.stringify(foreseen.state) === JSON.stringify(known)) return;
    await this.#database.write(async (it) => {
      // Whoever had it watched may have left, or be forgotten, while it was asked.
      if ((await it.rows(`${WATCHERS} LIMIT 1`, [address])).length === 0) return;
      const standing = await isTroubled(it, region) ? "trouble" : look.region;
      const { state, news } = watched(await stateOf(it, address), { ...look, region: standing });
      await storeState(it, address, state);
      if (news === null) return;
      await storeSign(it, {
        kind: news,
        portal: address,
        region,
        since: state.sign?.since ?? look.evidence.at,
        sight: look.evidence.sight,
        at: state.sign?.endedAt ?? look.evidence.at,
        now,
      }, { among: WATCHERS, chats: this.#chats });
      if (news === "no portal") {
        await it.rows(`UPDATE portals SET watched = 0 WHERE address = ?`, [address]);
        await it.rows(`DELETE FROM portal_watches WHERE address = ?`, [address]);
      }
      await this.#lookAtRegion(it, { region, standing, now });
    });
  }

  /** To be called when a region is in trouble: its alert takes over the signs of its portals. */
  async turned(region: string, now: number): Promise<void> {
    if ((await signsIn(this.#database, region)).length === 0) return;
    await this.#database.write(async (it) => {
      for (const { portal, since } of await signsIn(it, region)) {
        const state = await stateOf(it, portal);
        const news = signed(state.sign, { isFailing: true, region: "trouble", at: now });
        if (news === null) continue;
        const sign = afterwards(state.sign, news, { since, at: now });
        await storeState(it, portal, { ...state, sign });
        const among = portal.startsWith(".") ? EARLY_CHATS : WATCHERS;
        await storeSign(
          it,
          { kind: news, portal, region, since, sight: null, at: now, now },
          { among, chats: this.#chats },
        );
      }
    });
  }

  /**
   * To be called each period: removes the states of portals that no chat watches any more, and
   * tells of failing portals the chats that watch these only since the failure began.
   */
  async tidy(regions: readonly string[], standing: Standing, now: number): Promise<void> {
    const orphans = `address NOT LIKE '.%'
      AND address NOT IN (SELECT address FROM portals WHERE watched = 1)`;
    const [some] = await this.#database.rows(
      `SELECT EXISTS (SELECT 1 FROM portal_watches WHERE ${orphans}) AS is_orphaned,
         EXISTS (SELECT 1 FROM portal_watches WHERE state LIKE '%"told"%') AS is_failing LIMIT 1`,
    );
    if (some?.["is_orphaned"] !== 1 && some?.["is_failing"] !== 1) return;
    await this.#database.write(async (it) => {
      await it.rows(`DELETE FROM portal_watches WHERE ${orphans}`);
      for (const region of regions) {
        // Where Bitrix24 has announced something, nobody is told that it has not.
        const isNews = standing(region) === "well" && !await isTroubled(it, region);
        for (const { portal, changeId } of isNews ? await signsIn(it, region) : []) {
          const among = portal.startsWith(".") ? EARLY_OTHERS : WATCHERS;
          const sign = { changeId, kind: "sign", portal, region, now } as const;
          await storeSignFor(it, sign, { among, chats: this.#chats });
        }
        await this.#lookAtRegion(it, { region, standing: standing(region), now });
      }
    });
  }

  /**
   * Switches the watch of a chat's portal. Returns the reason when that is impossible, null when
   * done.
   */
  async switch(
    chatId: number,
    addedAt: number,
    on: boolean,
  ): Promise<SwitchProblem | null> {
    return await this.#database.write(async (it) => {
      const [portal] = await it.rows(
        `SELECT watched FROM portals WHERE chat_id = ? AND added_at = ?`,
        [chatId, addedAt],
      );
      if (!portal) return "gone";
      if (on && portal["watched"] === 0 && !this.#chats.isConfigured(chatId)) {
        const [count] = await it.rows(
          `SELECT COUNT(*) AS all_of_them, TOTAL(chat_id = ?1) AS here FROM portals
           WHERE watched = 1 AND chat_id NOT IN (SELECT value FROM json_each(?2))`,
          [chatId, JSON.stringify(this.#chats.groups)],
        );
        if (Number(count?.["here"]) >= MOST_OF_CHAT) return "too many here";
        if (Number(count?.["all_of_them"]) >= MOST_OF_ALL) return "too many in all";
      }
      await it.rows(`UPDATE portals SET watched = ? WHERE chat_id = ? AND added_at = ?`, [
        on ? 1 : 0,
        chatId,
        addedAt,
      ]);
      return null;
    });
  }

  /**
   * Begins or ends the early signal of a region, by the number of its failing portals and their
   * chats.
   */
  async #lookAtRegion(
    it: Writing,
    { region, standing, now }: { region: string; standing: RegionStanding; now: number },
  ): Promise<void> {
    const portal = `.${region}`;
    const failing = (await signsIn(it, region)).filter((sign) => sign.portal !== portal);
    const [row] = await it.rows(
      `SELECT COUNT(DISTINCT chat_id) AS count FROM portals c
       WHERE watched = 1 AND address IN (SELECT value FROM json_each(?1))
         AND ${hearsAlerts(this.#chats)}`,
      [JSON.stringify(failing.map((sign) => sign.portal)), JSON.stringify(this.#chats.groups)],
    );
    const isFailing = failing.length >= EARLY && Number(row?.["count"]) >= EARLY;
    const state = await stateOf(it, portal);
    // Readings that are bad and open nothing yet take nothing over.
    const isBegun = standing === "trouble" && !await isTroubled(it, region);
    const news = signed(state.sign, { isFailing, region: isBegun ? "unknown" : standing, at: now });
    if (news === null) return;
    const since = isFailing ? failing[0]?.since ?? now : state.sign?.since ?? now;
    await storeState(it, portal, {
      ...REST,
      sign: afterwards(state.sign, news, { since, at: now }),
    });
    await storeSign(it, { kind: news, portal, region, since, sight: null, at: now, now }, {
      among: isFailing ? EARLY_OTHERS : EARLY_CHATS,
      chats: this.#chats,
    });
    if (news !== "sign") return;
    const text = this.#earlyText(region, failing.length, since);
    await storeNotice(it, text, this.#chats.administrators, now);
  }
}

/** The notice to the administrators of an early signal; it names no portal. */
type EarlyText = (region: string, portals: number, since: number) => string;
/** The present state of a region, from memory. */
type Standing = (region: string) => RegionStanding;

/** The stored state of a portal; {@linkcode REST} for a missing or illegible one. */
async function stateOf(it: Connection, address: string): Promise<PortalWatch> {
  const [row] = await it.rows(
    `SELECT CAST(state AS BLOB) AS state FROM portal_watches WHERE address = ? LIMIT 1`,
    [address],
  );
  return (row && writtenWatch(textOf(row["state"]))) ?? REST;
}

async function storeState(it: Connection, address: string, state: PortalWatch): Promise<void> {
  await it.rows(
    `INSERT INTO portal_watches (address, state) VALUES (?, ?)
     ON CONFLICT (address) DO UPDATE SET state = excluded.state`,
    [address, JSON.stringify(state)],
  );
}
