import type { Log } from "../log/log.ts";
import { pause } from "../time/pause.ts";
import { type Api, GrammyError } from "grammy";
import { ADMIN_COMMANDS, PUBLIC_COMMANDS } from "./actions.ts";
import { textsOf } from "./texts/format.ts";

/**
 * Publishes the command lists: in the bot's language for everyone, in Russian and English for clients
 * in these languages, and with the administrators' own commands in their private chats. Returns the
 * administrators whose chat Telegram does not know yet, because they never wrote to the bot.
 */
export async function publishCommands(
  api: Api,
  { lang, adminIds }: { lang: "ru" | "en"; adminIds: readonly number[] },
): Promise<number[]> {
  await publish(api, lang, PUBLIC_COMMANDS, null);
  return await publishAdminCommands(api, { lang, adminIds });
}

/** The administrators' part of {@linkcode publishCommands}. */
export async function publishAdminCommands(
  api: Api,
  { lang, adminIds }: { lang: "ru" | "en"; adminIds: readonly number[] },
): Promise<number[]> {
  const unknown: number[] = [];
  for (const id of adminIds) {
    try {
      await publish(api, lang, [...PUBLIC_COMMANDS, ...ADMIN_COMMANDS], id);
    } catch (error) {
      const isUnknown = error instanceof GrammyError && error.error_code === 400;
      if (!isUnknown) throw error;
      unknown.push(id);
    }
  }
  return unknown;
}

async function publish(
  api: Api,
  lang: "ru" | "en",
  names: readonly (typeof PUBLIC_COMMANDS[number] | typeof ADMIN_COMMANDS[number])[],
  chatId: number | null,
): Promise<void> {
  const scope = chatId === null ? {} : { scope: { type: "chat" as const, chat_id: chatId } };
  for (const language of [undefined, "ru", "en"] as const) {
    const texts = textsOf(language ?? lang);
    await api.setMyCommands(
      names.map((command) => ({ command, description: texts.commands[command] })),
      { ...scope, ...(language ? { language_code: language } : {}) },
    );
  }
}

/** Pause before the next attempt to publish. */
const PAUSE_MS = 5 * 60_000;

/** Command lists are a convenience: without them the bot works, and they follow when Telegram does. */
export async function untilPublished(
  lists: () => Promise<number[]>,
  logger: Log,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      for (const admin of await lists()) {
        logger.info("Administrator has not started the bot yet; their command list follows then", {
          admin,
        });
      }
      return;
    } catch (error) {
      logger.warning("Command lists not published", { error });
      await pause(PAUSE_MS, stop);
    }
  }
}
