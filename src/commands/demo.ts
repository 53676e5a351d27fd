import { type Command, EXIT } from "./command.ts";

/** `bitrix24-bot demo`: the whole bot in a sandbox. */
export const demo: Command = {
  name: "demo",
  synopsis: "demo",
  summary: "the whole bot against a built-in sandbox; no token, no network",
  details:
    `Plays an outage and its end between a pretend Telegram and a pretend Bitrix24, in about twenty
seconds. Reads no setting but BOT_LANG, and leaves nothing behind.

Exit code: 0.`,
  failure: { config: EXIT.failed, other: EXIT.failed },
  async run(_given, { build, env, print, stopSignal }) {
    const { runDemo } = await import("../demo.ts");
    const lang = env["BOT_LANG"]?.trim().toLowerCase() === "en" ? "en" : "ru";
    await runDemo({ build, lang, print, signal: stopSignal() });
    return EXIT.ok;
  },
};
