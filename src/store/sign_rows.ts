import type { Delivery } from "../delivering/outbox.ts";
import { byNight, type Hearing } from "../domain/hearing.ts";
import { nightAt } from "../domain/night.ts";
import { isSignKind, type SignKind, type SignNews, TOLD_AS } from "../domain/portal_watch.ts";
import { regionAliases } from "../domain/region.ts";
import type { Connection, Writing } from "./database.ts";
import { type Hearers, NIGHT, storeHeard } from "./hearing_rows.ts";
import { storeProbes } from "./reach_rows.ts";
import { ruleOf } from "./rule_rows.ts";
import { numberOrNull, READABLE } from "./rows.ts";

// A sign is told like an incident: by a message, edits, and a reply at the end. Its changes have
// kinds of their own; one of kind 'sign' begins an episode, which lasts until the portal's next one
// of this kind.

/** A change of the sign of a portal, or of the early signal of a region. */
export interface SignChange {
  readonly kind: SignKind;
  /** An address, or a region such as `.ru`. */
  readonly portal: string;
  readonly region: string;
  readonly since: number;
  readonly sight: SignNews["sight"];
  /** Time at which the change was seen; `now`: the present time. */
  readonly at: number;
  readonly now: number;
}

/**
 * Condition: the chat `c.chat_id` gets alerts; `?2` is the JSON array of the chats of the settings.
 */
export function hearsAlerts(chats: Hearers): string {
  return `(c.chat_id IN (SELECT value FROM json_each(?2)) OR c.chat_id IN (${chats.toldSubscribers}))`;
}

/** Query for the newest change of each sign that goes on; fast however many signs are over. */
export const SIGNS = `(SELECT c.* FROM portal_watches w JOIN changes c
    ON c.id = (SELECT MAX(id) FROM changes WHERE portal = w.address)
  WHERE w.state LIKE '%"told"%' AND c.kind IN ('sign', 'sign again'))`;

/** The signs that are going on in a region, oldest first. */
export async function signsIn(
  it: Connection,
  region: string,
): Promise<{ portal: string; since: number; changeId: number }[]> {
  const rows = await it.rows(
    `SELECT id, portal, since FROM ${SIGNS} WHERE region = ?1 ORDER BY since`,
    [region],
  );
  return rows.map((row) => ({
    portal: String(row["portal"]),
    since: Number(row["since"]),
    changeId: Number(row["id"]),
  }));
}

/** Whether a region has an open incident, by the checks or entered by hand. */
export async function isTroubled(it: Connection, region: string): Promise<boolean> {
  const rows = await it.rows(
    `SELECT 1 FROM incidents WHERE status = 'active'
       AND LOWER(TRIM(region)) IN (SELECT value FROM json_each(?)) LIMIT 1`,
    [JSON.stringify(regionAliases(region))],
  );
  return rows.length > 0;
}

/**
 * Part of a transaction: stores a change of a sign with its deliveries. `among`: a query for the
 * chats, in which `?1` is the portal and `?3` the region.
 */
export async function storeSign(
  it: Writing,
  change: SignChange,
  { among, chats }: { among: string; chats: Hearers },
): Promise<void> {
  const { kind, portal, region, since, sight, at } = change;
  const [stored] = await it.rows(
    `INSERT INTO changes (kind, reason, region, portal, since, problem, at)
     VALUES (?, '', ?, ?, ?, ?, ?) RETURNING id`,
    [kind, region, portal, since, sight, at],
  );
  await storeSignFor(it, { ...change, changeId: Number(stored?.["id"]) }, { among, chats });
}

/**
 * Part of a transaction: stores the deliveries of a stored change, for chats without one so far.
 */
export async function storeSignFor(
  it: Writing,
  { changeId, kind, portal, region, now }:
    & Pick<SignChange, "kind" | "portal" | "region" | "now">
    & { readonly changeId: number },
  { among, chats }: { among: string; chats: Hearers },
): Promise<void> {
  const rows = await it.rows(
    `WITH told AS MATERIALIZED (SELECT d.chat_id, MAX(d.state NOT IN ('waiting', 'skipped')
           OR COALESCE(d.shown_change, d.told_change) IS NOT NULL) AS shown,
         MAX(d.state = 'waiting') AS waits, MAX(s.kind = 'sign over') AS was_over,
         MAX(s.kind = 'sign taken' AND d.state <> 'skipped') AS is_taken
       FROM changes s JOIN deliveries d ON d.change_id = s.id
       WHERE s.portal = ?1 AND s.id >= (SELECT MAX(id) FROM changes WHERE portal = ?1 AND kind = 'sign')
       GROUP BY d.chat_id)
     SELECT c.chat_id, h.rule, shown, waits, was_over, is_taken, ${NIGHT} AS night,
       EXISTS (SELECT 1 FROM incidents i JOIN deliveries d ON d.incident_id = i.id
         WHERE i.status = 'active' AND i.region = ?3 AND d.chat_id = c.chat_id
           AND d.state <> 'skipped') AS has_alert
     FROM (${among}) c LEFT JOIN chats h USING (chat_id) LEFT JOIN told USING (chat_id)
     WHERE c.chat_id ${READABLE} AND ${hearsAlerts(chats)} GROUP BY c.chat_id`,
    [portal, JSON.stringify(chats.groups), region],
  );
  const heard = rows.flatMap((row) => {
    const rule = ruleOf(row["rule"]);
    if (portal.startsWith(".") && !(rule.regions?.includes(region) ?? true)) return [];
    const alert = row["shown"] === 1 ? "shown" : row["waits"] === 1 ? "waiting" : null;
    const day = dayOf(kind, {
      has: alert !== null,
      wasOver: row["was_over"] === 1,
      isTaken: row["is_taken"] === 1,
      hasAlert: row["has_alert"] === 1,
      policy: chats.policy,
    });
    const hearing = byNight(day, {
      night: nightAt(rule.quiet, now),
      isOutage: kind !== "no portal",
      known: { alert },
      kind: TOLD_AS[kind],
    });
    const night = numberOrNull(row["night"]);
    return [{ chats: `[${row["chat_id"]}]`, rule, hearing, night }];
  });
  if (heard.every(({ hearing }) => hearing.how === "not")) return;
  await storeHeard(it, heard, { changeId, incidentId: null, chats, now });
  await storeProbes(it, now);
  it.ring();
}

