import { resultOf } from "../../src/domain/decision.ts";
import { assertEquals } from "../assert.ts";
import { subscriber, withStore } from "../support.ts";
import { take } from "./late_chat.ts";

const DAY_MS = 24 * 3_600_000;

Deno.test("decisions: nothing is said of what nobody knows any more what became of it", async () => {
  await withStore(async ({ store, chats }) => {
    await chats.subscribe(subscriber(5));
    await take(store, ["outage", { at: DAY_MS }]);

    const results = async (chatId: number, now: number) =>
      (await store.decisions(chatId, 5, now)).map(resultOf);

    assertEquals(await results(5, 30 * DAY_MS), ["pending"]);
    assertEquals(await results(6, 30 * DAY_MS), ["no recipient"]);
    // Deliveries may be forgotten by now, also of who was told.
    assertEquals(await results(5, 31 * DAY_MS), []);
  });
});
