import { type Command, EXIT } from "./command.ts";

/** `bitrix24-bot doctor`: a check of everything that the bot depends on, before the first start or later. */
export const doctor: Command = {
  name: "doctor",
  synopsis: "doctor [portal]",
  operands: ["[portal]"],
  summary: "looks at all that a running bot depends on: what is wrong, and what to do",
  details:
    `Settings, database, health server, log, proxies, Telegram with the chats of the settings, and each
region's status host with what it answered word for word: a line for each, ✅, ⚠️ where it is only odd,
❌ with the cure. Run it with the settings, in the folder and as the user of the bot; beside a running
bot it changes and holds up nothing. It sends no message: administrators may see the bot typing.
With the address of a portal it also asks that, twice where the first answer is a bad one.

There are no secrets in it: it can be pasted into a bug report as it is. It takes 40 seconds at most.

Exit codes: 0 all well, 1 something is wrong, 78 the bot would not start with these settings.`,
  failure: { config: EXIT.config, other: EXIT.failed },
  tellsOfEnvFile: true,
  run: async ({ operands: [portal] }, shell) =>
    await (await import("./doctor/examine.ts")).examine(shell, { portal }),
};
