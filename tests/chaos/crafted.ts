import type { Record, Run, StoredChange, Told } from "./record.ts";

/** Who and what crafted records are about. */
export const ANNA = 2001;
export const GROUP = -2001;
export const SUPERGROUP = -1002001;
export const TEXT = "сбой qa-1";

/** What somebody was shown, in short: `alert 1`, `edited over 1`, `recovered 2?` (uncertain). */
export function told(chatId: number, lines: readonly string[]): Told[] {
  return lines.map((line, index) => {
    const [, how = "sent", saying, id, doubt] =
      /^(?:(edited|deleted) )?(\w+) (\d+)(\?)?$/.exec(line) ?? [];
    return {
      at: index,
      how: how as Told["how"],
      saying: saying as Told["saying"],
      chatId,
      messageId: Number(id),
      region: "qa",
      text: TEXT,
      run: 0,
      isCertain: doubt === undefined,
    };
  });
}

/** Decided of the one incident, one after the other. */
export function changes(...kinds: string[]): StoredChange[] {
  return kinds.map((kind, index) => ({ id: index + 1, kind, incidentId: 1, at: index }));
}

/** A life that ended as it should. */
export const LIFE: Run = { signal: "SIGTERM", code: 0, log: "", inFlight: 0, begun: [] };

/** One incident, opened and closed unless `more` says otherwise, in one chat. */
export function record(lines: readonly string[], more: Partial<Record> = {}): Record {
  const decided = more.changes ?? changes("opened", "closed");
  const shown = told(ANNA, lines);
  return {
    told: shown,
    runs: [LIFE],
    recipients: [{ ids: [ANNA], isReachable: true }],
    violations: [],
    badReadings: new Map([["qa", 3]]),
    incidents: [{ id: 1, region: "qa", description: TEXT, isOpen: false }],
    changes: decided,
    // All that was certain is remembered.
    deliveries: decided.map(({ id }, index) => ({
      id,
      changeId: id,
      incidentId: 1,
      chatId: ANNA,
      state: "sent",
      error: null,
      messageId: shown.filter((it) => it.how === "sent" && it.isCertain)[index]?.messageId ?? null,
      settledAt: id,
    })),
    ...more,
  };
}

/** How it should be. */
export const WELL = ["alert 1", "edited over 1", "recovered 2"];
