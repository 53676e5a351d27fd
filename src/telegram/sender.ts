import { type Api, GrammyError, HttpError } from "grammy";
import type { Delivery, Send } from "../core/outbox.ts";
import type { Outcome } from "../domain/delivery.ts";
import type { IncidentRecord } from "../domain/record.ts";
import { alertScreen, replyScreen, sightScreen } from "./announcements.ts";
import { editToScreen, sendScreen } from "./messages.ts";
import type { Screen } from "./screens.ts";
import type { Voice } from "./texts/format.ts";

export interface SenderDeps {
  /** Without retries of its own: the outbox decides what follows from a fault. */
  readonly api: Api;
  readonly voice: Voice;
  readonly now: () => number;
  readonly pageUrl: (region: string) => string;
  /** Error texts go into the database and the log: secrets out. */
  readonly redact: (text: string) => string;
}

/** Tells one chat of one change, and says what became of it. */
export function createSender(deps: SenderDeps): Send {
  return async (delivery, signal) => {
    try {
      return await tell(deps, delivery, signal);
    } catch (error) {
      return outcomeOf(error, deps.redact);
    }
  };
}

async function tell(deps: SenderDeps, delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
  const { api, voice } = deps;
  const { chatId, incident } = delivery;
  const sent = (messageId: number, isAlert: boolean): Outcome => ({
    kind: "sent",
    messageId,
    isAlert,
  });
  if (delivery.kind === "blinded" || delivery.kind === "sighted") {
    return sent(await sendScreen(api, { chatId }, sightScreen(voice, delivery), signal), false);
  }
  if (incident === null) return { kind: "nothing to do" };

  // It came back before this chat heard that it was over: for them it never was.
  if (delivery.kind === "closed" && incident.isOpen) return { kind: "nothing to do" };

  const now = deps.now();
  const isNew = delivery.alert === null || (delivery.kind === "opened" && delivery.alert.isOver);
  if (delivery.alert === null || isNew) {
    // Whoever never got the alert is not told of what became of it.
    const begins = delivery.kind === "opened" || delivery.kind === "worsened";
    if (!begins || !delivery.notify) return { kind: "nothing to do" };
    return sent(await sendScreen(api, { chatId }, alertOf(deps, incident, now), signal), true);
  }
  // First the edit, which may be repeated; then the reply, which should not be.
  const { messageId, sentAt } = delivery.alert;
  await editToScreen(api, chatId, messageId, alertOf(deps, incident, now), signal);
  // An alert that went out after the change has told of it already.
  const isNews = delivery.notify && sentAt < delivery.changedAt;
  const reply = isNews ? replyScreen(voice, delivery, now) : null;
  if (reply === null) return sent(messageId, false);
  return sent(await sendScreen(api, { chatId, replyTo: messageId }, reply, signal), false);
}

function alertOf({ voice, pageUrl }: SenderDeps, incident: IncidentRecord, now: number): Screen {
  return alertScreen(voice, incident, { now, pageUrl: pageUrl(incident.region) });
}

/** The only reader of grammY's errors on the way of deliveries: what kind of fault is it? */
export function outcomeOf(error: unknown, redact: (text: string) => string): Outcome {
  if (error instanceof GrammyError) {
    const text = redact(`${error.error_code} ${error.description}`);
    const { retry_after: seconds, migrate_to_chat_id: to } = error.parameters;
    if (error.error_code === 429) return { kind: "retry after", seconds: seconds ?? 5 };
    if (to !== undefined) return { kind: "chat moved", to, error: `${text}; new id ${to}` };
    if (error.error_code === 403) return { kind: "chat gone", error: text };
    if (error.error_code >= 500 || error.error_code === 401 || error.error_code === 404) {
      return { kind: "uncertain", error: text };
    }
    return /chat not found|user not found|PEER_ID_INVALID|group chat was deactivated/i.test(text)
      ? { kind: "chat gone", error: text }
      : { kind: "rejected", error: text };
  }
  const cause = error instanceof HttpError ? error.error : error;
  const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return { kind: "uncertain", error: redact(text) };
}
