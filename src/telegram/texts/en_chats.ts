import { named } from "../foreign.ts";
import type { Texts } from "./ru.ts";
import { cureOf } from "./ru_chats.ts";

export const chats: Texts["chats"] = {
  unreachable: (it) => {
    const who = it.isAdministrator ? `Administrator ${it.chatId}` : `Chat ${it.chatId}`;
    const then = it.until === null
      ? "I try again: after 1, 5 and 30 minutes, then every hour and at each new outage."
      : `That lasts until ${it.until}; then I try again.`;
    return `🔇 ${who} of the settings cannot be written to: ${named(it.reason)}. ${
      cureOf(chats, it)
    } ${then}`;
  },
  cures: {
    "blocked": "The bot seems to be blocked there and should be unblocked.",
    "deactivated": "The account is deleted: take the id out of the settings.",
    "not started": "This person should open the bot and press /start.",
    "may not write":
      "Let the bot send messages (post, in a channel), or make it an administrator. In a forum whose general topic is closed send /subscribe in an open one.",
    "circle":
      "Telegram sends the bot in a circle between two groups: check the id; /getid in the group shows it.",
    absent:
      "Add the bot to this chat, or correct the id: /getid in the chat shows it. Those of supergroups and channels begin with -100.",
    "no minus":
      "Ids of groups begin with a minus; if this is a person, they should press /start. /getid shows a chat's id.",
    likely: (chatId) => `But the bot is in chat ${chatId}: the settings probably mean that id.`,
  },
  reachable: (chatId) => `🔊 Chat ${chatId} of the settings can be reached again.`,
  refusing: (chatId, error) =>
    `🔇 Telegram rejects a message for chat ${chatId} of the settings: ${
      named(error)
    }. I go on trying every hour; other messages arrive there.`,
  lackOf: {
    files: "the bot may not send files (/export) there",
    pins: "the bot may not pin messages there",
  },
  lacks: (chatId, lacks) =>
    `ℹ️ Alerts arrive in chat ${chatId} of the settings, but ${
      lacks.map((it) => chats.lackOf[it]).join(", and ")
    }. If that is wanted, give it the right, or make it an administrator.`,
};
