import type { Row } from "@libsql/client";
import type { Delivery } from "../delivering/outbox.ts";
import type { Turn } from "../domain/card.ts";
import { isDrill } from "../domain/drill.ts";
import type { IncidentRecord } from "../domain/record.ts";
import { regionName } from "../domain/region.ts";
import type { Connection } from "./database.ts";
import { numberOrNull } from "./rows.ts";

/** Value of `deliveries.is_alert` in a drill, which the figures leave out. */
export const OF_DRILL = 2;
/** Kinds of changes that change the false incident itself. */
const TURNS = ["opened", "worsened", "closed"];

/**
 * Part of a transaction: adds to claimed deliveries of drills the false incident, and the chat's
 * message.
 */
export async function withDrills(
  it: Connection,
  claimed: readonly Delivery[],
): Promise<Delivery[]> {
  const ids = claimed.filter(isDrill).map(({ id }) => id);
  if (ids.length === 0) return [...claimed];
  const rows = await it.rows(
    `SELECT d.id AS delivery_id, s.drill_id, s.id, s.kind, s.severity, s.region, s.components, s.at,
       e.message_id, e.shown_change, e.told_change
     FROM deliveries d JOIN changes c ON c.id = d.change_id JOIN changes s ON s.drill_id = c.drill_id
       LEFT JOIN deliveries e ON e.change_id = s.id AND e.chat_id = d.chat_id
     WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY d.id, s.id`,
    [JSON.stringify(ids)],
  );
  const byId = Map.groupBy(rows, (row) => Number(row["delivery_id"]));
  return claimed.map((delivery) => {
    const drill = byId.get(delivery.id);
    return drill === undefined ? delivery : { ...delivery, ...drillOf(drill) };
  });
}

/** The false incident of a drill in a chat; null for a drill of another chat, or one that is gone. */
export async function drillIncident(
  it: Connection,
  chatId: number,
  incidentId: number,
): Promise<IncidentRecord | null> {
  const rows = await it.rows(
    `SELECT drill_id, kind, severity, region, components, at FROM changes
     WHERE drill_id = ?2 AND EXISTS (SELECT 1 FROM deliveries WHERE change_id = ?2 AND chat_id = ?1)
     ORDER BY id`,
    [chatId, -incidentId],
  );
  return incidentIn(rows);
}

/** The false incident and the chat's message, from the changes of a drill with their deliveries. */
function drillOf(rows: readonly Row[]) {
  const turns = rows.filter(isTurn);
  const latest = turns.at(-1);
  const shown = newest(rows, "shown_change");
  const told = newest(rows, "told_change");
  const kindOf = (id: number) => rows.find((row) => row["id"] === id)?.["kind"];
  // Several, when people deleted the card: later ones have larger ids.
  const card = newest(rows.filter((row) => row["shown_change"] !== null), "message_id");
  return {
    incident: incidentIn(rows),
    turns: turns.map(turnOf),
    latestChangeId: numberOrNull(latest?.["id"]),
    alert: shown + told === 0 ? null : {
      messageId: card === 0 ? null : card,
      shown,
      told,
      hasHeardEnd: kindOf(told) === "closed",
      isOver: kindOf(Math.max(shown, told)) === "closed",
    },
  };
}

/**
 * A false incident by the changes of its drill; null before its first turn. Its id is minus the number
 * of the drill.
 */
function incidentIn(rows: readonly Row[]): IncidentRecord | null {
  const [first] = rows;
  const latest = rows.findLast(isTurn);
  if (!first || !latest) return null;
  const isOpen = latest["kind"] !== "closed";
  return {
    id: -Number(first["drill_id"]),
    region: regionName(String(first["region"])),
    components: JSON.parse(String(first["components"])),
    title: "",
    description: "",
    isOpen,
    startedAt: Number(first["at"]),
    endedAt: isOpen ? null : Number(latest["at"]),
    severity: latest["severity"] === "degraded" ? "degraded" : "outage",
    origin: "feed",
    relapses: 0,
  };
}

function isTurn(row: Row): boolean {
  return TURNS.includes(String(row["kind"]));
}

function turnOf({ at, kind, severity }: Row): Turn {
  const to = kind === "closed" ? "operational" : severity === "degraded" ? "degraded" : "outage";
  return { at: Number(at), to };
}

function newest(rows: readonly Row[], column: string): number {
  return Math.max(0, ...rows.map((row) => Number(row[column] ?? 0)));
}
