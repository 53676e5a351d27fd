import { brokenFairness } from "./fairness.ts";
import type { Recipient, Record, Saying, StoredChange, StoredIncident, Told } from "./record.ts";

/** A message waits for its place in the pace for five seconds at most, and then takes its time. */
const LONGEST_WAY_MS = 8_000;
/** Why a delivery is skipped whose chat knows, or need not know, what it would have told. */
const KNOWN_ANYWAY = [
  "outdated",
  "came back",
  "beginning not told",
  "known already",
  "incident removed",
  "told in the supergroup",
];

/** A promise that was not kept. */
export interface Broken {
  readonly promise: "heard" | "order" | "duplicates" | "violations" | "life" | "fairness";
  readonly what: string;
  readonly chatId?: number;
  readonly region?: string;
}

/** All promises that a played schedule broke; none, if all is well. */
export function brokenPromises(record: Record): Broken[] {
  return [
    ...record.violations.map((what): Broken => ({ promise: "violations", what })),
    ...brokenLives(record),
    ...brokenDecisions(record),
    ...brokenFairness(record).map((what): Broken => ({ promise: "fairness", what })),
    ...record.recipients.flatMap((recipient) => [
      ...brokenStates(record, recipient),
      ...record.incidents.flatMap((incident) => {
        const told = record.told.filter((it) =>
          it.region === incident.region && recipient.ids.includes(it.chatId)
        );
        const scene = { record, recipient, incident, told };
        return [...brokenHearing(scene), ...brokenOrder(scene), ...brokenBounds(scene)];
      }),
    ]),
  ];
}

interface Scene {
  readonly record: Record;
  readonly recipient: Recipient;
  readonly incident: StoredIncident;
  /** What this chat was shown of this incident. */
  readonly told: readonly Told[];
}

function brokenLives({ runs }: Record): Broken[] {
  const life = (run: number, what: string): Broken => ({
    promise: "life",
    what: `life ${run} of the program: ${what}`,
  });
  return runs.flatMap(({ signal, code, log, begun }, run) => {
    const broken: Broken[] = [];
    if (signal === "SIGTERM" && code !== 0) broken.push(life(run, `exit code ${code}\n${log}`));
    const lines = log.split("\n");
    for (const line of lines) {
      if (/ CRITICAL |Unhandled|Uncaught|panicked/.test(line)) broken.push(life(run, line));
    }
    // The next life has to own up to what this one left open.
    const next = runs[run + 1];
    const owned = next && /made again.*count=(\d+)/.exec(next.log)?.[1];
    const isRead = next !== undefined && / INFO .*Started/.test(next.log);
    const due = begun.filter((it) => it.isDue).length;
    if (isRead && due > 0 && owned !== undefined && Number(owned) !== due) {
      broken.push(life(run + 1, `counts ${owned} cut short, there were ${due}`));
    }
    return broken;
  });
}

/** The feed was bad for long enough, and still nothing was decided. */
function brokenDecisions({ badReadings, incidents, runs }: Record): Broken[] {
  return [...badReadings].flatMap(([region, count]): Broken[] => {
    const ofRegion = incidents.filter((it) => it.region === region);
    const what = ofRegion.some((it) => it.isOpen)
      ? "the incident is still open"
      : ofRegion.length > 1
      ? "one incident became several"
      // Each life may be ended between its last question and what followed from the answer.
      : ofRegion.length === 0 && count > runs.length
      ? `no incident after ${count} bad readings`
      : null;
    return what === null ? [] : [{ promise: "heard", what, region }];
  });
}

