import { type ClockSet, movedIncident, movedState } from "../domain/clock_set.ts";
import type { Audience } from "../domain/delivery.ts";
import type { Change, Incident, IncidentChange, RegionState } from "../domain/incident.ts";
import { unstoredHearing } from "../domain/night.ts";
import type { Rule } from "../domain/rule.ts";
import type { Reading } from "../domain/reading.ts";
import type { IncidentRecord } from "../domain/record.ts";
import type { Log } from "../log/log.ts";
import { type After, afterMs } from "../health/trouble.ts";

export interface UnstoredDeps {
  /** How long a change may wait to be stored before it is told all the same, in milliseconds. */
  readonly patienceMs: number;
  readonly decide: (
    state: RegionState,
    reading: Reading,
  ) => { state: RegionState; changes: readonly Change[] };
  readonly audienceOf: (change: Change) => Audience;
  /** Who is known without the database: the chats of the settings. */
  readonly chats: () => readonly number[];
  /** What such a chat wants to hear. */
  readonly ruleOf: (chatId: number) => Rule;
  /** Whether the database is ours to tell of: past a lease that cannot be renewed another bot may tell. */
  readonly isOurs: () => boolean;
  /** Tells one chat past the database; the id of the message, null when it was not told. */
  readonly tell: (
    chatId: number,
    incident: IncidentRecord,
    options: { isSilent: boolean },
  ) => Promise<number | null>;
  /** Shows in such a message what became of its incident. */
  readonly correct: (chatId: number, messageId: number, incident: IncidentRecord) => Promise<void>;
  readonly logger: Log;
  readonly after?: After;
}

/** A region as it would stand in the database. */
interface Shadow {
  state: RegionState;
  /** The reading that was decided by last. */
  newest: Reading | null;
  /** Decided, and not stored yet. */
  pending: IncidentChange | null;
  cancel: () => void;
  /** This process saw the region well, and not well. */
  sawWell: boolean;
  sawTrouble: boolean;
  /** The messages that told of its incident past the database, by chat. */
  readonly alerts: Map<number, number>;
  /** Chats that were told of the end past the database. */
  readonly ends: Set<number>;
  told: Incident | null;
}

/**
 * Tells the chats of the settings of a change that cannot be stored: past the database, once, and only
 * of one that this process saw happen. When the database is back, the same message becomes the alert.
 */
export class Unstored {
  readonly #deps: UnstoredDeps;
  readonly #shadows = new Map<string, Shadow>();

  constructor(deps: UnstoredDeps) {
    this.#deps = deps;
  }

  /** A reading was made, and is about to be stored. */
  read(region: string, reading: Reading): void {
    const shadow = this.#shadows.get(region);
    if (!shadow) return;
    shadow.newest = reading;
    const { state, changes } = this.#deps.decide(shadow.state, reading);
    shadow.state = state;
    for (const change of changes) if ("incident" in change) this.#expect(shadow, change);
    shadow.sawWell ||= reading.status === "operational";
    shadow.sawTrouble ||= reading.status === "degraded" || reading.status === "outage";
  }

