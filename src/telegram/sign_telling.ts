import type { Api } from "grammy";
import type { Delivery } from "../delivering/outbox.ts";
import { type Outcome, tellingOf } from "../domain/delivery.ts";
import { isSignKind, type SignNews, TOLD_AS } from "../domain/portal_watch.ts";
import { type Address, editToScreen, sendScreen } from "./messages.ts";
import { isRefused, refusalOf } from "./refusals.ts";
import type { Screen } from "./screen.ts";
import { noPortalScreen, signOverScreen, signScreen } from "./sign_screens.ts";
import type { Voice } from "./texts/format.ts";

/** What {@linkcode tellSign} needs of the sender. */
export interface SignDeps {
  readonly api: Api;
  readonly voice: Voice;
  readonly address: Address;
  /** The screen with the buttons that the chat may have, and for a new message with news of its topic. */
  readonly edited: (screen: Screen) => Screen;
  readonly sent: (screen: Screen) => Screen;
}

/** Tells a chat of a sign by the rules of incidents: one message, a reply at its end, edits. */
export async function tellSign(
  { api, voice, address, edited, sent }: SignDeps,
  delivery: Delivery,
  sign: SignNews,
  signal: AbortSignal,
): Promise<Outcome> {
  const { kind, chatId, alert, region, latestChangeId: latest } = delivery;
  const isOpen = sign.latest !== "sign over";
  const telling = tellingOf({
    ...delivery,
    kind: isSignKind(kind) ? TOLD_AS[kind] : "announced",
    incident: { isOpen, severity: "outage" },
  });
  // A chat that was not told of the sign is told of the incident instead.
  if (telling.kind === "nothing" || (sign.latest === "sign taken" && alert === null)) {
    const silence = telling.kind === "nothing" ? telling.silence : "outdated";
    return { kind: "nothing to do", silence };
  }
  const messageId = alert?.messageId ?? null;
  if (telling.kind === "reply") {
    const replyTo = delivery.isTopicLost ? undefined : messageId ?? undefined;
    const { isSilent } = telling;
    await sendScreen(
      api,
      { ...address, isSilent, replyTo },
      sent(signOverScreen(voice, sign, region)),
      signal,
    );
    return { kind: "told", told: latest };
  }
  const shown = { kind: "sent", isAlert: false, shown: latest } as const;
  if (telling.kind === "edit" && messageId !== null) {
    try {
      await editToScreen(api, chatId, messageId, edited(signScreen(voice, sign, region)), signal);
      return { ...shown, messageId, told: null };
    } catch (error) {
      if (!isRefused(error)) throw error;
      if (refusalOf(error).means === "chat unreachable") throw error;
      // The message is deleted or cannot be edited: only a sign that goes on gets another message.
      if (!isOpen || sign.latest === "sign taken") return { ...shown, messageId, told: null };
    }
  }
  const isSilent = telling.kind === "edit" || telling.isSilent;
  const screen = kind === "no portal"
    ? noPortalScreen(voice, delivery)
    : signScreen(voice, sign, region);
  const newId = await sendScreen(api, { ...address, isSilent }, sent(edited(screen)), signal);
  if (kind === "no portal") {
    return { kind: "sent", messageId: newId, isAlert: false, shown: null, told: latest };
  }
  return { ...shown, messageId: newId, told: isSilent && !delivery.isSilent ? null : latest };
}
