import type { Row } from "@libsql/client";
import type { Delivery } from "../delivering/outbox.ts";
import { isDrill } from "../domain/drill.ts";
import { byNight } from "../domain/hearing.ts";
import { isForMorning, morningOf, nightAt } from "../domain/night.ts";
import { isSignKind, TOLD_AS } from "../domain/portal_watch.ts";
import type { Rule } from "../domain/rule.ts";
import type { Chats } from "./chats.ts";
import type { Connection } from "./database.ts";
import { loadNights } from "./night_news.ts";
import { storeNights } from "./night_rows.ts";
import { notifyOf } from "./rows.ts";
import { ruleOf } from "./rule_rows.ts";

/**
 * Part of a transaction: fits claimed deliveries to the time of day in their chats. A late one that
 * would now sound in quiet hours is decided anew; if it has to wait for the morning, it is given
 * back.
 */
export async function withNight(
  it: Connection,
  rows: readonly Row[],
  claimed: readonly Delivery[],
  { chats, now }: { chats: Chats; now: number },
): Promise<Delivery[]> {
  const byId = new Map(rows.map((row) => [Number(row["id"]), row]));
  const first = JSON.stringify([...chats.groups, ...chats.administrators]);
  const told: { readonly delivery: Delivery; readonly rule: Rule }[] = [];
  for (const delivery of claimed) {
    const row = byId.get(delivery.id);
    const rule = ruleOf(row?.["rule"]);
    // A message that is left is edited, which makes no sound.
    if (rule.quiet === null || (row?.["leaves"] ?? null) !== null) {
      told.push({ delivery, rule });
      continue;
    }
    const kept = await fitted(it, delivery, { rule, closedBy: row?.["night"], first, now });
    if (kept !== null) told.push({ delivery: kept, rule });
  }
  const nights = told.filter(({ delivery }) => delivery.kind === "night");
  const news = await loadNights(
    it,
    nights.map(({ delivery, rule }) => ({ ...delivery, rule })),
    now,
  );
  const newsOf = new Map(nights.map(({ delivery }, index) => [delivery.id, news[index] ?? null]));
  return told.map(({ delivery }) => ({ ...delivery, night: newsOf.get(delivery.id) ?? null }));
}

/** The delivery as it is to be told now; null when it has to wait for the morning. */
async function fitted(
  it: Connection,
  delivery: Delivery,
  { rule: { quiet }, closedBy, first, now }: {
    rule: Rule;
    closedBy: unknown;
    first: string;
    now: number;
  },
): Promise<Delivery | null> {
  const { id, chatId, kind, notify, isSilent, begins, alert, incident } = delivery;
  const night = nightAt(quiet, now);
  const set = (columns: string, args: (string | number | null)[]) =>
    it.rows(`UPDATE deliveries SET ${columns} WHERE id = ?`, [...args, id]);
  if (night === null) {
    // The delivery was decided in a night that is over by now, so it sounds.
    const isHeard = isSilent || (closedBy !== null && begins && !notify && alert === null);
    if (isHeard) await set("notify = 1", []);
    return isHeard ? { ...delivery, notify: true, isSilent: false } : delivery;
  }
  if (kind === "night") {
    await set("state = 'waiting', begun_at = NULL, next_attempt_at = ?", [morningOf(quiet, now)]);
    return null;
  }
  // Even in quiet hours administrators get their notices at once, but without a sound.
  // Also bulletins, which nobody wants in the morning as news of the night.
  if (kind === "notice" || kind === "blinded" || kind === "sighted" || kind === "bulletin") {
    return { ...delivery, notify: false };
  }
  // A card is edited, which makes no sound; reminders.ts looks at the hour of a reminder.
  if (kind === "card" || kind === "reminder") return delivery;
  // A drill does not wait for the morning, and was decided a moment ago.
  if (isDrill(delivery)) return night === "wake" ? delivery : { ...delivery, isSilent: notify };
  const hearing = byNight({ how: "now", notify, isSilent: false, begins, isMuted: false }, {
    night,
    isOutage: isSignKind(kind)
      ? kind !== "no portal"
      : kind === "closed"
      ? await hasHeardOutage(it, delivery)
      : incident?.severity === "outage",
    known: { alert: alert === null || alert.isOver ? null : "shown" },
    kind: isSignKind(kind) ? TOLD_AS[kind] : kind,
  });
  if (
    hearing.how === "not" ||
    (hearing.how === "now" && hearing.notify === notify && hearing.isSilent === isSilent)
  ) {
    return delivery;
  }
  const end = morningOf(quiet, now);
  const [known] = await it.rows(
    `SELECT change_id FROM deliveries WHERE state = 'waiting' AND night IS NULL AND chat_id = ?`,
    [chatId],
  );
  const closing = !isForMorning(hearing)
    ? null
    : known
    ? Number(known["change_id"])
    : (await storeNights(it, [{ chats: `[${chatId}]`, end }], { first, now })).get(end) ?? null;
  if (hearing.how === "later") {
    await set("state = 'waiting', begun_at = NULL, next_attempt_at = ?, night = ?", [end, closing]);
    return null;
  }
  const told = { notify: hearing.notify, isSilent: hearing.isSilent, begins: hearing.begins };
  await set("notify = ?, begins = ?, night = ?", [
    notifyOf(told),
    Number(told.begins),
    closing,
  ]);
  return { ...delivery, ...told };
}

/** Whether the chat was told of the present course of the incident while it was an outage. */
async function hasHeardOutage(
  it: Connection,
  { chatId, changeId, incident }: Delivery,
): Promise<boolean> {
  const rows = await it.rows(
    `SELECT 1 FROM deliveries d
       JOIN changes c ON c.id IN (d.change_id, d.shown_change, d.told_change)
     WHERE d.incident_id = ?1 AND d.chat_id = ?2 AND d.state = 'sent' AND c.severity = 'outage'
       AND c.id > (SELECT COALESCE(MAX(id), 0) FROM changes
         WHERE incident_id = ?1 AND kind = 'closed' AND id < ?3)`,
    [incident?.id ?? null, chatId, changeId],
  );
  return rows.length > 0;
}
