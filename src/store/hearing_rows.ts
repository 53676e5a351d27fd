import type { AnnouncementPolicy, Audience } from "../domain/audience.ts";
import {
  byNight,
  catchUpOf,
  endOf,
  type Hearing,
  hearingOf,
  knownOf,
  type News,
  type Trace,
} from "../domain/hearing.ts";
import type { Change } from "../domain/incident.ts";
import { isForMorning, morningOf, nightAt } from "../domain/night.ts";
import type { Concern, Night, Quiet, Rule } from "../domain/rule.ts";
import type { Connection, Writing } from "./database.ts";
import { concernOf, storeNights, TURN } from "./night_rows.ts";
import { storeProbes } from "./reach_rows.ts";
import { INCIDENT_COLUMNS, incidentOf, notifyOf, numberOrNull, READABLE } from "./rows.ts";
import { loadRule, ruleOf } from "./rule_rows.ts";

/** Age up to which the end of an incident is shown in the alert of a chat that subscribes again. */
const OLDEST_ALERT_MS = 24 * 3_600_000;

// Decisions for chats with a rule of their own, each stored as a delivery.

/** Column with a chat's deliveries of an incident, for {@linkcode tracesOf}. */
const TRACES = `(SELECT json_group_array(json_array(change_id, state, is_alert,
    MAX(COALESCE(shown_change, 0), COALESCE(told_change, 0))))
  FROM deliveries WHERE incident_id = ?1 AND chat_id = c.chat_id)`;

/** Column with the change whose delivery closes the chat's present quiet hours. */
export const NIGHT = `(SELECT change_id FROM deliveries
  WHERE state = 'waiting' AND night IS NULL AND chat_id = c.chat_id)`;

/** The part of {@linkcode Chats} that says who is told of changes. */
export interface Hearers {
  readonly groups: readonly number[];
  readonly administrators: readonly number[];
  /** A query for the subscribers that are told of changes. */
  readonly toldSubscribers: string;
  readonly policy: AnnouncementPolicy;
  isConfigured(chatId: number): boolean;
}

/** Chats that hear of a change in the same way. */
export interface Heard {
  /** Ids of the chats, as a JSON array. */
  readonly chats: string;
  readonly rule: Rule;
  readonly hearing: Hearing;
  /** The stored change that closes the chats' quiet hours; null for none yet. */
  readonly night: number | null;
}

/** A stored change with its audience. */
interface Told {
  readonly change: Change;
  readonly changeId: number;
  readonly audience: Audience;
  /** Whether incidents of this severity are announced by the settings. */
  readonly isAnnounced: boolean;
}

/**
 * Part of a transaction: stores what each chat with a rule of its own is to be told of a change.
 */
export async function storeHearing(it: Writing, told: Told, chats: Hearers): Promise<void> {
  const { change, changeId } = told;
  if (!("incident" in change) && change.kind !== "announced") return;
  const incidentId = "incident" in change ? change.incident.id : null;
  const past = await loadPast(it, incidentId, changeId);
  // No chat was told of a new incident before.
  const traces = past.concerns.size > 1 ? TRACES : "'[]'";
  const rows = await it.rows(
    `SELECT c.rule, ${traces} AS traces, ${NIGHT} AS night, json_group_array(c.chat_id) AS chats
     FROM chats c WHERE c.rule IS NOT NULL AND c.chat_id ${READABLE} AND ?1 IS ?1
       AND (c.chat_id IN (SELECT value FROM json_each(?2)) OR c.chat_id IN (${chats.toldSubscribers}))
     GROUP BY 1, 2, 3`,
    [incidentId, JSON.stringify(chats.groups)],
  );
  const decide = decider(told, past);
  const heard = rows.map((row) => ({
    chats: String(row["chats"]),
    ...decide(String(row["rule"]), String(row["traces"])),
    night: numberOrNull(row["night"]),
  }));
  await storeHeard(it, heard, { changeId, incidentId, chats, now: change.at });
}

