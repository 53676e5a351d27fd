import { type Api, GrammyError } from "grammy";
import { type Language, LANGUAGES } from "../domain/rule.ts";
import type { Log } from "../log/log.ts";
import { pause } from "../time/pause.ts";
import { ADMIN_COMMANDS, PUBLIC_COMMANDS } from "./actions.ts";
import { textsOf } from "./texts/format.ts";

export interface CommandListsDeps {
  readonly api: Api;
  /** The bot's own language. */
  readonly lang: Language;
  readonly adminIds: readonly number[];
  readonly rules: {
    language(chatId: number): Language | null;
    /** Chats that chose a language and do not have this version of their list. */
    withoutCommands(version: string): Promise<number[]>;
    /**
     * Notes this version of the list as dealt with in the chat, so that the next start skips it:
     * Telegram took the list, or refused it with 400 or 403.
     */
    noteCommands(chatId: number, language: Language, version: string): Promise<void>;
  };
  readonly logger: Log;
  readonly stop: AbortSignal;
}

type Names = readonly (typeof PUBLIC_COMMANDS[number] | typeof ADMIN_COMMANDS[number])[];

/** Pause before the next attempt to publish. */
const PAUSE_MS = 5 * 60_000;

/**
 * Publishes the command lists: in the bot's language for everyone, in Russian and English for
 * clients in these languages; in the language of each chat that chose one; and with the
 * administrators' own commands in their private chats. The bot works without the lists, so a failed
 * publication is retried in the background.
 */
export class CommandLists {
  readonly #deps: CommandListsDeps;
  /** The latest publication; they run one after the other, so that the newest list wins. */
  #last: Promise<void> = Promise.resolve();

  constructor(deps: CommandListsDeps) {
    this.#deps = deps;
  }

  /** Publishes all lists; to be called at start. */
  publishAll(): void {
    this.#publish(async () => {
      for (const code of [undefined, ...LANGUAGES]) {
        await this.#set(PUBLIC_COMMANDS, code ?? this.#deps.lang, { code });
      }
      for (const id of this.#deps.adminIds) await this.#publishIn(id);
      await this.#publishChosen();
    });
  }

  /** Publishes the list of a chat whose language or rights have changed. */
  changed(chatId: number): void {
    this.#publish(() => this.#publishIn(chatId));
  }

  #publish(lists: () => Promise<void>): void {
    this.#last = this.#last.then(() => this.#untilDone(lists));
  }

  async #untilDone(lists: () => Promise<void>): Promise<void> {
    const { logger, stop } = this.#deps;
    while (!stop.aborted) {
      try {
        return await lists();
      } catch (error) {
        logger.warning("Command lists not published", { error });
        await pause(PAUSE_MS, stop);
      }
    }
  }

  /**
   * Publishes the lists of chats without the present version, as after a crash, a move or an
   * update.
   */
  async #publishChosen(): Promise<void> {
    for (const chatId of await this.#deps.rules.withoutCommands(await versionOf())) {
      if (this.#deps.stop.aborted) return;
      await this.#publishIn(chatId);
    }
  }

  /** Publishes the list of a chat, or deletes it where the chat has chosen no language. */
  async #publishIn(chatId: number): Promise<void> {
    const { api, lang, adminIds, rules, logger } = this.#deps;
    const chosen = rules.language(chatId);
    const isAdministrator = adminIds.includes(chatId);
    const names = isAdministrator ? [...PUBLIC_COMMANDS, ...ADMIN_COMMANDS] : PUBLIC_COMMANDS;
    try {
      if (!isAdministrator && chosen === null) {
        await api.deleteMyCommands({ scope: { type: "chat", chat_id: chatId } });
        return;
      }
      await this.#set(names, chosen ?? lang, { chatId });
      // A list without a language code loses against one for the client's language, so all are set.
      for (const code of isAdministrator ? LANGUAGES : []) {
        await this.#set(names, chosen ?? code, { chatId, code });
      }
    } catch (error) {
      const isRefused = error instanceof GrammyError && [400, 403].includes(error.error_code);
      if (!isRefused) throw error;
      logger.info("Telegram does not know the chat yet; its command list follows with /start", {
        chat: chatId,
      });
    }
    if (chosen !== null) await rules.noteCommands(chatId, chosen, await versionOf());
  }

  async #set(
    names: Names,
    language: Language,
    { chatId, code }: { chatId?: number; code?: Language | undefined },
  ): Promise<void> {
    await this.#deps.api.setMyCommands(listOf(names, language), {
      ...(chatId === undefined ? {} : { scope: { type: "chat", chat_id: chatId } }),
      ...(code === undefined ? {} : { language_code: code }),
    });
  }
}

function listOf(names: Names, language: Language) {
  const { commands } = textsOf(language);
  return names.map((command) => ({ command, description: commands[command] }));
}

/** A short hash over the texts of all lists. */
async function versionOf(): Promise<string> {
  const lists = LANGUAGES.map((it) => listOf([...PUBLIC_COMMANDS, ...ADMIN_COMMANDS], it));
  const bytes = new TextEncoder().encode(JSON.stringify(lists));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash.subarray(0, 4), (it) => it.toString(16).padStart(2, "0")).join("");
}
