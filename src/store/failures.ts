import { type ClockSet, moved } from "../domain/clock_set.ts";
import { type Failing, strayed } from "../domain/failure.ts";
import { storeCardEdits } from "./card_rows.ts";
import type { Connection, Database, Writing } from "./database.ts";
import { FAILING, failingOf, storeFailure } from "./failure_rows.ts";
import type { Hearers } from "./hearing_rows.ts";

interface FailuresDeps {
  readonly database: Database;
  readonly chats: Pick<Hearers, "groups" | "administrators" | "toldSubscribers">;
  /** Time for which an incident has to say something else, in milliseconds. */
  readonly patienceMs: number;
}

/** Splits failures whose regions say different things for long: a host that is slow is still one failure. */
export class Failures {
  readonly #deps: FailuresDeps;
  /** Since when incidents have said something else than their failure, by their ids. */
  #since = new Map<number, number>();

  constructor(deps: FailuresDeps) {
    this.#deps = deps;
  }

  /** To be called at each interval of the checks. Throws what the database throws. */
  async look(now: number): Promise<void> {
    const { database } = this.#deps;
    const strays = await straysIn(database);
    this.#since = new Map(
      strays.flat().map(({ incidentId: id }) => [id, Math.min(this.#since.get(id) ?? now, now)]),
    );
    if (!strays.some((it) => this.#isDue(it, now))) return;
    await database.write(async (it) => {
      for (const part of await straysIn(it)) {
        if (this.#isDue(part, now)) await this.#split(it, part, now);
      }
    });
  }

  /** Shifts the times after the machine's clock was set. */
  clockSet(set: ClockSet): void {
    this.#since = new Map([...this.#since].map(([id, at]) => [id, moved(at, set)]));
  }

  #isDue(part: readonly Failing[], now: number): boolean {
    const { patienceMs } = this.#deps;
    return part.every(({ incidentId }) => now - (this.#since.get(incidentId) ?? now) >= patienceMs);
  }

  /** Each chat with several of the failure's incidents on one card gets another one, without a sound. */
  async #split(it: Writing, part: readonly Failing[], now: number): Promise<void> {
    const { groups, administrators, toldSubscribers } = this.#deps.chats;
    const first = JSON.stringify([...groups, ...administrators]);
    const incidentIds = part.map((it) => it.incidentId);
    await storeFailure(it, incidentIds);
    for (const incidentId of incidentIds) {
      const rows = await it.rows(
        `SELECT DISTINCT chat_id FROM deliveries WHERE incident_id = ?1 AND is_alert = 1
           AND (chat_id IN (SELECT value FROM json_each(?2)) OR chat_id IN (${toldSubscribers}))`,
        [incidentId, JSON.stringify(groups)],
      );
      const chatIds = rows.map((row) => Number(row["chat_id"]));
      await storeCardEdits(it, { chatIds, incidentId, first, now });
    }
  }
}

/** The open incidents that say something else than most of their failure. */
async function straysIn(it: Connection): Promise<(readonly Failing[])[]> {
  const rows = await it.rows(`${FAILING} AND failure_id IS NOT NULL`);
  const byFailure = Map.groupBy(rows.map(failingOf), (it) => it.failureId);
  return [...byFailure.values()].flatMap(strayed);
}
