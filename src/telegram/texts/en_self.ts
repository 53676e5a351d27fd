import { named } from "../foreign.ts";
import type { Texts } from "./ru.ts";

export const membership: Texts["membership"] = {
  lacksAdministrator:
    "I lack administrator rights: without them Telegram does not always say who runs the group, and /subscribe may not work. No single right is needed.",
  channel: (title) => `👋 I was added to the channel “${title}”.`,
  channelConfigured: "It is named in my settings: alerts will come there.",
  channelUnknown: (id) => `To get alerts there, put its id ${id} into GROUP_ID or GROUP_IDS.`,
  "may not write": (title) =>
    `🔇 I was added to “${title}” but may not write there. Let me send messages, or make me an administrator.`,
  "may not post": (title) =>
    `🔇 I was added to the channel “${title}” but may not post there. Give me the right to post messages.`,
  thenIStart: "As soon as that is done I start by myself.",
};

export const notices: Texts["notices"] = {
  moved: (from, to) =>
    `🔀 Group ${from} of the settings became supergroup ${to}. Alerts go there; put the new id into GROUP_ID or GROUP_IDS.`,
  database: {
    locked: "🛢 Another program holds the database locked.",
    full: "🛢 The disk with the database is full.",
    "read only": "🛢 The database can only be read.",
    damaged: "🛢 The database file is damaged.",
    altered: "🛢 Tables or columns of the bot are missing in the database.",
    away: "🛢 The database server does not answer.",
    failed: "🛢 The database answers with an error; /health and the log say more.",
  },
  databaseAdvice:
    "While this lasts there are no new alerts: they are stored before they are sent. Checks go on, /status answers. Nothing was deleted.",
  unstored:
    "💾 It could not be stored: the database takes nothing at the moment, so the subscribers do not know of it yet. When it works again this message is brought up to date.",
  unreadableRows: (rows) =>
    `🛢 There are rows in the database that cannot be read: ${
      named(rows)
    }. They are left aside, the others work. Mend or delete them.`,
  beganEmpty: (backup, subscribers) =>
    `🛢 There was no database file, so a new, empty one was begun. Subscribers in the newest backup ${backup}: ${subscribers}. To have them back, stop the bot and put the backup in the database's place; otherwise they have to subscribe again.`,
  fileLost: (loss, subscribers, backup) =>
    loss === "replaced"
      ? "🛢 Another file has taken the place of the database file: I go on in that. Open incidents were carried over, everything else is as it stands there."
      : `🛢 The database file was removed, so a new one was begun. Open incidents were carried over, the subscribers were not${
        subscribers === null ? "" : ` (there were ${subscribers})`
      }: they have to subscribe again. ${
        backup === null ? "There is no backup." : `The newest backup: ${backup}.`
      }`,
  databaseWell: "🛢 The database is well again.",
  rescued: (setAside, restoredFrom) =>
    `🛢 At the start the database file was damaged. It is kept as ${setAside}. ${
      restoredFrom === null
        ? "There is no backup, so a new database was begun: subscribers have to subscribe again."
        : `The data was restored from the backup ${restoredFrom}.`
    }`,
  damagedFound: (detail) =>
    `🛢 The daily check found the database damaged: ${
      named(detail)
    }. Restart the bot: it keeps this file and goes on with the newest good backup.`,
  clockDoubted: (time) =>
    `🕰 The clock of the server says ${time}: it seems to be wrong. While it is, the history is not pruned and no old backup is removed, all else works. Set the clock; if it is right there is nothing to do: all goes on by itself.`,
  unheard: (address) =>
    `🩺 ${address} is held by another program or cannot be had: nobody outside sees /health and /metrics. Alerts and answers work. Free the port, or change HEALTH_PORT; I keep trying.`,
  conflict:
    "👯 Telegram hands the updates to another instance of the bot with the same token. Keep one: while there are two, answers to commands get lost.",
  monitoring: {
    on: (id) => `▶️ Administrator ${id} switched the monitoring on.`,
    off: (id) =>
      `⏸ Administrator ${id} switched the monitoring off: no alerts until it is on again. Switch it on: /monitoring on`,
  },
  unauthorized: "🔑 Telegram did not accept the bot's token (401); now it does again.",
};
