import type { Unreachable } from "../domain/delivery.ts";
import type { Log } from "../log/log.ts";

/** How the bot stands in a chat. */
export interface Standing {
  /**
   * Why the bot cannot write in the chat; null when it can. `until` in milliseconds since the
   * epoch.
   */
  readonly gone: {
    readonly why: Unreachable;
    readonly reason: string;
    readonly until: number | null;
    /** Id of the chat that was probably meant instead. */
    readonly likely?: number | null;
  } | null;
  /** Rights that the bot lacks although it can write. */
  readonly lacks: readonly ("files" | "pins")[];
  /** Whether the chat is a forum; Telegram hides whether its general topic is closed to the bot. */
  readonly isForum?: boolean;
}

export interface ChatWatchDeps {
  readonly chats: {
    /** The chats for alerts that the settings name. */
    readonly groups: readonly number[];
    readonly reach: {
      setGone(chatId: number, gone: NonNullable<Standing["gone"]>, now: number): Promise<void>;
      seemsWell(chatId: number, now: number): Promise<void>;
      /** Unreachable chats that are owed no delivery and due for a retry. */
      untried(now: number): Promise<number[]>;
      /** Notes the missing rights; true when the chat's administrators have to be told of them. */
      noteLack(chatId: number, lacks: string): Promise<boolean>;
    };
  };
  /** Asks Telegram for the bot's standing; null when the answer says nothing of the chat. */
  readonly ask: (chatId: number) => Promise<Standing | null>;
  readonly tell: (chatId: number, lacks: Standing["lacks"]) => void;
  readonly logger: Log;
  readonly now: () => number;
}

/**
 * Asks for the bot's standing in the chats of the settings, so that faults are known before the
 * next outage: for all chats at start, later for unreachable ones that no owed delivery would try.
 */
export class ChatWatch {
  readonly #deps: ChatWatchDeps;
  /** The latest round; rounds run one after the other, because they are not urgent. */
  #last: Promise<void> = Promise.resolve();

  constructor(deps: ChatWatchDeps) {
    this.#deps = deps;
  }

  /** Asks for all chats. Never throws. */
  async askAll(): Promise<void> {
    await this.#inTurn(() => Promise.resolve(this.#deps.chats.groups));
  }

  /** Asks for the unreachable chats that are due for a retry. Never throws. */
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
