import type { Row } from "@libsql/client";
import type { Delivery } from "../delivering/outbox.ts";
import type { CardState } from "../domain/card.ts";
import type { NextStep } from "../domain/delivery.ts";
import { type Failing, failureOf, type Mate, sharedOf } from "../domain/failure.ts";
import { isHushed } from "../domain/hush.ts";
import type { IncidentChange } from "../domain/incident.ts";
import { toSqlTime } from "../domain/record.ts";
import { cardOf } from "./card_rows.ts";
import type { Connection } from "./database.ts";
import { gather, storeLeftCard } from "./failure_cards.ts";
import {
  alertOf,
  INCIDENT_COLUMNS,
  incidentOf,
  LATEST,
  numberOrNull,
  READABLE,
  turnsOf,
} from "./rows.ts";

/** Time for which an incident that is over may still be on a card with others. */
const OVER_MS = 24 * 3_600_000;

/** Query for open incidents of the bot's own, for {@linkcode failingOf}. */
export const FAILING = `
  SELECT ${INCIDENT_COLUMNS}, incidents.failure_id, (SELECT MAX(at) FROM changes
    WHERE incident_id = incidents.id AND kind IN ('opened', 'worsened')) AS begun_at
  FROM incidents WHERE status = 'active' AND origin = 'feed' AND id ${READABLE}`;

/** An incident in a row of {@linkcode FAILING}. */
export function failingOf(row: Row): Failing {
  const { id, severity, title, description } = incidentOf(row);
  return {
    incidentId: id,
    severity,
    title,
    details: description,
    failureId: numberOrNull(row["failure_id"]),
    begunAt: Number(row["begun_at"]),
  };
}

