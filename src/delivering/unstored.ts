import { type ClockSet, movedIncident, movedState } from "../domain/clock_set.ts";
import type { Audience } from "../domain/audience.ts";
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
  /** The chats of the settings, which are known without the database. */
  readonly chats: () => readonly number[];
  /** The rule of a chat of the settings, from memory. */
  readonly ruleOf: (chatId: number) => Rule;
  /**
   * Whether the database is ours; after a lease that could not be renewed, another bot may tell.
   */
  readonly isOurs: () => boolean;
  /** Tells one chat past the database. Returns the id of the message; null when none was sent. */
  readonly tell: (
    chatId: number,
    incident: IncidentRecord,
    options: { isSilent: boolean },
  ) => Promise<number | null>;
  /** Edits a message that was sent past the database to the present state of its incident. */
  readonly correct: (chatId: number, messageId: number, incident: IncidentRecord) => Promise<void>;
  readonly logger: Log;
  readonly after?: After;
}

/** A region as it would be in the database if that could be written. */
interface Shadow {
  state: RegionState;
  /** The latest reading that the state follows from. */
  newest: Reading | null;
  /** A change decided and still to be stored; it is told after the patience. */
  pending: IncidentChange | null;
  cancel: () => void;
  /** Whether this process has seen the region well; `sawTrouble`: with trouble. */
  sawWell: boolean;
  sawTrouble: boolean;
  /** Ids of the messages that told of the region's incident past the database, by chat. */
  readonly alerts: Map<number, number>;
  /** Chats that were told of the end past the database. */
  readonly ends: Set<number>;
  told: Incident | null;
}

/**
 * Tells the chats of the settings of a change that cannot be stored: past the database, once, and
 * only if this process saw the change happen. When the database is back, the same message becomes
 * the alert.
 */
export class Unstored {
  readonly #deps: UnstoredDeps;
  readonly #shadows = new Map<string, Shadow>();

  constructor(deps: UnstoredDeps) {
    this.#deps = deps;
  }

  /** Takes in a reading that is about to be stored. */
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

  /**
   * Takes in the state that the database now holds; `by`: the reading that it follows from, if any.
   */
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
    // A reading from before the trouble, stored late: the decisions made since then stay.
    if (by !== undefined && by !== shadow.newest && state.incident === null) return;
    shadow.state = state;
    shadow.pending = null;
    shadow.cancel();
    // The incident told past the database ended before it could be stored: only its message can say
    // so.
    const { told } = shadow;
    if (told === null || state.incident !== null || state.badInRow > 0) return;
    shadow.told = null;
    void this.#correct(shadow, { ...told, endedAt: state.latestReadable?.at ?? told.startedAt });
  }

  /** The incident that is open by the decisions so far, stored or not; null for none. */
  incidentIn(region: string): Incident | null {
    return this.#shadows.get(region)?.state.incident ?? null;
  }

  /**
   * Id of the message that told this chat of a region's incident past the database; null for none.
   */
  alertIn(region: string, chatId: number): number | null {
    return this.#shadows.get(region)?.alerts.get(chatId) ?? null;
  }

  /** Forgets the message of {@linkcode alertIn}: it has become the alert, or cannot. */
  taken(region: string, chatId: number): void {
    const shadow = this.#shadows.get(region);
    shadow?.alerts.delete(chatId);
    if (shadow) shadow.told = null;
  }

  /** Whether this chat was told past the database that a region's incident is over. */
  hasHeardEnd(region: string, chatId: number): boolean {
    return this.#shadows.get(region)?.ends.has(chatId) ?? false;
  }

  /** Shifts the times after the machine's clock was set. */
  clockSet(set: ClockSet): void {
    for (const shadow of this.#shadows.values()) {
      const { pending, told } = shadow;
      shadow.state = movedState(shadow.state, set);
      shadow.pending = pending && { ...pending, incident: movedIncident(pending.incident, set) };
      shadow.told = told && movedIncident(told, set);
    }
  }

  /** Cancels the changes that wait to be told. */
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
