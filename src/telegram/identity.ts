import type { Bot } from "grammy";
import type { Log } from "../log/log.ts";
import { withTimeLimit } from "../time/time_limit.ts";
import { reasonOf } from "./reason.ts";
import { grammySignal } from "./messages.ts";

/** Time for which a name of another bot is remembered as such. */
const FOREIGN_MS = 60_000;
/** Limit of checks because of commands within that time. */
const MAX_ASKED = 10;
/** Longest wait of a command for a check. */
const PATIENCE_MS = 5_000;

export interface IdentityDeps {
  readonly bot: Bot;
  readonly logger: Log;
  readonly redact: (text: string) => string;
  /** Milliseconds of real time. */
  readonly elapsed?: () => number;
}

/** The bot's username. It may change while the bot runs, without any update from Telegram. */
export class Identity {
  readonly #deps: IdentityDeps;
  readonly #elapsed: () => number;
  /** Names of other bots with the times of their checks, oldest first. */
  readonly #foreign = new Map<string, number>();
  /** Times of checks because of commands, oldest first. */
  #askedAt: number[] = [];
  /** The check under way; resolves to whether Telegram answered. */
  #asking: Promise<boolean> | null = null;

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
    this.#elapsed = deps.elapsed ?? (() => performance.now());
  }

  /** Whether a name, without the @, is the bot's; unknown names are checked at Telegram. Never rejects. */
  async isOurs(name: string): Promise<boolean> {
    const wanted = name.toLowerCase();
    if (this.#isNamed(wanted)) return true;
    for (const [known, at] of this.#foreign) {
      if (this.#elapsed() - at >= FOREIGN_MS) this.#foreign.delete(known);
    }
    if (this.#foreign.has(wanted)) return false;
    if (this.#asking === null) {
      this.#askedAt = this.#askedAt.filter((at) => this.#elapsed() - at < FOREIGN_MS);
      if (this.#askedAt.length >= MAX_ASKED) return false;
      this.#askedAt.push(this.#elapsed());
    }
    const isAnswered = await this.#ask();
    if (this.#isNamed(wanted)) return true;
    if (isAnswered) this.#foreign.set(wanted, this.#elapsed());
    return false;
  }

  /** Updates the name from Telegram. Never rejects. */
  async refresh(): Promise<void> {
    await this.#ask();
  }

  /** Updates the name; concurrent calls share one request. True when Telegram answered. */
  #ask(): Promise<boolean> {
    this.#asking ??= this.#request().finally(() => this.#asking = null);
    return this.#asking;
  }

  async #request(): Promise<boolean> {
    const { bot, logger, redact } = this.#deps;
    if (!bot.isInited()) return false;
    try {
      const me = await withTimeLimit(
        PATIENCE_MS,
        undefined,
        (signal) => bot.api.getMe(grammySignal(signal)),
      );
      // The answer may come from a proxy or another server.
      if (me.id !== bot.botInfo.id || typeof me.username !== "string" || me.username === "") {
        throw new Error("The answer to getMe is not about this bot");
      }
      if (me.username !== bot.botInfo.username) {
        logger.warning("The bot has another name now", {
          before: bot.botInfo.username,
          now: me.username,
        });
      }
      bot.botInfo = me;
      return true;
    } catch (error) {
      logger.info("The bot's name is not known anew", { reason: reasonOf(error, redact) });
      return false;
    }
  }

  #isNamed(name: string): boolean {
    return this.#deps.bot.botInfo.username.toLowerCase() === name;
  }
}
