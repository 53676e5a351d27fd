import type { Record } from "./record.ts";

/** Whoever the settings name is told within two seconds; a busy machine may take one more. */
const FIRST_WITHIN_MS = 3_000;
/** The rule is about five; all are told sooner. */
const WINDOW_MS = 2_000;
const STEP_MS = 250;
/** The share of chats among whose alerts nothing but the pace is between one and the next. */
const OF_THESE = 0.85;
/** Half, but for what starts and ends at the edges of a window. */
const SHARE = 0.45;

/** What was unfair when the last outage was told and people asked without end. */
export function brokenFairness({ exam, told, changes, incidents, recipients }: Record): string[] {
  if (!exam) return [];
  const incident = incidents.find((it) => it.region === exam.region);
  const decided = changes.find((it) => it.kind === "opened" && it.incidentId === incident?.id);
  // That it was decided at all is another promise.
  if (!decided) return [];
  const broken: string[] = [];
  const alerts = told.filter((it) =>
    it.region === exam.region && it.how === "sent" && it.saying === "alert"
  );
  for (const { ids, isReachable, isConfigured } of recipients) {
    if (!isReachable || !isConfigured) continue;
    const at = alerts.find((it) => ids.includes(it.chatId))?.at;
    if (at === undefined) broken.push(`chat ${ids.at(-1)} of the settings was not told at the end`);
    else if (at - decided.at > FIRST_WITHIN_MS) {
      broken.push(`chat ${ids.at(-1)} of the settings was told after ${at - decided.at} ms`);
    }
  }
  // At the end are those that could not be told before: refused, or moved.
  const times = alerts.map((it) => it.at).sort((a, b) => a - b);
  const last = times[Math.floor(OF_THESE * times.length)] ?? 0;
  for (let from = times[0] ?? 0; from + WINDOW_MS <= last; from += STEP_MS) {
    const isIn = (at: number) => at >= from && at < from + WINDOW_MS;
    const deliveries = alerts.filter((it) => isIn(it.at)).length;
    const answers = exam.answers.filter(isIn).length;
    if (deliveries >= SHARE * (deliveries + answers)) continue;
    broken.push(`${deliveries} deliveries and ${answers} answers in ${WINDOW_MS} ms`);
    break;
  }
  return broken;
}
