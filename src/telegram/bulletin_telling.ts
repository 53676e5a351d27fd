import { FormattedString } from "@grammyjs/parse-mode";
import type { Api } from "grammy";
import type { MessageEntity } from "grammy/types";
import type { Delivery } from "../delivering/outbox.ts";
import type { Authored, Bulletin, BulletinNews } from "../domain/bulletin.ts";
import type { Outcome } from "../domain/delivery.ts";
import { type Address, editToScreen, grammySignal, sendScreen } from "./messages.ts";
import { refusalOf } from "./refusals.ts";
import { bold, lines, type Rich } from "./rich.ts";
import { type Screen, sentence } from "./screen.ts";
import type { Voice } from "./texts/format.ts";

/**
 * What people format by hand. Telegram finds addresses and names by itself; a quotation cannot hold another,
 * and a mention of a person by their id would call that person in every chat.
 */
const KEPT: ReadonlySet<string> = new Set<MessageEntity["type"]>([
  "bold",
  "italic",
  "underline",
  "strikethrough",
  "spoiler",
  "code",
  "pre",
  "text_link",
  "date_time",
]);

/** A person's own text from an offset on, with its formatting there. */
export function authored(text: string, entities: readonly MessageEntity[], from: number): Authored {
  const kept = entities.flatMap((it) => {
    const start = Math.max(it.offset, from);
    const end = Math.min(it.offset + it.length, text.length);
    const isKept = KEPT.has(it.type) && start < end;
    return isKept ? [{ ...it, offset: start - from, length: end - start }] : [];
  });
  return { text: text.slice(from), entities: kept };
}

/** The bulletin as chats see it: signed, in a quotation that keeps the author's formatting. */
export function bulletinText(
  { texts: { bulletin } }: Voice,
  { region, written: { text, entities } }: Pick<Bulletin, "region" | "written">,
): Rich {
  const quotation: MessageEntity = { type: "blockquote", offset: 0, length: text.length };
  return lines(
    bold(region === null ? bulletin.signature : `${bulletin.signature} · .${region}`),
    new FormattedString(text, [quotation, ...entities as MessageEntity[]]),
  );
}

/** Sends a chat its copy of a bulletin; a copy that is there already is edited, or deleted. */
export async function tellBulletin(
  { api, voice, address }: {
    readonly api: Api;
    readonly voice: Voice;
    readonly address: Address;
  },
  { chatId, notify }: Delivery,
  bulletin: BulletinNews,
  signal: AbortSignal,
): Promise<Outcome> {
  const { messageId, isRemoved, latest: shown } = bulletin;
  const show = (screen: Screen) =>
    messageId === null
      ? sendScreen(api, { ...address, isSilent: !notify }, screen, signal)
      // People may have deleted it: then there is nothing to be corrected.
      : unlessLost(editToScreen(api, chatId, messageId, screen, signal));
  if (isRemoved) {
    if (messageId !== null) {
      const isDeleted = await unlessLost(
        api.deleteMessage(chatId, messageId, grammySignal(signal)),
      );
      // Telegram deletes nothing after 48 hours, but edits.
      if (isDeleted === null) await show(sentence(voice.texts.bulletin.takenBack));
    }
    return { kind: "nothing to do", silence: "outdated" };
  }
  const sent = await show({ text: bulletinText(voice, bulletin), keyboard: null });
  return {
    kind: "sent",
    messageId: messageId ?? sent ?? null,
    isAlert: false,
    shown,
    told: null,
  };
}

/** Waits for a change of a message; null when the message is gone or can no longer be changed. */
async function unlessLost<T>(change: Promise<T>): Promise<T | null> {
  try {
    return await change;
  } catch (error) {
    if (refusalOf(error).means !== "message lost") throw error;
    return null;
  }
}
