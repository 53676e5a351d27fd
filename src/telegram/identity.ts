import type { Bot } from "grammy";
import type { Log } from "../core/log.ts";
import { withTimeLimit } from "../core/time_limit.ts";
import { reasonOf } from "./api.ts";
import { grammySignal } from "./messages.ts";

/** Names that are somebody else's are asked about again after so long, */
const FOREIGN_MS = 60_000;
/** and no more of them than this in that time. */
const MOST_ASKED = 10;
/** A command waits no longer for it. */
const PATIENCE_MS = 5_000;

export interface IdentityDeps {
  readonly bot: Bot;
  readonly logger: Log;
  readonly redact: (text: string) => string;
  /** Milliseconds of real time. */
  readonly elapsed?: () => number;
}

/** What the bot is called; it may get another name while it runs, of which no update tells. */
export class Identity {
  readonly #deps: IdentityDeps;
  readonly #elapsed: () => number;
  /** When names were last found to be somebody else's, oldest first. */
  readonly #foreign = new Map<string, number>();

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
    if (this.#foreign.has(wanted) || this.#foreign.size >= MOST_ASKED) return false;
    this.#foreign.set(wanted, this.#elapsed());
    await this.refresh();
    return this.#isNamed(wanted);
  }

  /** Asks Telegram what we are called. Never rejects. */
  async refresh(): Promise<void> {
    const { bot, logger, redact } = this.#deps;
    if (!bot.isInited()) return;
    try {
      const me = await withTimeLimit(
        PATIENCE_MS,
        undefined,
        (signal) => bot.api.getMe(grammySignal(signal)),
      );
      if (me.username !== bot.botInfo.username) {
        logger.warning("The bot has another name now", {
          before: bot.botInfo.username,
          now: me.username,
        });
      }
      bot.botInfo = me;
    } catch (error) {
      logger.info("The bot's name is not known anew", { reason: reasonOf(error, redact) });
    }
  }

  #isNamed(name: string): boolean {
    return this.#deps.bot.botInfo.username.toLowerCase() === name;
  }
}
