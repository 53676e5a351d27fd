import { advance } from "../../src/domain/advance.ts";
import { type Audience, audienceOf } from "../../src/domain/audience.ts";
import { nextStep, type Outcome, tellingOf } from "../../src/domain/delivery.ts";
import type { Delivery } from "../../src/delivering/outbox.ts";
import type { Outbox } from "../../src/store/outbox.ts";
import type { Store } from "../../src/store/store.ts";
import { reading } from "../domain/readings.ts";

/** Everything is announced. */
const ALL = { issues: true, degraded: true, recovery: true };
/** All happens at the same time. */
const THRESHOLDS = { failure: 1, recovery: 1, longestGapMs: 3_600_000, minuteMs: 0 };

/** One reading through the whole transaction, with the real audience. */
export function take(store: Store, given: Parameters<typeof reading>, audience?: Audience) {
  return store.advanceRegion(
    "ru",
    (state) => advance(state, reading(...given), { ...THRESHOLDS }),
    (change) => audience ?? audienceOf(change, ALL),
  );
}

/** A chat that notes what it is told. */
export interface Chat {
  texts: string[];
  nextId: number;
}
/** Tells the chat as the sender would, and says what became of it. */
export function outcomeFor(delivery: Delivery, chat: Chat): Outcome {
  const t = tellingOf(delivery);
  const latest = delivery.latestChangeId;
  switch (t.kind) {
    case "nothing":
      return { kind: "nothing to do", silence: "known already" };
    case "message":
      chat.texts.push(delivery.kind);
      return { kind: "sent", messageId: chat.nextId++, isAlert: false, shown: null, told: null };
    case "alert":
      chat.texts.push(`alert ${delivery.incident?.isOpen ? "open" : "over"}`);
      return {
        kind: "sent",
        messageId: chat.nextId++,
        isAlert: true,
        shown: latest,
        told: t.isSilent ? null : latest,
      };
    case "reply":
      chat.texts.push(`reply ${delivery.kind}`);
      chat.nextId++;
      return { kind: "told", told: latest };
    case "edit":
      chat.texts.push(`edit ${delivery.incident?.isOpen ? "open" : "over"}`);
      return {
        kind: "sent",
        messageId: delivery.alert?.messageId ?? null,
        isAlert: false,
        shown: latest,
        told: null,
      };
  }
}

/** Works the outbox off with one model chat. */
export async function workOff(outbox: Outbox, chat: Chat, now = 1) {
  for (let turn = 0; turn < 50; turn++) {
    const [delivery] = await outbox.claim(now, 1);
    if (!delivery) return;
    const step = nextStep(outcomeFor(delivery, chat), {
      ...delivery,
      attempts: delivery.attempts + 1,
      now,
    });
    await outbox.record([{ delivery, step }], now);
  }
  throw new Error("never ends");
}