/** Decides once for all chats with the same rule and the same deliveries so far. */
function decider({ change, audience, isAnnounced }: Told, past: Past) {
  const rules = new Map<string, Rule>();
  const known = new Map<string, ReturnType<typeof knownOf>>();
  return (json: string, traces: string) => {
    const rule = remembered(rules, json, ruleOf);
    const night = nightAt(rule.quiet, change.at);
    const hearing = "incident" in change
      ? hearingOf(
        rule,
        newsOf(change, audience, isAnnounced),
        remembered(known, traces, (it) => knownOf(tracesOf(it), past.concerns, past.ends)),
        night,
      )
      : announcedTo(rule, change.region, night);
    return { rule, hearing };
  };
}

function newsOf(
  { kind, region, incident: { severity, components } }: Extract<Change, { incident: unknown }>,
  { notify }: Audience,
  isAnnounced: boolean,
): News {
  return { kind, concern: { region, severity, components }, notify, isAnnounced };
}

/** An announcement without an incident comes silently, to chats that want everything. */
function announcedTo(rule: Rule, region: string, night: Night | null): Hearing {
  const isWanted = rule.level === "everything" && (rule.regions?.includes(region) ?? true);
  if (!isWanted) return { how: "not", why: null };
  return byNight({ how: "now", notify: false, isSilent: false, begins: false, isMuted: false }, {
    night,
    isOutage: false,
    known: { alert: null },
    kind: "announced",
  });
}

/** The changes of an incident so far. */
interface Past {
  readonly concerns: Map<number, Concern>;
  /** Ids of the changes that closed the incident, oldest first. */
  readonly ends: number[];
}

async function loadPast(
  it: Connection,
  incidentId: number | null,
  changeId: number,
): Promise<Past> {
  const concerns = new Map<number, Concern>();
  const ends: number[] = [];
  if (incidentId === null) return { concerns, ends };
  const rows = await it.rows(
    `SELECT id, kind, region AS change_region, severity AS change_severity,
       components AS change_components FROM changes WHERE incident_id = ? ORDER BY id`,
    [incidentId],
  );
  let components: readonly string[] = [];
  for (const row of rows) {
    const id = Number(row["id"]);
    const concern = concernOf(row);
    // A change without components keeps the earlier ones.
    components = row["change_components"] === null ? components : concern.components;
    concerns.set(id, { ...concern, components });
    if (row["kind"] === "closed" && id < changeId) ends.push(id);
  }
  return { concerns, ends };
}

function tracesOf(json: string): Trace[] {
  const rows: [number, string, number, number][] = JSON.parse(json);
  return rows.map(([changeId, state, isAlert, newest]) => ({
    changeId,
    state,
    isAlert: isAlert === 1,
    newest,
  }));
}

/**
 * Part of a transaction: tells a chat that has a new rule, or has subscribed (`isNew`), of the open
 * incidents that concern it now.
 */
export async function storeCatchUp(
  it: Writing,
  chatId: number,
  { chats, isNew, now }: { chats: Hearers; isNew: boolean; now: number },
): Promise<void> {
  if (!await isTold(it, chatId, chats)) return;
  const rule = await loadRule(it, chatId);
  // A chat that subscribes again also gets the end of incidents that it has an alert of.
  const those = await it.rows(
    `SELECT ${INCIDENT_COLUMNS},
       (SELECT MAX(id) FROM changes WHERE incident_id = incidents.id) AS latest,
       (SELECT kind FROM changes WHERE incident_id = incidents.id ORDER BY id DESC LIMIT 1) AS kind
     FROM incidents WHERE id ${READABLE} AND (status = 'active'
       OR ?1 AND id IN (SELECT incident_id FROM changes WHERE kind = 'closed' AND at > ?2))
     ORDER BY id`,
    [Number(isNew), now - OLDEST_ALERT_MS],
  );
  for (const row of those) {
    const incident = incidentOf(row);
    if (row["latest"] === null || incident.isOpen === (row["kind"] === "closed")) continue;
    const changeId = Number(row["latest"]);
    const past = await loadPast(it, incident.id, changeId);
    const [had] = await it.rows(
      `SELECT ${TRACES} AS traces, ${NIGHT} AS night FROM (SELECT ?2 AS chat_id) c`,
      [incident.id, chatId],
    );
    const known = knownOf(tracesOf(String(had?.["traces"])), past.concerns, past.ends);
    const hearing = incident.isOpen
      ? catchUpOf(rule, incident, known, {
        isAnnounced: chats.policy[incident.severity === "outage" ? "issues" : "degraded"],
        isNew,
        night: nightAt(rule.quiet, now),
      })
      : endOf(known);
    if (hearing.how === "not") continue;
    const heard = [{ chats: `[${chatId}]`, rule, hearing, night: numberOrNull(had?.["night"]) }];
    await storeHeard(it, heard, { changeId, incidentId: incident.id, chats, now });
    await storeProbes(it, now);
    it.ring();
  }
}