function brokenStates(record: Record, { ids, isReachable }: Recipient): Broken[] {
  const broken: Broken[] = [];
  const chatId = ids.at(-1) ?? 0;
  const say = (promise: "heard" | "order", what: string) => broken.push({ promise, what, chatId });
  const rows = record.deliveries.filter((it) => ids.includes(it.chatId));
  for (const { id, kind } of record.changes) {
    if (kind === "opened" && !rows.some((it) => it.changeId === id)) {
      say("heard", `was never owed change ${id}`);
    }
  }
  const nights = record.changes.filter((it) => it.kind === "night").map((it) => it.id);
  for (const { id, changeId, state, error } of rows) {
    const isFine = state === "sent" ||
      // The night of who wants no sound outlives a schedule.
      (state === "waiting" && nights.includes(changeId)) ||
      (state === "skipped" && KNOWN_ANYWAY.includes(error ?? "")) ||
      // The oldest that an unreachable chat is owed is due, when it is to be tried again.
      ((state === "paused" || state === "due") && !isReachable);
    if (!isFine) say("heard", `delivery ${id} is ${state}: ${error}`);
  }
  // Of a chat that moved, the deliveries were put together from two.
  if (ids.length > 1) return broken;
  let latest = -Infinity;
  for (const { id, settledAt, state } of rows.toSorted((a, b) => a.id - b.id)) {
    if (settledAt === null || (state !== "sent" && state !== "skipped")) continue;
    if (settledAt < latest) say("order", `delivery ${id} was settled before an earlier one`);
    latest = Math.max(latest, settledAt);
  }
  return broken;
}

/** Whoever can be reached knows in the end that it is over, and was told so with a sound. */
function brokenHearing({ record, recipient, incident, told }: Scene): Broken[] {
  if (!recipient.isReachable || incident.isOpen) return [];
  const chatId = recipient.ids.at(-1) ?? 0;
  const broken = (what: string): Broken[] => [
    { promise: "heard", what, chatId, region: incident.region },
  ];
  const alert = told.findLast((it) => it.how === "sent" && it.isCertain && isAlert(it.saying));
  if (alert === undefined) return broken("never got the alert");
  const last =
    told.findLast((it) => it.messageId === alert.messageId && it.chatId === alert.chatId) ?? alert;
  if (last.saying === "late") return [];
  const isThere = last.how !== "deleted" && !hasMovedSince(recipient, alert);
  if (isThere && last.saying !== "over") return broken("the newest alert does not show the end");
  if (isThere && !last.text.includes(incident.description)) {
    return broken(`the newest alert does not show “${incident.description}”`);
  }
  const reply = told.slice(told.indexOf(alert))
    .find((it) => it.saying === "recovered" && it.isCertain);
  if (reply === undefined) return broken("got the alert and no recovery");
  const isDue = record.changes.some((it) => it.incidentId === incident.id && it.kind === "closed");
  return isDue ? [] : broken("the end was never decided");
}

function hasMovedSince({ ids }: Recipient, { chatId }: Told): boolean {
  return chatId !== ids.at(-1);
}

/** No end without a beginning, nothing worse after the end, no way back but a relapse. */
function brokenOrder({ record, incident, told }: Scene): Broken[] {
  const broken: Broken[] = [];
  const say = ({ chatId }: Told, what: string) =>
    broken.push({ promise: "order", what, chatId, region: incident.region });
  const decided = record.changes.filter((it) => it.incidentId === incident.id);
  const hasRelapsed = decided.filter((it) => it.kind === "opened").length > 1;
  let alert: Told | null = null;
  let isOver = false;
  for (const it of told) {
    if (it.how === "deleted") continue;
    if (alert === null && !isAlert(it.saying)) say(it, `“${it.saying}” before any alert`);
    // An alert that was sent twice is corrected in one place only: what counts is the newest.
    if (it.how === "edited" && alert !== null && it.messageId < alert.messageId) {
      if (it.chatId === alert.chatId) continue;
    }
    if (it.saying === "worsened" && (isOver || isStale(it, decided))) {
      say(it, "“worse” after the end");
    }
    if (it.saying === "alert" && isOver && !hasRelapsed) say(it, "open again without a relapse");
    if (isAlert(it.saying) && it.how === "sent") alert = it;
    isOver = it.saying !== "alert" && it.saying !== "worsened";
  }
  return broken;
}

