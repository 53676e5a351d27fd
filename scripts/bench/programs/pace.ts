// Takes the place of src/domain/pace.ts in the copy for experiments: with UNLIMITED it keeps the books
// as ever and lets everything through, so that the bot is measured and not Telegram's limits.
import { Pace as RealPace } from "../../../src/domain/pace.ts";

export * from "../../../src/domain/pace.ts";

const isUnlimited = Boolean(Deno.env.get("UNLIMITED"));

export class Pace extends RealPace {
  override ownDelayMs(...args: Parameters<RealPace["ownDelayMs"]>): number {
    return isUnlimited ? 0 : super.ownDelayMs(...args);
  }

  override sharedDelayMs(...args: Parameters<RealPace["sharedDelayMs"]>): number {
    return isUnlimited ? 0 : super.sharedDelayMs(...args);
  }

  override unready(...args: Parameters<RealPace["unready"]>): { chats: number[]; nextAt: number } {
    const real = super.unready(...args);
    return isUnlimited ? { chats: [], nextAt: Infinity } : real;
  }
}
