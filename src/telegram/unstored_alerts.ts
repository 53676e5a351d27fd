import type { Api } from "grammy";
import type { IncidentRecord } from "../domain/record.ts";
import { alertScreen } from "./announcements.ts";
import { editToScreen, sendScreen } from "./messages.ts";
import { blocks } from "./rich.ts";
import type { Screen } from "./screen.ts";
import type { Voice } from "./texts/format.ts";

export interface UnstoredAlertsDeps {
  readonly api: Api;
  /** The voice in which a chat is told. */
  readonly voiceIn: (chatId: number) => Voice;
  readonly now: () => number;
  readonly pageUrl: (region: string) => string;
  /** Ends the attempts. */
  readonly stop: AbortSignal;
}

/**
 * Creates the sender of alerts about incidents that the database cannot store: they go out past the outbox
 * and are updated by edits.
 */
export function createUnstoredAlerts({ api, voiceIn, now, pageUrl, stop }: UnstoredAlertsDeps) {
  const screenOf = (chatId: number, incident: IncidentRecord): Screen => {
    const voice = voiceIn(chatId);
    const { text } = alertScreen(voice, { incidents: [incident], turns: [], state: null }, {
      now: now(),
      pageUrl,
      isGroup: false,
    });
    // Without buttons, which would lead nowhere in a channel; the later alert has buttons where
    // they work.
    return { text: blocks(text, voice.texts.notices.unstored), keyboard: null };
  };
  return {
    /** Sends an alert. Returns the id of its message; null when it could not be sent. */
    async tell(
      chatId: number,
      incident: IncidentRecord,
      { isSilent }: { isSilent: boolean },
    ): Promise<number | null> {
      return await sendScreen(api, { chatId, isSilent }, screenOf(chatId, incident), stop)
        .catch(() => null);
    },
    async correct(chatId: number, messageId: number, incident: IncidentRecord): Promise<void> {
      await editToScreen(api, chatId, messageId, screenOf(chatId, incident), stop).catch(() => {});
    },
  };
}
