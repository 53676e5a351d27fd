import type { Api } from "grammy";
import type { ChatMember } from "grammy/types";
import type { Hand } from "../domain/card.ts";
import type { Log } from "../log/log.ts";
import { visible } from "./foreign.ts";
import { reasonOf } from "./reason.ts";

export interface HolderNamesDeps {
  readonly api: Api;
  readonly cards: {
    nameless(): Promise<Hand[]>;
    /** Stores a name; "" for an anonymous person. */
    name(hand: Hand, name: string, now: number): Promise<void>;
    drop(hand: Hand, now: number): Promise<void>;
  };
  readonly logger: Log;
  readonly redact: (text: string) => string;
  readonly now: () => number;
}

const MAX_NAME_LENGTH = 32;

/**
 * Asks Telegram for the names of people who took an incident. A name is shown only when Telegram says
 * that the person is no anonymous administrator; until then, and without an answer, they are "one of
 * the members".
 */
export class HolderNames {
  readonly #deps: HolderNamesDeps;
  readonly #running = new Set<Promise<void>>();

  constructor(deps: HolderNamesDeps) {
    this.#deps = deps;
  }

  /** Asks in the background: the others in the chat do not wait for the answer. */
  ask(hand: Hand): void {
    const { logger, redact } = this.#deps;
    const asked = this.#ask(hand).catch((error) =>
      logger.info("The name of a holder is not known", { reason: reasonOf(error, redact) })
    ).finally(() => this.#running.delete(asked));
    this.#running.add(asked);
  }

  /** Asks again for the names that an earlier run has not got. Throws what the database throws. */
  async resume(): Promise<void> {
    for (const hand of await this.#deps.cards.nameless()) this.ask(hand);
  }

  /** Resolves when no question is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #ask(hand: Hand): Promise<void> {
    const { api, cards, now } = this.#deps;
    const member = await api.getChatMember(hand.chatId, hand.person);
    // Everybody can press a button in a public group.
    const isMember = member.status === "restricted"
      ? member.is_member
      : member.status !== "left" && member.status !== "kicked";
    if (!isMember) return await cards.drop(hand, now());
    await cards.name(hand, nameOf(member), now());
  }
}

/** "" for an anonymous person, and for a name of which nothing is to be seen. */
function nameOf(member: ChatMember): string {
  const isAnonymous = (member.status === "creator" || member.status === "administrator") &&
    member.is_anonymous;
  // Made harmless when it is shown: what that takes must not get into the database.
  return isAnonymous ? "" : visible(member.user.first_name, MAX_NAME_LENGTH);
}
