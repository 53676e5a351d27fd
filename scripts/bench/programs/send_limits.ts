// Takes the place of src/domain/send_limits.ts in the copy for experiments: with UNLIMITED it keeps the books
// as ever and lets everything through, so that the bot is measured and not Telegram's limits.
import { SendLimits as RealLimits } from "../../../src/domain/send_limits.ts";

export * from "../../../src/domain/send_limits.ts";

const isUnlimited = Boolean(Deno.env.get("UNLIMITED"));

export class SendLimits extends RealLimits {
  override ownDelayMs(...args: Parameters<RealLimits["ownDelayMs"]>): number {
    return isUnlimited ? 0 : super.ownDelayMs(...args);
  }

  override sharedDelayMs(...args: Parameters<RealLimits["sharedDelayMs"]>): number {
    return isUnlimited ? 0 : super.sharedDelayMs(...args);
  }

  override unready(
    ...args: Parameters<RealLimits["unready"]>
  ): { chats: number[]; nextAt: number } {
    const real = super.unready(...args);
    return isUnlimited ? { chats: [], nextAt: Infinity } : real;
  }
}