/**
 * How a chat hears of a change of a sign by day. `has`: the chat was told of the sign, or will be.
 */
function dayOf(
  kind: SignKind,
  { has, wasOver, isTaken, hasAlert, policy }: {
    has: boolean;
    /** Whether the chat was told before that the sign is over. */
    wasOver: boolean;
    isTaken: boolean;
    /** Whether the chat has the alert of the region's incident. */
    hasAlert: boolean;
    policy: Hearers["policy"];
  },
): Exclude<Hearing, { how: "later" }> {
  const now = (notify: boolean, begins = false) =>
    ({ how: "now", notify, isSilent: false, begins, isMuted: false }) as const;
  const not = { how: "not", why: null } as const;
  switch (kind) {
    case "no portal":
      return now(true);
    case "sign":
      return policy.issues && !has ? now(true, true) : not;
    case "sign again":
      return has ? now(false) : policy.issues ? now(true, true) : not;
    case "sign taken":
      return has && hasAlert ? now(false) : not;
    case "sign over":
      return has && !isTaken ? now(policy.recovery && !wasOver) : not;
  }
}

/**
 * Part of a transaction: adds to claimed deliveries of signs the present state and the chat's
 * message.
 */
export async function withSigns(
  it: Connection,
  claimed: readonly Delivery[],
): Promise<Delivery[]> {
  const ids = claimed.filter((delivery) => isSignKind(delivery.kind)).map(({ id }) => id);
  if (ids.length === 0) return [...claimed];
  // Of each delivery (`own`) the episode, from `first` to `next`, and what the chat knows of it
  // (`known`).
  const rows = await it.rows(
    `WITH own AS MATERIALIZED (
       SELECT d.id, d.chat_id, c.portal, c.kind AS own_kind, c.id AS own_change,
         (SELECT MAX(id) FROM changes WHERE portal = c.portal AND kind = 'sign' AND id <= c.id) AS first,
         COALESCE((SELECT MIN(id) FROM changes
           WHERE portal = c.portal AND kind = 'sign' AND id > c.id), 9e15) AS next
       FROM deliveries d JOIN changes c ON c.id = d.change_id
       WHERE d.id IN (SELECT value FROM json_each(?))),
     known AS MATERIALIZED (
       SELECT own.id, MAX(s.id) AS latest,
         MAX(e.shown_change) AS shown, MAX(e.told_change) AS told,
         MAX(iif(e.shown_change IS NULL, NULL, e.message_id)) AS message_id
       FROM own JOIN changes s ON s.portal = own.portal AND s.id >= COALESCE(first, own_change)
           AND s.id < next AND (s.kind = 'no portal') = (own_kind = 'no portal')
         JOIN deliveries e ON e.change_id = s.id AND e.chat_id = own.chat_id
       GROUP BY own.id)
     SELECT known.*, c.portal, c.kind, c.since, c.at, c.problem,
       (SELECT kind FROM changes WHERE id = told) AS told_kind,
       (SELECT kind FROM changes WHERE id = MAX(COALESCE(shown, 0), COALESCE(told, 0))) AS known_kind
     FROM known JOIN changes c ON c.id = known.latest`,
    [JSON.stringify(ids)],
  );
  const byId = new Map(rows.map((row) => [Number(row["id"]), row]));
  return claimed.map((delivery) => {
    const row = byId.get(delivery.id);
    if (!row) return delivery;
    const portal = String(row["portal"]);
    const shown = numberOrNull(row["shown"]);
    const told = numberOrNull(row["told"]);
    return {
      ...delivery,
      latestChangeId: Number(row["latest"]),
      sign: {
        portal: portal.startsWith(".") ? null : portal,
        latest: String(row["kind"]) as SignKind,
        sight: row["problem"] as SignNews["sight"],
        since: Number(row["since"]),
        endedAt: Number(row["at"]),
      },
      alert: shown === null && told === null ? null : {
        messageId: numberOrNull(row["message_id"]),
        shown: shown ?? 0,
        told: told ?? 0,
        hasHeardEnd: row["told_kind"] === "sign over",
        isOver: row["known_kind"] === "sign over",
      },
    };
  });
}
