import type { Unreachable } from "../domain/delivery.ts";
import type { Log } from "../log/log.ts";

/** How the bot stands in a chat. */
export interface Standing {
  /** Why it cannot say anything there; null when it can. `until` in milliseconds since the epoch. */
  readonly gone: {
    readonly why: Unreachable;
    readonly reason: string;
    readonly until: number | null;
    /** A chat of another id that was probably meant. */
    readonly likely?: number | null;
  } | null;
  /** What else it may not do. */
  readonly lacks: readonly ("files" | "pins")[];
  /** A forum, of which Telegram does not say whether the general topic is closed to the bot. */
  readonly isForum?: boolean;
}

export interface ChatWatchDeps {
  readonly chats: {
    /** The chats for alerts that the settings name. */
    readonly groups: readonly number[];
    readonly reach: {
      setGone(chatId: number, gone: NonNullable<Standing["gone"]>, now: number): Promise<void>;
      seemsWell(chatId: number, now: number): Promise<void>;
      /** Unreachable, owed nothing, and to be tried again by now. */
      untried(now: number): Promise<number[]>;
      /** True when the chat's administrators have to be told. */
      noteLack(chatId: number, lacks: string): Promise<boolean>;
    };
  };
  /** Null when Telegram gave no answer that says anything of the chat. */
  readonly ask: (chatId: number) => Promise<Standing | null>;
  readonly tell: (chatId: number, lacks: Standing["lacks"]) => void;
  readonly logger: Log;
  readonly now: () => number;
}

/**
 * Asks how the bot stands in the chats of the settings: all of them at start, later those that are
 * unreachable and owed nothing that would show it. What is wrong is known before the next outage.
 */
export class ChatWatch {
  readonly #deps: ChatWatchDeps;
  /** One after the other: nothing waits for it. */
  #last: Promise<void> = Promise.resolve();

  constructor(deps: ChatWatchDeps) {
    this.#deps = deps;
  }

  /** Asks for all chats. Never throws. */
  async askAll(): Promise<void> {
    await this.#inTurn(() => Promise.resolve(this.#deps.chats.groups));
  }

  /** Asks for those that it is time for. Never throws. */
  async look(): Promise<void> {
    const { chats, now } = this.#deps;
    await this.#inTurn(async () => {
      const untried = await chats.reach.untried(now());
      return untried.filter((it) => chats.groups.includes(it));
    });
  }

  #inTurn(find: () => Promise<readonly number[]>): Promise<void> {
    return this.#last = this.#last.then(async () => {
      try {
        for (const chatId of await find()) await this.#ask(chatId);
      } catch (error) {
        this.#deps.logger.error("Chats of the settings cannot be asked for", { error });
      }
    });
  }

  async #ask(chatId: number): Promise<void> {
    const { chats: { reach }, ask, tell, logger, now } = this.#deps;
    const standing = await ask(chatId);
    if (standing === null) return;
    const { gone, lacks } = standing;
    if (gone !== null) return await reach.setGone(chatId, gone, now());
    await reach.seemsWell(chatId, now());
    if (lacks.length > 0) {
      logger.warning("The bot lacks a right in a chat of the settings", { chat: chatId, lacks });
    }
    if (await reach.noteLack(chatId, lacks.join())) tell(chatId, lacks);
  }
}