/** Whether the end had been decided long before, so that this cannot have been on its way already. */
function isStale({ at }: Told, decided: readonly StoredChange[]): boolean {
  const latest = decided.findLast((it) =>
    it.at < at && (it.kind === "opened" || it.kind === "closed")
  );
  return latest?.kind === "closed" && latest.at < at - LONGEST_WAY_MS;
}

/** Twice only what was uncertain; and nothing certain is forgotten. */
function brokenBounds({ record, recipient, incident, told }: Scene): Broken[] {
  const broken: Broken[] = [];
  const chatId = recipient.ids.at(-1) ?? 0;
  const say = (what: string) =>
    broken.push({ promise: "duplicates", what, chatId, region: incident.region });
  const decided = (kind: string) =>
    record.changes.filter((it) => it.incidentId === incident.id && it.kind === kind).length;
  const moves = recipient.ids.length - 1;
  // After a move the incident goes on in a message of its own.
  const bounds: [string, (saying: Saying) => boolean, number][] = [
    ["alert", isAlert, decided("opened") + moves],
    ["worsened", (it) => it === "worsened", decided("worsened")],
    ["recovered", (it) => it === "recovered", decided("closed")],
  ];
  const sent = told.filter((it) => it.how === "sent");
  for (const [name, isOne, count] of bounds) {
    const found = sent.filter((it) => isOne(it.saying));
    const uncertain = found.filter((it) => !it.isCertain).length;
    if (found.length > count + uncertain) {
      say(`${found.length} × “${name}”, decided ${count} times, ${uncertain} uncertain`);
    }
  }
  // A move lets go of what the messages of the old group were.
  if (moves > 0) return broken;
  const known = new Set(
    record.deliveries.filter((it) => it.chatId === chatId).map((it) => it.messageId),
  );
  for (const { isCertain, messageId, saying } of sent) {
    // The ids of the short replies are of no use to anybody.
    if (isAlert(saying) && isCertain && !known.has(messageId)) {
      say(`“${saying}” ${messageId} was not remembered`);
    }
  }
  return broken;
}

/** Messages that came again because nobody knew about the first: no broken promise, but counted. */
export function countDuplicates({ told }: Pick<Record, "told">, run?: number): number {
  const sent = told.filter((it) => it.how === "sent");
  return sent.filter((it, index) => {
    if (it.isCertain || (run !== undefined && it.run !== run)) return false;
    // Whatever is sent next about the incident in this chat: if it says the same, it is the same.
    const next = sent.slice(index + 1)
      .find((other) => other.chatId === it.chatId && other.region === it.region);
    return next !== undefined &&
      (next.saying === it.saying || (isAlert(next.saying) && isAlert(it.saying)));
  }).length;
}

function isAlert(saying: Saying): boolean {
  return saying === "alert" || saying === "late";
}

/** What was broken, with what the chat in question was shown. */
export function describe(broken: readonly Broken[], { told, recipients }: Record): string {
  const MOST = 12;
  const lines = broken.slice(0, MOST).map(({ promise, what, chatId, region }) => {
    const head = [`“${promise}”`, chatId && `chat ${chatId}`, region && `.${region}`, what];
    const ids = recipients.find((it) => chatId !== undefined && it.ids.includes(chatId))?.ids ?? [];
    const shown = told.filter((it) =>
      ids.includes(it.chatId) && (region === undefined || it.region === region)
    ).map((it) =>
      `    ${new Date(it.at).toISOString().slice(14, 23)} life ${it.run} ${it.how} ` +
      `${it.chatId}/${it.messageId} ${it.saying}${it.isCertain ? "" : " (uncertain)"}`
    );
    return [head.filter((it) => it).join(" · "), ...shown.slice(-20)].join("\n");
  });
  return [...lines, ...(broken.length > MOST ? [`and ${broken.length - MOST} more`] : [])]
    .join("\n");
}