/** Whether a chat is told of changes at all. */
export async function isTold(it: Connection, chatId: number, chats: Hearers): Promise<boolean> {
  if (chats.isConfigured(chatId)) return true;
  const rows = await it.rows(`SELECT 1 FROM (${chats.toldSubscribers}) WHERE chat_id = ?`, [
    chatId,
  ]);
  return rows.length > 0;
}

/**
 * Part of a transaction: stores how chats hear of a change. A settled delivery of this change is
 * made due again; a pending one stays as it was decided.
 */
export async function storeHeard(
  it: Writing,
  heard: readonly Heard[],
  { changeId, incidentId, chats, now }: {
    changeId: number;
    incidentId: number | null;
    chats: Pick<Hearers, "groups" | "administrators">;
    now: number;
  },
): Promise<void> {
  const endOfNight = (quiet: Quiet | null) =>
    remembered(ends, `${quiet?.to} ${quiet?.zone}`, () => morningOf(quiet, now));
  const ends = new Map<string, number>();
  const first = JSON.stringify([...chats.groups, ...chats.administrators]);
  const nights = await storeNights(
    it,
    heard.filter((it) => it.night === null && isForMorning(it.hearing))
      .map((it) => ({ chats: it.chats, end: endOfNight(it.rule.quiet) })),
    { first, now },
  );
  const rows = heard.flatMap(({ chats, rule: { quiet }, hearing, night }) => {
    if (hearing.how === "not") {
      return hearing.why === null ? [] : [[chats, "skipped", 0, now, 0, null, hearing.why]];
    }
    const { how, begins } = hearing;
    const closing = isForMorning(hearing) ? night ?? nights.get(endOfNight(quiet)) ?? null : null;
    const at = how === "later" ? endOfNight(quiet) : now;
    const state = how === "later" ? "waiting" : "due";
    return [[chats, state, notifyOf(hearing), at, Number(begins), closing, null]];
  });
  if (rows.length === 0) return;
  await it.rows(
    `WITH heard AS MATERIALIZED (SELECT value ->> 0 AS chats, value ->> 1 AS state,
       value ->> 2 AS notify, value ->> 3 AS at, value ->> 4 AS begins, value ->> 5 AS night,
       value ->> 6 AS error FROM json_each(?1))
     INSERT INTO deliveries (change_id, incident_id, chat_id, state, notify, next_attempt_at, begins,
       night, last_error, created_at, turn)
     SELECT ?4, ?5, chat.value, iif(heard.state = 'due' AND chat.value IN (SELECT chat_id FROM chats
         WHERE gone_since IS NOT NULL), 'paused', heard.state),
       heard.notify, heard.at, heard.begins, heard.night, heard.error, ?2, ${TURN}
     FROM heard, json_each(heard.chats) chat LEFT JOIN subscribers ON chat_id = chat.value WHERE TRUE
     ORDER BY chat.value
     ON CONFLICT (change_id, chat_id) DO UPDATE SET state = excluded.state, notify = excluded.notify,
       next_attempt_at = excluded.next_attempt_at, begins = excluded.begins, night = excluded.night,
       created_at = excluded.created_at, attempts = 0, refusals = 0, begun_at = NULL,
       last_error = NULL, settled_at = NULL, leaves = NULL
     WHERE deliveries.state NOT IN ('due', 'paused', 'waiting')`,
    [JSON.stringify(rows), now, first, changeId, incidentId],
  );
}

function remembered<T>(known: Map<string, T>, key: string, make: (key: string) => T): T {
  let value = known.get(key);
  if (value === undefined) known.set(key, value = make(key));
  return value;
}
