import { assertEquals, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ANNA, BORIS, OTHER_GROUP, withWorld } from "../world.ts";

Deno.test("rights: a group is subscribed by its administrators only", async () => {
  await withWorld(async (world) => {
    const refused = await world.ask("/subscribe", OTHER_GROUP, BORIS);
    assertStringIncludes(refused.text ?? "", "только её администраторы");
    const allowed = await world.ask("/subscribe", OTHER_GROUP, ANNA);
    assertStringIncludes(allowed.text ?? "", "Вы успешно подписались");
    const press = await world.telegram.press(OTHER_GROUP, allowed.id, "❌ Отписаться", BORIS);
    assertEquals(press.show_alert, true);
    assertEquals(
      await sqlite3(world.databaseFile, "SELECT chat_id FROM subscribers"),
      `${OTHER_GROUP}`,
    );
    world.telegram.fault = (method) =>
      method === "getchatmember"
        ? { kind: "status", code: 400, description: "Bad Request: CHAT_ADMIN_REQUIRED" }
        : undefined;
    const unknown = await world.ask("/unsubscribe", OTHER_GROUP, ANNA);
    assertStringIncludes(unknown.text ?? "", "Не могу узнать");
    world.telegram.fault = undefined;
    const anonymous = { sender_chat: { id: OTHER_GROUP, type: "supergroup", title: "x" } } as const;
    const before = world.fromBot(OTHER_GROUP).length;
    world.telegram.say(OTHER_GROUP, BORIS, "/unsubscribe", anonymous);
    const done = await world.nextMessage(OTHER_GROUP, before, "an answer to the anonymous one");
    assertStringIncludes(done.text ?? "", "Вы отписались");
  });
});

Deno.test("rights: a group is not subscribed by /start", async () => {
  await withWorld(async (world) => {
    const { text = "" } = await world.ask("/start", OTHER_GROUP, ANNA);
    assertStringIncludes(text, "/subscribe");
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM subscribers"), "0");
  });
});
