// Takes the place of src/domain/pace.ts in the copy of the bot that knows no limits: what is measured
// then is the bot and not Telegram.
import type { Pace as RealPace, PacedCall } from "../../../src/domain/pace.ts";

export type { Lane, PacedCall } from "../../../src/domain/pace.ts";

export class Pace implements Pick<RealPace, keyof RealPace> {
  delayMs(): number {
    return 0;
  }

  delayOverAllMs(): number {
    return 0;
  }

  started(_call: PacedCall): (now: number) => void {
    return () => {};
  }

  hold(): void {}

  isReady(): boolean {
    return true;
  }

  unready(): { chats: number[]; nextAt: number } {
    return { chats: [], nextAt: Infinity };
  }
}
