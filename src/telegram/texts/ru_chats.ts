import type { Unreachable } from "../../domain/delivery.ts";
import { named } from "../foreign.ts";

/** An unreachable chat of the settings, for the texts. */
export interface UnreachableWords {
  readonly chatId: number;
  readonly isAdministrator: boolean;
  readonly why: Unreachable;
  /** In Telegram's words. */
  readonly reason: string;
  /** End of the bot's restriction; null when unknown. */
  readonly until: string | null;
  /** Id of the chat with the bot that was probably meant instead; null for none. */
  readonly likely: number | null;
}

/** A right that the bot may lack in a chat where it can write. */
export type Lack = "files" | "pins";

/** Notices to the administrators about the chats of the settings. */
export const chats = {
  unreachable: (it: UnreachableWords) => {
    const who = it.isAdministrator ? `Администратору ${it.chatId}` : `В чат ${it.chatId}`;
    const then = it.until === null
      ? "Пробую снова: через 1, 5 и 30 минут, потом раз в час и при каждом новом сбое."
      : `Это до ${it.until}, тогда попробую снова.`;
    return `🔇 ${who} из настроек писать не получается: ${named(it.reason)}. ${
      cureOf(chats, it)
    } ${then}`;
  },
  cures: {
    "blocked": "Похоже, бота заблокировали: пусть разблокируют.",
    "deactivated": "Аккаунт удалён: уберите этот id из настроек.",
    "not started": "Пусть этот человек откроет бота и нажмёт /start.",
    "may not write":
      "Дайте боту право писать (в канале — публиковать) или сделайте его администратором. В форуме с закрытой общей темой отправьте /subscribe в открытой.",
    "circle":
      "Telegram отсылает по кругу между двумя группами: проверьте id, его покажет /getid в группе.",
    absent:
      "Добавьте бота в этот чат или поправьте id: его покажет /getid в чате. У супергрупп и каналов он начинается с -100.",
    "no minus":
      "У id группы впереди минус; если это человек, пусть он нажмёт /start. Id чата покажет /getid.",
    likely: (chatId: number) =>
      `Зато бот состоит в чате ${chatId}: наверное, в настройках должен быть этот id.`,
  },
  reachable: (chatId: number) => `🔊 Чат ${chatId} из настроек снова доступен.`,
  refusing: (chatId: number, error: string) =>
    `🔇 Telegram не принимает сообщение для чата ${chatId} из настроек: ${
      named(error)
    }. Пробую дальше раз в час; остальные сообщения туда идут.`,
  lackOf: {
    files: "файлы (/export) бот отправлять там не может",
    pins: "закреплять сообщения бот там не может",
  },
  lacks: (chatId: number, lacks: readonly Lack[]) =>
    `ℹ️ Алерты в чат ${chatId} из настроек приходят, но ${
      lacks.map((it) => chats.lackOf[it]).join(", и ")
    }. Если это нужно, дайте ему такое право или сделайте администратором.`,
};

/** Advice on what may help with an unreachable chat. */
export function cureOf(
  { cures }: Pick<typeof chats, "cures">,
  { chatId, why, likely }: Pick<UnreachableWords, "chatId" | "why" | "likely">,
): string {
  if (likely !== null) return cures.likely(likely);
  return cures[why === "absent" && chatId > 0 ? "no minus" : why];
}