/** Part of a transaction: gives incidents the number of a new failure. */
export async function storeFailure(it: Connection, incidentIds: readonly number[]): Promise<void> {
  await it.rows(
    `UPDATE incidents SET failure_id = (SELECT COALESCE(MAX(failure_id), 0) + 1 FROM incidents
       WHERE failure_id IS NOT NULL)
     WHERE id IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(incidentIds)],
  );
}

/**
 * Part of a transaction: decides with which others an incident fails that has opened or become worse.
 */
export async function storeTogether(
  it: Connection,
  { kind, incident, at }: IncidentChange,
  togetherMs: number,
): Promise<void> {
  if ((kind !== "opened" && kind !== "worsened") || incident.id === null) return;
  const open = (await it.rows(FAILING)).map(failingOf);
  const own = open.find((it) => it.incidentId === incident.id);
  if (!own || open.length < 2) return;
  const others = open.filter((it) => it !== own);
  const decided = failureOf({ ...own, begunAt: at }, others, togetherMs);
  if (decided.kind === "as it was") return;
  if (decided.kind === "alone") return await storeFailure(it, [incident.id]);
  const { other } = decided;
  if (other.failureId === null) return await storeFailure(it, [other.incidentId, incident.id]);
  await it.rows(`UPDATE incidents SET failure_id = ? WHERE id = ?`, [other.failureId, incident.id]);
}

/**
 * Part of a transaction: adds to claimed deliveries of incidents that fail with others how these are told on
 * one card.
 */
export async function withFailures(
  it: Connection,
  rows: readonly Row[],
  claimed: readonly Delivery[],
  now: number,
): Promise<Delivery[]> {
  const about = claimed.filter((it) => it.incident !== null && it.failureId != null)
    .map((it) => [it.id, it.chatId, it.incident?.id ?? null, it.failureId ?? null]);
  if (about.length === 0) return [...claimed];
  const rowOf = new Map(rows.map((row) => [Number(row["id"]), row]));
  const incidents = new Map(
    (await it.rows(
      `SELECT ${INCIDENT_COLUMNS}, incidents.failure_id, ${LATEST} FROM incidents
       WHERE failure_id IS NOT NULL AND (status = 'active' OR end_time > ?1
         OR failure_id IN (SELECT value ->> 3 FROM json_each(?2)))`,
      [toSqlTime(now - OVER_MS), JSON.stringify(about)],
    )).map((row) => [Number(row["id"]), row]),
  );
  const mates = await it.rows(
    `SELECT own.value ->> 0 AS delivery_id, i.value AS incident_id, a.id AS alert_id, k.*,
       iif(a.id IS NULL, NULL, json_array(a.message_id, shown, told,
         (SELECT kind FROM changes WHERE id = told),
         (SELECT kind FROM changes WHERE id = MAX(COALESCE(shown, 0), COALESCE(told, 0))))) AS alert,
       (SELECT p.id FROM deliveries p JOIN changes c ON c.id = p.change_id
         WHERE p.incident_id = i.value AND p.chat_id = own.value ->> 1 AND p.state = 'due'
           AND p.notify = 1 AND p.attempts = 0 AND (c.kind IN ('opened', 'worsened') OR p.begins)
         ORDER BY p.id LIMIT 1) AS pending,
       EXISTS (SELECT 1 FROM deliveries e JOIN changes c ON c.id = e.change_id
         WHERE e.incident_id = i.value AND e.chat_id = own.value ->> 1 AND e.notify <> 0
           AND c.kind = 'closed' AND c.id > COALESCE(told, 0)
           AND e.state IN ('sent', 'skipped')) AS owes_end
     FROM json_each(?1) own JOIN json_each(?2) i ON i.value <> own.value ->> 2
       JOIN (SELECT d.incident_id, d.chat_id, MAX(iif(d.is_alert = 1, d.id, NULL)) AS newest,
           MAX(d.shown_change) AS shown, MAX(d.told_change) AS told
         FROM deliveries d WHERE d.incident_id IN (SELECT value FROM json_each(?2))
           AND d.chat_id IN (SELECT value ->> 1 FROM json_each(?1))
         GROUP BY d.incident_id, d.chat_id) k
         ON k.incident_id = i.value AND k.chat_id = own.value ->> 1
       LEFT JOIN deliveries a ON a.id = k.newest
     ORDER BY i.value`,
    [JSON.stringify(about), JSON.stringify([...incidents.keys()])],
  );
  const byDelivery = Map.groupBy(mates, (row) => Number(row["delivery_id"]));
  const cards = await cardsOf(it, mates, claimed);
  return claimed.map((delivery) => {
    const { id, failureId = null } = delivery;
    if (failureId === null || delivery.incident === null) return delivery;
    const row = rowOf.get(id);
    // What the quiet hours have silenced is for the morning to tell.
    const isMuted = !delivery.notify && (row?.["night"] !== null || row["notify"] !== 0);
    const mates = (byDelivery.get(id) ?? []).map((row) => {
      const mate = mateOf(row, incidents.get(Number(row["incident_id"])) as Row);
      return { ...mate, owesEnd: mate.owesEnd && !isMuted };
    });
    const { kind, alert } = delivery;
    const statesOf = (others: readonly Mate[]) =>
      others.map((it) => cards.get(`${delivery.chatId} ${it.incident.id}`));
    const there = mates.filter((it) => alert !== null && it.alert?.messageId === alert.messageId);
    const card = merged([delivery.card, ...statesOf(there)]);
    // It is a message of its own, about the card as it is.
    if (kind === "reminder") return { ...delivery, card, others: there.map((it) => it.incident) };
    const heard = isHushed({ kind, card }, now) ? { ...delivery, isSilent: true } : delivery;
    const leaves = numberOrNull(row?.["leaves"]);
    const shared = sharedOf(heard, { failureId, left: leaves, mates });
    // Whoever has a card still has the incidents that leave it; one that comes back is in no hands.
    const isBack = alert?.isOver === true && delivery.incident.isOpen;
    const own = isBack && card !== null ? { ...card, holder: null } : card;
    const before = shared.telling.kind === "leave" ? null : own;
    return { ...heard, shared, card: merged([...statesOf(shared.others), before]) };
  });
}

function mateOf(row: Row, incident: Row): Mate {
  const record = incidentOf(incident);
  return {
    incident: record,
    turns: turnsOf(String(incident["turns"]), record),
    failureId: Number(incident["failure_id"]),
    latest: Number(incident["latest_change_id"]),
    alert: row["alert"] === null
      ? null
      : { ...alertOf(String(row["alert"])), deliveryId: Number(row["alert_id"]) },
    pending: numberOrNull(row["pending"]),
    owesEnd: row["owes_end"] === 1 && !record.isOpen,
  };
}

/** What people did with the cards of the incidents, by chat and incident. */
async function cardsOf(
  it: Connection,
  mates: readonly Row[],
  claimed: readonly Delivery[],
): Promise<Map<string, CardState>> {
  const chats = new Map(claimed.map((it) => [it.id, it.chatId]));
  const asked = mates.map((row) => [chats.get(Number(row["delivery_id"])), row["incident_id"]]);
  const rows = await it.rows(
    `SELECT c.* FROM json_each(?) JOIN cards c
       ON c.chat_id = value ->> 0 AND c.incident_id = value ->> 1`,
    [JSON.stringify(asked)],
  );
  return new Map(rows.map((row) => [`${row["chat_id"]} ${row["incident_id"]}`, cardOf(row)]));
}

function merged(states: readonly (CardState | null | undefined)[]): CardState | null {
  const known = states.filter((it) => it != null);
  if (known.length === 0) return null;
  return {
    holder: known.find((it) => it.holder !== null)?.holder ?? null,
    quietUntil: known.reduce<number | null>(
      (latest, { quietUntil }) =>
        quietUntil === null ? latest : Math.max(latest ?? quietUntil, quietUntil),
      null,
    ),
  };
}

/**
 * Part of a transaction: stores of the others on a message what the chat knows of them by an attempt.
 */
export async function storeShared(
  it: Connection,
  delivery: Delivery,
  step: NextStep,
  now: number,
): Promise<void> {
  const { chatId, incident, kind, shared } = delivery;
  const others = shared?.others ?? [];
  if (others.length === 0 && (shared?.leaves ?? null) === null) return;
  if (step.state === "due" && step.told != null) {
    const told = kind === "closed" ? others : shared?.coming ?? [];
    await it.rows(
      `UPDATE deliveries SET told_change = MAX(COALESCE(told_change, 0), value ->> 1)
       FROM json_each(?) WHERE deliveries.id = value ->> 0`,
      [JSON.stringify(told.map(({ alert, latest }) => [alert?.deliveryId ?? null, latest]))],
    );
  }
  if (step.state !== "sent") return;
  const isLeft = shared?.telling.kind === "leave";
  const isTold = step.told !== null;
  const rows = others.map((mate) =>
    shared?.coming.includes(mate)
      ? [mate.pending, mate.latest, 1]
      : [mate.alert?.deliveryId ?? null, mate.latest, 0]
  );
  await it.rows(
    `UPDATE deliveries SET shown_change = MAX(COALESCE(shown_change, 0), value ->> 1),
       told_change = iif(?2 AND value ->> 2, value ->> 1, told_change),
       message_id = COALESCE(?3, message_id), is_alert = 1,
       state = iif(value ->> 2, 'sent', state), settled_at = iif(value ->> 2, ?4, settled_at),
       attempts = attempts + (value ->> 2), begun_at = iif(value ->> 2, NULL, begun_at)
     FROM json_each(?1) WHERE deliveries.id = value ->> 0 AND (state = 'due' OR NOT value ->> 2)`,
    [JSON.stringify(rows), isTold ? 1 : 0, isLeft ? step.ofOthers ?? null : step.messageId, now],
  );
  const kept = await storeLeftCard(it, delivery);
  const there = [...others.map((it) => it.incident), ...isLeft || !incident ? [] : [incident]];
  const first = there.filter((it) => it.isOpen).sort((a, b) => a.id - b.id)[0];
  if (!first) return;
  await gather(it, chatId, first.id, [...there.map((it) => it.id), ...kept], kept);
}
