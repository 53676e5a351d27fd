import type { Api } from "grammy";
import type { Delivery, Send } from "../delivering/outbox.ts";
import { withTimeLimit } from "../time/time_limit.ts";
import { type Outcome, tellingOf } from "../domain/delivery.ts";
import { isDrill } from "../domain/drill.ts";
import type { IncidentRecord } from "../domain/record.ts";
import { markedDrill, wordedDrill } from "./drill.ts";
import { lateScreen, movedOnScreen, replyScreen, sightScreen } from "./announcements.ts";
import { tellBulletin } from "./bulletin_telling.ts";
import { cardScreen, cardScreens } from "./card_screens.ts";
import { announcedScreen, nightScreen } from "./night_screen.ts";
import { sayNamed } from "./foreign.ts";
import type { TelegramFacts } from "./telegram_facts.ts";
import { channelButtons } from "./menus.ts";
import { type Address, editToScreen, grammySignal, sendScreen } from "./messages.ts";
import { reminderScreen } from "./reminder_screen.ts";
import { outcomeOf } from "./outcomes.ts";
import { isRefused, refusalOf } from "./refusals.ts";
import { blocks } from "./rich.ts";
import { type Keyboard, type Screen, sentence } from "./screen.ts";
import { tellSign } from "./sign_telling.ts";
import type { Voice } from "./texts/format.ts";

/** Messages that were sent past the outbox, before their incident could be stored. */
export interface Early {
  alertIn(region: string, chatId: number): number | null;
  taken(region: string, chatId: number): void;
  hasHeardEnd(region: string, chatId: number): boolean;
}

export interface SenderDeps {
  /** An Api without retries of its own: the outbox decides what follows from an error. */
  readonly api: Api;
  readonly voice: Voice;
  readonly now: () => number;
  readonly pageUrl: (region: string) => string;
  readonly facts: TelegramFacts;
  /**
   * What chats were told past the outbox while the database could not be written: such a message
   * becomes the alert, and an end is told once.
   */
  readonly early?: Early | undefined;
  /** Our name without the @; null while Telegram has not said it. */
  readonly botName: () => string | null;
  /** Removes secrets from error texts, which go into the database and the log. */
  readonly redact: (text: string) => string;
}

/** Longest wait of an alert for the unknown type of its chat. */
const ASK_TYPE_MS = 3_000;

const NOTHING_THERE: Outcome = { kind: "nothing to do", silence: "incident removed" };
/** Creates the function that tells one chat of one change and returns the outcome. */
export function createSender(deps: SenderDeps): Send {
  const alertOf = cardScreens(deps);
  return async (claimed, signal) => {
    const voice = deps.voice.in(claimed.language);
    const isFalse = isDrill(claimed);
    const delivery = isFalse ? wordedDrill(voice, claimed) : claimed;
    try {
      const buttons = await mayHaveButtons(deps, delivery, signal);
      const screenOf = (screen: Screen) => {
        const marked = isFalse ? markedDrill(voice, screen) : screen;
        return buttons || marked.keyboard === null
          ? marked
          : { ...marked, keyboard: linksOf({ ...deps, voice }, delivery) };
      };
      const early = isFalse ? undefined : deps.early;
      return await tell(
        { ...deps, early, voice, alertOf: alertOf(voice, delivery), screenOf },
        delivery,
        signal,
      );
    } catch (error) {
      const outcome = outcomeOf(error, deps.redact);
      // For a message without a topic, the closed topic is the General one.
      if (outcome.kind === "topic gone" && delivery.topicId === null) {
        return { kind: "chat unreachable", why: "may not write", error: outcome.error };
      }
      return outcome;
    }
  };
}

/** Creates the function that tells one chat a text of ours, past the outbox. That never rejects. */
export function createTeller({ api, redact }: Pick<SenderDeps, "api" | "redact">) {
  return async (chatId: number, text: string, signal: AbortSignal): Promise<Outcome> => {
    try {
      const messageId = await sendScreen(api, { chatId }, sentence(sayNamed(text)), signal);
      return { kind: "sent", messageId, isAlert: false, shown: null, told: null };
    } catch (error) {
      return outcomeOf(error, redact);
    }
  };
}

