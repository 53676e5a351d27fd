import { counted } from "./en_counted.ts";
import type { Texts } from "./ru.ts";

/** The file of all incidents. */
export const exporting: Pick<
  Texts,
  "exportCaption" | "exportHeadings" | "exportSent" | "exportPreparing" | "exportFailed"
> = {
  exportCaption: (count, part, isCompressed) =>
    [
      `📤 ${counted(count, "incident", "incidents")}. Times are in UTC.`,
      part === null ? "" : ` Part ${part}.`,
      isCompressed ? " The file is large and so compressed (gzip): unpack it for Excel." : "",
    ].join(""),
  exportHeadings: [
    "no.",
    "region",
    "affected",
    "description",
    "state",
    "severity",
    "start (UTC)",
    "end (UTC)",
    "minutes",
  ],
  exportPreparing: "📤 Preparing the file…",
  exportFailed: {
    forbidden:
      "⚠️ The file was not sent: I may not send files in this chat. Allow it in the chat's settings, or write /export to me in private.",
    tooLarge:
      "⚠️ The file was not sent: it is too large for Telegram's server (413). The bot's administrator can get it on the server: bitrix24-bot export.",
    later: (seconds) =>
      `⚠️ The file was not sent: Telegram asks to wait ${
        counted(seconds, "second", "seconds")
      }. Then try again: /export`,
    unanswered:
      "⚠️ The file was not sent: the connection to Telegram broke. Try again in a minute: /export",
    refused: (reason) =>
      `⚠️ The file was not sent, Telegram answered: ${reason}. Try /export in a private chat with me.`,
  },
  exportSent: "File sent",
};
