import {
  DRILL_EVERY_MS,
  type DrillChat,
  drillComponents,
  type DrillProblem,
  type DrillStep,
  dueStep,
  heardInEarnest,
  shownAtOnce,
} from "../domain/drill.ts";
import type { Hearing } from "../domain/hearing.ts";
import type { IncidentRecord } from "../domain/record.ts";
import type { Rule } from "../domain/rule.ts";
import type { Chats } from "./chats.ts";
import type { Connection, Database, Writing } from "./database.ts";
import { drillIncident, OF_DRILL } from "./drill_rows.ts";
import { isTold } from "./hearing_rows.ts";
import { notifyOf } from "./rows.ts";
import { loadRule } from "./rule_rows.ts";

// A drill is a change of kind 'drill', which nobody is told, and the changes of its steps, which have
// it as `drill_id`; its chat is that of their deliveries. No incident is stored.

export interface DrillsDeps {
  readonly database: Database;
  readonly chats: Chats;
  /** Whether groups are reminded of what nobody takes. */
  readonly isReminding: boolean;
  /** What a minute of a drill lasts, in milliseconds. */
  readonly minuteMs: number;
}

/** The drills of all chats. */
export class Drills {
  readonly #deps: DrillsDeps;
  /** Whether a drill may be going on. */
  #isAny = true;
  #isLooking = false;

  constructor(deps: DrillsDeps) {
    this.#deps = deps;
  }

  /** Whether the chat is reminded of incidents that nobody takes. */
  isReminded(chatId: number): boolean {
    return this.#deps.isReminding && chatId < 0;
  }

  /** The false incident of a drill in this chat; null when there is none. */
  async incident(chatId: number, incidentId: number): Promise<IncidentRecord | null> {
    return await drillIncident(this.#deps.database, chatId, incidentId);
  }

  /** Begins a drill in a chat, or says why not; null when done. */
  async begin(
    chatId: number,
    { region, rule }: { region: string; rule: Rule },
    now: number,
  ): Promise<DrillProblem | null> {
    const { database, chats } = this.#deps;
    return await database.write(async (it) => {
      if (!await isTold(it, chatId, chats)) return { why: "not told" };
      const [last] = await it.rows(
        `SELECT MAX(at) AS at FROM changes c JOIN deliveries d ON d.change_id = c.id
         WHERE c.drill_id IS NOT NULL AND c.kind = 'drill' AND d.chat_id = ? AND at <= ?`,
        [chatId, now],
      );
      const until = Number(last?.["at"] ?? -Infinity) + DRILL_EVERY_MS;
      if (until > now) return { why: "too soon", until };
      const [row] = await it.rows(
        `INSERT INTO changes (kind, reason, region, components, at) VALUES ('drill', '', ?, ?, ?)
         RETURNING id`,
        [region, JSON.stringify(drillComponents(rule)), now],
      );
      const id = Number(row?.["id"]);
      await it.rows(`UPDATE changes SET drill_id = id WHERE id = ?`, [id]);
      await storeHeardIn(it, chatId, id, { how: "not", why: null }, now);
      it.afterCommit(() => this.#isAny = true);
      return null;
    });
  }

  /** Takes the steps that are due. Throws what the database throws. */
  async look(now: number): Promise<void> {
    if (!this.#isAny || this.#isLooking) return;
    this.#isLooking = true;
    try {
      const { minuteMs } = this.#deps;
      const open = await openDrills(this.#deps.database);
      for (const drill of open) {
        const step = dueStep(drill.done, (now - drill.at) / minuteMs);
        if (step !== null) await this.#take(drill, step, now);
      }
      this.#isAny = open.length > 0;
    } finally {
      this.#isLooking = false;
    }
  }

  async #take({ id, chatId, region }: OpenDrill, next: DrillStep, now: number): Promise<void> {
    const { database, chats } = this.#deps;
    await database.write(async (it) => {
      const isHere = await isTold(it, chatId, chats);
      // A chat that is told nothing any more: its card shows the end.
      const step = isHere ? next : END;
      const rule = await loadRule(it, chatId);
      const chat: DrillChat = {
        rule,
        policy: chats.policy,
        isReminded: this.isReminded(chatId),
        region,
      };
      const hearing = isHere ? shownAtOnce(heardInEarnest(step, chat, now)) : EDIT;
      // A reminder is for whoever has the card in hand at that time.
      const [row] = await it.rows(
        `INSERT INTO changes (kind, reason, region, components, severity, at, since, drill_id)
         SELECT ?2, 'drill', region, components, ?3, ?4, iif(?2 = 'reminder', (SELECT held_at
             FROM cards WHERE chat_id = ?5 AND incident_id = -?1), NULL), id
         FROM changes b WHERE id = ?1
           AND NOT EXISTS (SELECT 1 FROM changes WHERE drill_id = ?1 AND kind = ?2) RETURNING id`,
        [id, step.kind, step.severity, now, chatId],
      );
      if (row) await storeHeardIn(it, chatId, Number(row["id"]), hearing, now);
      it.ring();
    });
  }
}

const END: DrillStep = { kind: "closed", minutes: 2, severity: "outage" };
const EDIT: Hearing = { how: "now", notify: false, isSilent: false, begins: false, isMuted: false };

/** A drill whose end is not decided. */
interface OpenDrill {
  readonly id: number;
  readonly chatId: number;
  readonly region: string;
  readonly at: number;
  /** The kinds of its changes so far. */
  readonly done: readonly string[];
}

async function openDrills(it: Connection): Promise<OpenDrill[]> {
  const rows = await it.rows(
    `SELECT b.id, d.chat_id, b.region, b.at, json_group_array(s.kind) AS done
     FROM changes s JOIN changes b ON b.id = s.drill_id JOIN deliveries d ON d.change_id = b.id
     WHERE s.drill_id IS NOT NULL GROUP BY b.id HAVING MAX(s.kind = 'closed') = 0`,
  );
  return rows.map((row) => ({
    id: Number(row["id"]),
    chatId: Number(row["chat_id"]),
    region: String(row["region"]),
    at: Number(row["at"]),
    done: JSON.parse(String(row["done"])),
  }));
}

/** Part of a transaction: stores how a chat hears of a change of its drill, behind all that is real. */
async function storeHeardIn(
  it: Writing,
  chatId: number,
  changeId: number,
  hearing: Hearing,
  now: number,
): Promise<void> {
  const isHeard = hearing.how !== "not";
  await it.rows(
    `INSERT INTO deliveries (change_id, chat_id, notify, begins, last_error, is_alert, state,
       next_attempt_at, created_at, turn)
     SELECT ?1, ?2, ?3, ?4, ?5, ${OF_DRILL}, iif(?6, iif(?2 IN (SELECT chat_id FROM chats
       WHERE gone_since IS NOT NULL), 'paused', 'due'), 'skipped'), ?7, ?7, ?7 / 1000`,
    [
      changeId,
      chatId,
      isHeard ? notifyOf(hearing) : 0,
      isHeard && hearing.begins ? 1 : 0,
      isHeard ? null : hearing.why,
      isHeard ? 1 : 0,
      now,
    ],
  );
}
