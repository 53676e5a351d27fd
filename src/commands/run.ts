import { type Command, EXIT } from "./command.ts";

/** `bitrix24-bot run`: the daemon. */
export const run: Command = {
  name: "run",
  synopsis: "[run]",
  summary: "the daemon; settings come from the environment and from ./.env",
  details:
    `Checks the status, tells the chats and answers them, until SIGTERM or SIGINT. SIGHUP opens the log
file anew, or stops it where there is a terminal. The settings are listed in .env.example.

Exit codes: 0 after SIGTERM or SIGINT, 78 when settings are wrong, 1 otherwise.`,
  failure: { config: EXIT.config, other: EXIT.failed },
  run: async (_given, shell) => await (await import("./daemon.ts")).live(shell),
};