  /** What stands in the database now; by which reading, if it was one. */
  stored(region: string, state: RegionState, by?: Reading): void {
    const shadow = this.#shadows.get(region);
    if (!shadow) {
      this.#shadows.set(region, {
        state,
        newest: null,
        pending: null,
        cancel: () => {},
        sawWell: false,
        sawTrouble: false,
        alerts: new Map(),
        ends: new Set(),
        told: null,
      });
      return;
    }
    // One that was made before the trouble, and waited, says nothing of what was decided since.
    if (by !== undefined && by !== shadow.newest && state.incident === null) return;
    shadow.state = state;
    shadow.pending = null;
    shadow.cancel();
    // It was over before it could be stored: nobody else will ever say so.
    const { told } = shadow;
    if (told === null || state.incident !== null || state.badInRow > 0) return;
    shadow.told = null;
    void this.#correct(shadow, { ...told, endedAt: state.latestReadable?.at ?? told.startedAt });
  }

  /** The incident that is open by what was decided, stored or not; null for none. */
  incidentIn(region: string): Incident | null {
    return this.#shadows.get(region)?.state.incident ?? null;
  }

  /** The message that told this chat of a region's incident; null for none. */
  alertIn(region: string, chatId: number): number | null {
    return this.#shadows.get(region)?.alerts.get(chatId) ?? null;
  }

  /** That message is the alert now, or cannot be. */
  taken(region: string, chatId: number): void {
    const shadow = this.#shadows.get(region);
    shadow?.alerts.delete(chatId);
    if (shadow) shadow.told = null;
  }

  /** Whether this chat was told of the end of a region's incident. */
  hasHeardEnd(region: string, chatId: number): boolean {
    return this.#shadows.get(region)?.ends.has(chatId) ?? false;
  }

  /** What was told by a clock that was set moves with it. */
  clockSet(set: ClockSet): void {
    for (const shadow of this.#shadows.values()) {
      const { pending, told } = shadow;
      shadow.state = movedState(shadow.state, set);
      shadow.pending = pending && { ...pending, incident: movedIncident(pending.incident, set) };
      shadow.told = told && movedIncident(told, set);
    }
  }

  /** Tells nothing any more. */
  stop(): void {
    for (const { cancel } of this.#shadows.values()) cancel();
  }

  #expect(shadow: Shadow, change: IncidentChange): void {
    const { kind } = change;
    if (kind !== "opened" && kind !== "worsened" && kind !== "closed") return;
    const isNeverTold = kind === "closed" && change.incident.id === null && shadow.told === null;
    const sawIt = kind === "closed" ? shadow.sawTrouble : shadow.sawWell;
    shadow.cancel();
    shadow.pending = sawIt && !isNeverTold ? change : null;
    if (shadow.pending === null) return;
    const { after = afterMs, patienceMs } = this.#deps;
    shadow.cancel = after(patienceMs, () => void this.#tell(shadow));
  }

  async #tell(shadow: Shadow): Promise<void> {
    const { audienceOf, chats, isOurs, tell, logger } = this.#deps;
    const change = shadow.pending;
    shadow.pending = null;
    if (change === null || !isOurs() || !audienceOf(change).notify) return;
    logger.error("A change cannot be stored and is told past the database", {
      kind: change.kind,
      region: change.region,
    });
    const isEnd = change.kind === "closed";
    if (!isEnd) {
      shadow.ends.clear();
      shadow.told = change.incident;
    }
    await Promise.all(
      chats().map(async (chatId) => {
        const known = shadow.alerts.get(chatId);
        if (known !== undefined && !isEnd) {
          return await this.#deps.correct(chatId, known, recordOf(change.incident));
        }
        const hearing = unstoredHearing(
          this.#deps.ruleOf(chatId),
          { kind: change.kind, concern: change.incident, has: known !== undefined },
          change.at,
        );
        if (hearing === "not") return;
        const isSilent = hearing === "silent";
        const messageId = await tell(chatId, recordOf(change.incident), { isSilent });
        if (messageId === null) return;
        if (isEnd) shadow.ends.add(chatId);
        else shadow.alerts.set(chatId, messageId);
      }),
    );
    if (isEnd) {
      shadow.told = null;
      await this.#correct(shadow, change.incident);
    }
  }

  async #correct(shadow: Shadow, incident: Incident): Promise<void> {
    const alerts = [...shadow.alerts];
    shadow.alerts.clear();
    await Promise.all(
      alerts.map(([chatId, id]) => this.#deps.correct(chatId, id, recordOf(incident))),
    );
  }
}

function recordOf(incident: Incident): IncidentRecord {
  const { region, components, title, details, startedAt, endedAt, severity, relapses } = incident;
  return {
    id: incident.id ?? 0,
    region,
    components,
    title,
    description: details,
    isOpen: endedAt === null,
    startedAt,
    endedAt,
    severity,
    origin: "feed",
    relapses,
  };
}
