import type { Api } from "grammy";
import type { Log } from "../log/log.ts";
import type { Asking, SlowAnswer, SlowPlace } from "./action_contract.ts";
import {
  type Address,
  editEphemeral,
  editToScreen,
  elsewhere,
  type Receiver,
  sendEphemeral,
  sendScreen,
} from "./messages.ts";
import { reasonOf } from "./reason.ts";
import { isRefused } from "./refusals.ts";
import { personOf } from "./rights.ts";
import type { Screen } from "./screen.ts";

export interface AsidesDeps {
  /** Removes messages after a while, also after a restart. Never rejects. */
  readonly removals: { add(chatId: number, messageId: number): Promise<void> };
  /** Time by Telegram's clock, in milliseconds since the epoch. */
  readonly telegramNow: () => number;
  readonly logger: Log;
  readonly redact: (text: string) => string;
}

/** The message that shows an answer. */
interface Shown {
  readonly address: Address;
  /** Null when Telegram's answer had no id. */
  readonly messageId: number | null;
  /** The only person who sees the message; null when all members do. */
  readonly to: Receiver | null;
}

/**
 * Age of a command up to which its answer is shown to the asker alone. Telegram allows that to a
 * bot that is a plain member for 15 s until the call arrives (Bot API, EphemeralMessageParameters).
 */
const ASIDE_MS = 13_000;

/**
 * Shows answers that take seconds: first a message for the meantime, which is then edited to the
 * answer. In groups only the asker sees the message where Telegram can do that; otherwise it is
 * removed after a while.
 */
export class Asides {
  readonly #deps: AsidesDeps;
  readonly #running = new Set<Promise<void>>();
  /** Whether the server, as far as it has shown, is before Bot API 10.2; asked anew after a restart. */
  #isOlder = false;

  constructor(deps: AsidesDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves after the first message; rejects with what grammY throws. `failed` is shown when
   * `screen` rejects.
   */
  async answer(
    asking: Asking,
    { address, cause }: SlowPlace,
    { meanwhile, screen }: SlowAnswer,
    failed: Screen,
  ): Promise<void> {
    const isGroup = asking.chat.type !== "private";
    // The work is under way; its rejection is caught even when the first message fails.
    const settled = screen.catch((error) => {
      this.#deps.logger.error("Answer failed", { chat: address.chatId, error });
      return failed;
    });
    const shown = await this.#show(asking, { address, cause }, meanwhile);
    const end = this.#finish(asking.api, shown, settled, isGroup).finally(() =>
      this.#running.delete(end)
    );
    this.#running.add(end);
  }

  /** Shows an answer that is complete. Rejects with what grammY throws. */
  async show(asking: Asking, place: SlowPlace, screen: Screen): Promise<void> {
    await this.#show(asking, place, screen);
  }

  async #show(asking: Asking, { address, cause }: SlowPlace, screen: Screen): Promise<Shown> {
    const isGroup = asking.chat.type !== "private";
    const aside = isGroup ? await this.#aside(asking, address, cause, screen) : null;
    return aside ?? await this.#openly(asking.api, address, screen, isGroup);
  }

  /** Resolves when no answer is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Shows a screen to the asker alone; null where that is impossible. */
  async #aside(
    asking: Asking,
    address: Address,
    cause: SlowPlace["cause"],
    screen: Screen,
  ): Promise<Shown | null> {
    const { telegramNow, logger, redact, removals } = this.#deps;
    const userId = personOf(asking);
    const isLate = asking.askedAt !== null && telegramNow() - asking.askedAt > ASIDE_MS;
    if (userId === null || isLate || this.#isOlder) return null;
    try {
      const sent = await sendEphemeral(asking.api, address, { userId, cause }, screen);
      const { messageId, ephemeralId } = sent;
      if (ephemeralId !== null) return { address, messageId, to: { userId, ephemeralId } };
      // Such a server has shown the message to everybody, and after a press not as a reply.
      this.#isOlder = true;
      await removals.add(address.chatId, messageId);
      return { address, messageId, to: null };
    } catch (error) {
      if (!isRefused(error) && elsewhere(address, error) === null) throw error;
      logger.debug("Not shown to one person alone", { reason: reasonOf(error, redact) });
      return null;
    }
  }

  async #openly(api: Api, address: Address, screen: Screen, isBrief: boolean): Promise<Shown> {
    const send = async (address: Address): Promise<Shown> => {
      // The others have not asked.
      const messageId = await sendScreen(api, { ...address, isSilent: isBrief }, screen);
      if (isBrief && messageId !== null) {
        await this.#deps.removals.add(address.chatId, messageId);
      }
      return { address, messageId, to: null };
    };
    return await send(address).catch((error) => {
      const other = elsewhere(address, error);
      if (other === null) throw error;
      return send(other);
    });
  }

  /** Replaces the first message by the answer. Never rejects. */
  async #finish(
    api: Api,
    { address, messageId, to }: Shown,
    answer: Promise<Screen>,
    isBrief: boolean,
  ): Promise<void> {
    const { logger, redact } = this.#deps;
    const { chatId } = address;
    const screen = await answer;
    const edited = to !== null
      ? editEphemeral(api, chatId, to, screen)
      : messageId !== null
      ? editToScreen(api, chatId, messageId, screen)
      : Promise.reject(null);
    await edited.catch(async (error) => {
      // The first message is gone, or its id is unknown: the answer comes as a new message.
      if (error !== null && !isRefused(error)) throw error;
      await this.#openly(api, address, screen, isBrief);
    }).catch((error) => {
      logger.info("Answer not shown", { chat: chatId, reason: reasonOf(error, redact) });
    });
  }
}
