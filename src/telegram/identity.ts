import type { Bot } from "grammy";
import type { Log } from "../log/log.ts";
import { withTimeLimit } from "../time/time_limit.ts";
import { reasonOf } from "./reason.ts";
import { grammySignal } from "./messages.ts";

/** Time after which a name of somebody else is checked again, */
const FOREIGN_MS = 60_000;
/** and the most checks in that time. */
const MAX_ASKED = 10;
/** Longest wait of a command for the check. */
const PATIENCE_MS = 5_000;

export interface IdentityDeps {
  readonly bot: Bot;
  readonly logger: Log;
  readonly redact: (text: string) => string;
  /** Milliseconds of real time. */
  readonly elapsed?: () => number;
}

/** The bot's username. It may change while the bot runs, and no update tells of that. */
export class Identity {
  readonly #deps: IdentityDeps;
  readonly #elapsed: () => number;
  /** When names were last found to be somebody else's, oldest first. */
  readonly #foreign = new Map<string, number>();
  /** When Telegram was last asked because of a command, oldest first. */
  #askedAt: number[] = [];
  /** The check under way; resolves to whether Telegram answered. */
  #asking: Promise<boolean> | null = null;

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
    this.#elapsed = deps.elapsed ?? (() => performance.now());
  }

  /** Whether a command for this name, without the @, is for us. Never rejects. */
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

  /** Asks Telegram what we are called. Never rejects. */
  async refresh(): Promise<void> {
    await this.#ask();
  }

  /** Commands that arrive together share one check. */
  #ask(): Promise<boolean> {
    this.#asking ??= this.#askAnew().finally(() => this.#asking = null);
    return this.#asking;
  }

  async #askAnew(): Promise<boolean> {
    const { bot, logger, redact } = this.#deps;
    if (!bot.isInited()) return false;
    try {
      const me = await withTimeLimit(
        PATIENCE_MS,
        undefined,
        (signal) => bot.api.getMe(grammySignal(signal)),
      );
      // A proxy or a server in Telegram's place may answer anything.
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