async function tell(
  { api, voice, now, pageUrl, early, alertOf, screenOf }: SenderDeps & {
    alertOf: (it: IncidentRecord) => Screen;
    /** The screen with the buttons that the chat may have. */
    screenOf: (it: Screen) => Screen;
  },
  delivery: Delivery,
  signal: AbortSignal,
): Promise<Outcome> {
  const { chatId, incident, alert, latestChangeId: latest } = delivery;
  const address: Address = { chatId, topicId: delivery.topicId ?? undefined };
  if (delivery.sign) {
    const sent = (screen: Screen) => withTopicNews(voice, delivery, screen);
    return await tellSign(
      { api, voice, address, edited: screenOf, sent },
      delivery,
      delivery.sign,
      signal,
    );
  }
  // A drill that is over by now teaches nobody anything.
  if (isDrill(delivery) && alert === null && !incident?.isOpen) {
    return { kind: "nothing to do", silence: "outdated" };
  }
  if (delivery.bulletin) {
    return await tellBulletin({ api, voice, address }, delivery, delivery.bulletin, signal);
  }
  const { others = [], leaves = null } = delivery.shared ?? {};
  const coming = delivery.shared?.coming.map((it) => it.incident) ?? [];
  const isAnyOpen = (it: IncidentRecord) => it.isOpen || others.some((it) => it.incident.isOpen);
  const telling = delivery.shared?.telling ?? tellingOf(delivery);
  switch (telling.kind) {
    case "nothing":
      return { kind: "nothing to do", silence: telling.silence };
    case "message": {
      const { isSilent } = telling;
      const replyTo = delivery.night?.still[0]?.messageId ??
        delivery.night?.signs[0]?.messageId ??
        (delivery.kind === "reminder" ? alert?.messageId : undefined) ?? undefined;
      const screen = messageScreen(voice, delivery, now());
      const messageId = await sendScreen(
        api,
        { ...address, isSilent, replyTo },
        screenOf(screen),
        signal,
      );
      return { kind: "sent", messageId, isAlert: false, shown: null, told: null };
    }
    case "alert":
      return incident ? await alertAnew(incident, telling.isSilent) : NOTHING_THERE;
    case "join": {
      if (incident === null) return NOTHING_THERE;
      await leaveEarly([incident, ...coming]);
      const { messageId } = telling;
      if (await refusedEdit(messageId, screenOf(alertOf(incident))) !== null) {
        return await alertAnew(incident, true);
      }
      return { kind: "sent", messageId, isAlert: true, shown: latest, told: null, leaves };
    }
    case "leave": {
      const screen = others.length === 0
        ? movedOnScreen(voice)
        : screenOf(cardScreen({ now, pageUrl }, voice, delivery, others));
      const error = await refusedEdit(telling.messageId, screen);
      const sent = { messageId: null, isAlert: false, shown: null, told: null };
      if (error === null || !others.some((it) => it.incident.isOpen)) {
        return { kind: "sent", ...sent };
      }
      const ofOthers = await sendScreen(api, { ...address, isSilent: true }, screen, signal);
      return { kind: "sent", ...sent, ofOthers };
    }
    case "reply": {
      const reply = incident && replyScreen(voice, delivery, now());
      if (!reply) return NOTHING_THERE;
      if (delivery.kind === "closed" && early?.hasHeardEnd(delivery.region, chatId)) {
        return { kind: "told", told: latest };
      }
      // After the loss of the topic there is no alert to reply to.
      const replyTo = delivery.isTopicLost ? undefined : alert?.messageId ?? undefined;
      await sendScreen(
        api,
        { ...address, isSilent: telling.isSilent, replyTo },
        withTopicNews(voice, delivery, screenOf(reply)),
        signal,
      );
      return { kind: "told", told: latest };
    }
    case "edit": {
      const messageId = alert?.messageId ?? null;
      if (incident === null || messageId === null) return NOTHING_THERE;
      // The incident came back before its old alert showed the end: the old alert gets that end.
      const isPast = delivery.kind === "closed" && incident.isOpen;
      const seen = isPast ? { ...incident, isOpen: false, endedAt: delivery.createdAt } : incident;
      const error = await refusedEdit(messageId, screenOf(alertOf(seen)));
      // The alert is deleted or cannot be edited, so an edit would be lost.
      if (error !== null && isAnyOpen(seen)) return await alertAnew(seen, true);
      if (error !== null && refusalOf(error).means === "chat unreachable") throw error;
      const shown = isPast ? delivery.changeId : latest;
      return { kind: "sent", messageId, isAlert: false, shown, told: null };
    }
  }

  async function alertAnew(incident: IncidentRecord, isSilent: boolean): Promise<Outcome> {
    await leaveEarly(coming);
    const known = early?.alertIn(incident.region, chatId) ?? null;
    if (known !== null) {
      early?.taken(incident.region, chatId);
      if (await isEdited(known, alertOf(incident))) {
        const sent = { messageId: known, isAlert: true, shown: latest, told: latest, leaves };
        return { kind: "sent", ...sent };
      }
    }
    const isHeard = known !== null;
    const screen = isAnyOpen(incident)
      ? alertOf(incident)
      : lateScreen(voice, [incident, ...others.map((it) => it.incident)]);
    const messageId = await sendScreen(
      api,
      { ...address, isSilent: isSilent || isHeard },
      withTopicNews(voice, delivery, screenOf(screen)),
      signal,
    );
    // A silent message in quiet hours counts as told; another silent one only as shown.
    const told = isSilent && !delivery.isSilent ? null : latest;
    return { kind: "sent", messageId, isAlert: true, shown: latest, told, leaves };
  }

  /** Has messages that were sent past the outbox say that another tells of their incidents. */
  async function leaveEarly(incidents: readonly IncidentRecord[]): Promise<void> {
    for (const { region } of incidents) {
      const known = early?.alertIn(region, chatId) ?? null;
      if (known === null) continue;
      await refusedEdit(known, movedOnScreen(voice));
      early?.taken(region, chatId);
    }
  }

  /** Edits a message; the error when Telegram will not have it, null when it is done. */
  async function refusedEdit(messageId: number, screen: Screen): Promise<unknown> {
    try {
      await editToScreen(api, chatId, messageId, screen, signal);
      return null;
    } catch (error) {
      if (!isRefused(error)) throw error;
      return error;
    }
  }

  /**
   * Edits a message; false when that is impossible or uncertain, so that a silent new one is sent.
   */
  async function isEdited(messageId: number, screen: Screen): Promise<boolean> {
    try {
      await editToScreen(api, chatId, messageId, screenOf(screen), signal);
      return true;
    } catch {
      return false;
    }
  }
}

