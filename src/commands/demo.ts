import { type Command, CommandError, EXIT, UsageError } from "./command.ts";

/** `bitrix24-bot demo`: the bot between a stand-in of Telegram and one of Bitrix24. */
export const demo: Command = {
  name: "demo",
  synopsis: "demo [--port 8090]",
  summary: "the whole bot against a built-in sandbox, with a chat page; no token, no network",
  details:
    `Plays an outage and its end between a pretend Telegram and a pretend Bitrix24, in about twenty
seconds, then goes on until Ctrl-C. The same is shown, and can be done, on a page for the browser of
this machine: chats, buttons, and a control desk that breaks things.

  --port PORT    where that page is on 127.0.0.1; 8090, or any if that is taken; 0: any

Reads no setting but BOT_LANG (ru, en), and leaves nothing behind.

Exit code: 0; 1 when the port is taken.`,
  options: { port: { type: "string" } },
  failure: { config: EXIT.failed, other: EXIT.failed },
  async run({ options }, { build, env, print, stopSignal }) {
    const port = options["port"] === undefined ? null : portOf(String(options["port"]));
    const { runDemo } = await import("../demo/demo.ts");
    const lang = env["BOT_LANG"]?.trim().toLowerCase() === "en" ? "en" : "ru";
    try {
      await runDemo({ build, lang, port, print, signal: stopSignal() });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      throw new CommandError(`port ${port} is taken; give another one, or none`, { cause: error });
    }
    return EXIT.ok;
  },
};

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`--port is "${text}", not a number from 0 to 65535`);
}
