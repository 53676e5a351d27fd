import type { Row } from "@libsql/client";
import type { Attempt } from "../delivering/outbox.ts";
import { REFUSALS_THAT_COUNT } from "../domain/delivery.ts";
import { storeOutdatedCopies } from "./bulletin_rows.ts";
import { EDITS_APART_MS } from "./card_rows.ts";
import type { Chats } from "./chats.ts";
import { storeTopicLost, storeTopicTold } from "./chat_rows.ts";
import type { Writing } from "./database.ts";
import { storeShared } from "./failure_rows.ts";
import { storeMorning } from "./night_rows.ts";
import { storeProbes } from "./reach_rows.ts";
import { shortError } from "./rows.ts";

/**
 * Part of a transaction: stores the outcomes of attempts. `changed`: rows of theirs that got
 * another chat or state since the claim, or are missing (null).
 */
export async function storeAttempts(
  it: Writing,
  attempts: readonly Attempt[],
  changed: readonly Row[],
  chats: Chats,
  now: number,
): Promise<void> {
  const byId = new Map(changed.map((row) => [Number(row["id"]), row]));
  const settled: unknown[][] = [];
  let isGone = false;
  for (const { delivery, step } of attempts) {
    const { id, chatId, topicId, isTopicLost, refusals } = delivery;
    const row = byId.get(id);
    const sent = step.state === "sent" ? step : null;
    // The chat unsubscribed, or removed the bot, during the attempt: its deliveries are settled or
    // paused.
    if (row && row["state"] !== "due" && (row["state"] === null || !sent)) continue;
    // The group became a supergroup during the attempt: an outcome in the old chat is none for the
    // new.
    const hasMoved = row !== undefined && row["chat_id"] !== chatId;
    const error = "error" in step ? shortError(step.error) : null;
    if (step.state === "due" || (hasMoved && step.state === "paused")) {
      const due = step.state === "due" ? step : { at: now, told: null, isRefused: false };
      await it.rows(
        `UPDATE deliveries SET attempts = attempts + 1, next_attempt_at = ?, begun_at = NULL,
           last_error = ?, told_change = COALESCE(?, told_change), refusals = refusals + ?
         WHERE id = ?`,
        [due.at, error, due.told ?? null, due.isRefused ? 1 : 0, id],
      );
      if (step.state !== "due") continue;
      if (step.isRefused && refusals + 1 === REFUSALS_THAT_COUNT) {
        await chats.storeRefusing(it, chatId, step.error ?? "", now);
      }
      if (step.movedTo !== undefined) await chats.storeMove(it, chatId, step.movedTo, now);
      if (step.told != null && isTopicLost) await storeTopicTold(it, chatId);
      if (step.isTopicGone) await storeTopicLost(it, chatId, topicId);
      continue;
    }
    if (step.state === "paused") {
      await it.rows(
        `UPDATE deliveries SET attempts = attempts + 1, begun_at = NULL, last_error = ? WHERE id = ?`,
        [error, id],
      );
      await chats.reach.storeRefused(
        it,
        chatId,
        { why: step.why, reason: step.error, until: null },
        now,
      );
      continue;
    }
    isGone ||= chats.reach.has(chatId);
    settled.push([
      id,
      step.state,
      error,
      // The message is in the old chat.
      hasMoved ? null : sent?.messageId ?? null,
      sent?.isAlert && delivery.kind !== "card" ? 1 : 0,
      sent?.shown ?? null,
      sent?.told ?? null,
      delivery.kind === "card" ? delivery.claimedAt : null,
      sent?.leaves ?? null,
    ]);
    if (sent?.isAlert && isTopicLost) await storeTopicTold(it, chatId);
    // The delivery of a card is older than others: its new message becomes that of the newest alert.
    if (sent?.isAlert && delivery.kind === "card" && !hasMoved) {
      await it.rows(
        `UPDATE deliveries SET message_id = ?3 WHERE id = (SELECT MAX(id) FROM deliveries
           WHERE incident_id = ?1 AND chat_id = ?2 AND is_alert = 1)`,
        [delivery.incident?.id ?? null, chatId, sent.messageId],
      );
    }
  }
  // Somebody pressed a button while the card was edited: it is edited again, a while later.
  const isAgain = "next_attempt_at > it.value ->> 7";
  await it.rows(
    `UPDATE deliveries SET leaves = it.value ->> 8,
       state = iif(${isAgain} OR it.value ->> 8 IS NOT NULL, 'due', it.value ->> 1),
       next_attempt_at = iif(${isAgain}, MAX(next_attempt_at, ?2 + ${EDITS_APART_MS}), next_attempt_at),
       attempts = iif(${isAgain}, 0, attempts + 1), begun_at = NULL,
       last_error = it.value ->> 2, message_id = COALESCE(it.value ->> 3, message_id),
       is_alert = MAX(is_alert, it.value ->> 4),
       shown_change = COALESCE(it.value ->> 5, shown_change), told_change = COALESCE(it.value ->> 6, told_change),
       settled_at = ?2
     FROM json_each(?1) it WHERE deliveries.id = it.value ->> 0`,
    [JSON.stringify(settled), now],
  );
  await storeOutdatedCopies(it, attempts, now);
  for (const { delivery, step } of attempts) {
    if (delivery.shared) await storeShared(it, delivery, step, now);
  }
  for (const { delivery: { kind, chatId, changeId, night }, step: { state } } of attempts) {
    if (kind !== "night" || state === "due" || state === "paused") continue;
    const listed = state === "sent" ? (night?.over ?? []).map((it) => it.id) : [];
    await storeMorning(it, { chatId, night: changeId, listed }, now);
  }
  if (isGone) await storeProbes(it, now);
}