/** The screen of a message that is not the alert of its incident. */
function messageScreen(voice: Voice, delivery: Delivery, now: number): Screen {
  const { kind, night, problem, incident, others = [], card = null } = delivery;
  if (kind === "reminder" && incident !== null) {
    const incidents = [incident, ...others.filter((it) => it.isOpen)] as const;
    return reminderScreen(voice, { incidents, holder: card?.holder ?? null, now });
  }
  if (kind === "notice") return sentence(sayNamed(problem ?? ""));
  if (kind === "announced") return announcedScreen(voice, delivery);
  return night === null ? sightScreen(voice, delivery) : nightScreen(voice, night);
}

/**
 * Whether messages to a chat may have buttons that ask the bot: not in channels, and not in a chat
 * that may be a channel.
 */
async function mayHaveButtons(
  { api, facts }: SenderDeps,
  { chatId, isGroup }: Delivery,
  signal: AbortSignal,
): Promise<boolean> {
  if (isGroup) return true;
  if (facts.isChannel(chatId) === undefined) {
    // The answer tells the type of the chat; without an answer the message goes out without
    // buttons.
    await withTimeLimit(ASK_TYPE_MS, signal, (it) => api.getChat(chatId, grammySignal(it)))
      .catch(() => {});
  }
  return facts.isChannel(chatId) === false;
}

function linksOf({ voice, pageUrl, botName }: SenderDeps, { region }: Delivery): Keyboard {
  return channelButtons(voice.texts, { botName: botName(), pageUrl: pageUrl(region) });
}

/** Adds to a screen, once, that the forum's topic for alerts is gone. */
function withTopicNews(voice: Voice, { isTopicLost }: Delivery, screen: Screen): Screen {
  return isTopicLost
    ? { ...screen, text: blocks(screen.text, voice.texts.alert.topicLost) }
    : screen;
}
