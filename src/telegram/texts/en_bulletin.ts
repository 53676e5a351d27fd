import { counted } from "./en_counted.ts";
import type { Texts } from "./ru.ts";

const chats = (count: number) => counted(count, "chat", "chats");

export const bulletin: Texts["bulletin"] = {
  signature: "📣 Message from the bot's administrator",
  takenBack: "🗑 The bot's administrator has removed this message.",
  usage:
    "Write /announce and a text: all chats get it. /announce ru and a text: only those that hear .ru. First I show how it will look.",
  unwatched: (region, watched) =>
    `The bot does not watch .${region} (it watches ${watched}), so nobody hears that region. If it is a word of the text, begin it with a capital letter.`,
  nobody: (region) => `No chat hears .${region}: there is nobody to send it to.`,
  nobodyAtAll: "The bot has no chats yet: there is nobody to send it to.",
  tooLong: (length, limit) => `The text is too long: ${length} characters of at most ${limit}.`,
  preview: "This is how chats will see it:",
  to: (count, region) =>
    `It goes to ${chats(count)}${
      region === null ? "" : ` that hear .${region}`
    }. “Send” makes no sound, and in quiet hours nothing does.`,
  correction: (id, count) =>
    `It replaces message ${id} in ${chats(count)}. Without a sound: it is an edit.`,
  send: "📨 Send",
  loud: "🔔 Send with a sound",
  apply: "✏️ Correct everywhere",
  cancel: "Cancel",
  cancelled: "Cancelled: nothing was sent.",
  sent: (id, count) => `✅ Message ${id} is sent to ${chats(count)}.`,
  until: "It can be corrected and removed until",
  fix: "✏️ Correct",
  remove: "🗑 Remove",
  howToFix: (id) =>
    `Write /announce #${id} and the whole new text. I show it first, then it replaces the message in all chats.`,
  sure: (id, count) =>
    `Remove message ${id}? It disappears from ${
      chats(count)
    }. A mistake can simply be corrected; a new message has to wait until ten minutes after the last.`,
  yes: "🗑 Remove everywhere",
  no: "Keep",
  removed: (id) => `🗑 Message ${id} is being removed from all chats.`,
  gone: "There is no such message, or it is removed.",
  staleDraft: "The draft is more than an hour old. Write /announce again.",
  tooLate: "It was sent more than 48 hours ago: Telegram lets nobody change such messages.",
  tooSoon: (time) => `No more than one message in ten minutes. Press again after ${time}.`,
  notices: {
    sent: (by, id, count, text) =>
      `📣 Administrator ${by} sent message ${id} to ${
        chats(count)
      }: ${text}. Correct or remove it: /announce #${id}`,
    corrected: (by, id, text) => `📣 Administrator ${by} corrected message ${id}: ${text}`,
    removed: (by, id) => `📣 Administrator ${by} removed message ${id}.`,
  },
};
