import type { Row } from "@libsql/client";
import {
  type Incident,
  type IncidentChange,
  newRegion,
  type RegionState,
  writtenState,
} from "../domain/incident.ts";
import { UNTIL_END } from "../domain/card.ts";
import { TAKEN_WITHIN_MS } from "../domain/portal_watch.ts";
import { toSqlTime } from "../domain/record.ts";
import { regionAliases } from "../domain/region.ts";
import { NOBODY } from "./card_rows.ts";
import type { Connection } from "./database.ts";
import { signsIn } from "./sign_rows.ts";
import { INCIDENT_COLUMNS, incidentOf, numberOrNull, READABLE, textOf } from "./rows.ts";

/**
 * The id of a new incident: NULL, for SQLite's own choice, except after people have written by hand a larger
 * id than any counting leads to, from which SQLite would go on to ids that nobody can read, or to none.
 */
const NEXT_ID = `iif((SELECT seq FROM sqlite_sequence WHERE name = 'incidents') >= ${2 ** 52},
  (SELECT COALESCE(MAX(id), 0) + 1 FROM incidents WHERE id BETWEEN 0 AND ${2 ** 52}), NULL)`;

/** Condition: an imported incident of which no change is stored, so that no check of ours has confirmed it. */
export const IS_UNSEEN = `(imported_from IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM changes WHERE incident_id = incidents.id))`;

/**
 * The remembered state of a region, also from a row under another of the region's names. A fresh
 * state for a region without a row, or with an illegible one, for which `onUnreadable` is called.
 */
export async function loadRegion(
  connection: Connection,
  region: string,
  onUnreadable: (what: string) => void = () => {},
): Promise<RegionState> {
  const [remembered] = await connection.rows(
    `SELECT (SELECT CAST(state AS BLOB) FROM region_states
        WHERE region IN (SELECT value FROM json_each(?2)) ORDER BY region = ?1 DESC LIMIT 1) AS state,
       (SELECT id FROM incidents WHERE region IN (SELECT value FROM json_each(?2))
        AND origin = 'feed' AND status = 'active' AND id ${READABLE} ORDER BY id DESC LIMIT 1) AS open_id
     LIMIT 1`,
    [region, JSON.stringify(regionAliases(region))],
  );
  const written = remembered?.["state"] ?? null;
  const known = written === null ? newRegion(region) : writtenState(textOf(written), region);
  if (known === null) onUnreadable(`region_states ${region}`);
  const state = known ?? newRegion(region);
  // The incident's row counts: somebody may have closed or deleted it with the sqlite3 tool.
  const openId = numberOrNull(remembered?.["open_id"]);
  if (openId === null) return { ...state, incident: null };
  if (openId === state.incident?.id) return state;
  const [row] = await connection.rows(
    `SELECT ${INCIDENT_COLUMNS}, ${IS_UNSEEN} AS is_unseen FROM incidents WHERE id = ? LIMIT 1`,
    [openId],
  );
  return { ...state, incident: row ? openIncidentOf(row) : null };
}

function openIncidentOf(row: Row): Incident {
  const { id, region, severity, title, description, components, startedAt, relapses } = incidentOf(
    row,
  );
  return {
    id,
    region,
    severity,
    title,
    details: description,
    components,
    announcementId: numberOrNull(row["announcement_id"]),
    source: row["is_unseen"] === 1 ? null : "json",
    startedAt: startedAt ?? 0,
    endedAt: null,
    relapses,
    easings: 0,
  };
}

/**
 * Writes the row of a change's incident, and returns the incident with the row's id. `firstReadAt`:
 * time of the first bad reading, for a new row.
 */
export async function storeIncident(
  connection: Connection,
  change: IncidentChange,
  firstReadAt: number,
): Promise<IncidentChange> {
  const { incident } = change;
  const values = [
    incident.components.join(","),
    incident.details || incident.title,
    incident.endedAt === null ? "active" : "resolved",
    toSqlTime(incident.startedAt),
    incident.endedAt === null ? null : toSqlTime(incident.endedAt),
    incident.severity,
    incident.title,
    incident.announcementId,
    incident.relapses,
  ];
  // A relapse whose row was deleted meanwhile becomes a new row. An incident that was imported as
  // open and never seen by our own checks was over before they began: nobody knows since when.
  const updated = incident.id === null ? [] : await connection.rows(
    `UPDATE incidents SET components = ?1, description = ?2, status = ?3, start_time = ?4,
       end_time = iif(${IS_UNSEEN}, NULL, ?5),
       severity = ?6, title = ?7, announcement_id = ?8, relapses = ?9
     WHERE id = ?10 RETURNING id`,
    [...values, incident.id],
  );
  // Whoever had it in hand, or wanted no sound of it to the end, meant the outage before this one.
  if (change.kind === "opened" && updated.length > 0) {
    await connection.rows(
      `UPDATE cards SET ${NOBODY}, reminders = 0, reminded_at = NULL,
         quiet_until = NULLIF(quiet_until, ${UNTIL_END}) WHERE incident_id = ?`,
      [incident.id],
    );
  }
  const [row] = updated.length > 0 ? updated : await connection.rows(
    `INSERT INTO incidents (components, description, status, start_time, end_time, severity,
       title, announcement_id, relapses, region, origin, first_sign_at, announced_at, first_read_at, id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'feed', ?, ?, ?, ${NEXT_ID}) RETURNING id`,
    [
      ...values,
      incident.region,
      await firstSignAt(connection, incident.region, firstReadAt),
      incident.isStartOfHost ? incident.startedAt : null,
      firstReadAt,
    ],
  );
  return { ...change, incident: { ...incident, id: Number(row?.["id"]) } };
}

async function firstSignAt(it: Connection, region: string, at: number): Promise<number | null> {
  const signs = await signsIn(it, region);
  return signs.find(({ since }) => since < at && since >= at - TAKEN_WITHIN_MS)?.since ?? null;
}

/** The state with the id of its incident's row. */
export function withIncidentId(state: RegionState, id: number | null): RegionState {
  const named = (incident: Incident): Incident => ({ ...incident, id });
  return {
    ...state,
    incident: state.incident && named(state.incident),
    lastClosed: state.lastClosed && {
      ...state.lastClosed,
      incident: named(state.lastClosed.incident),
    },
  };
}
