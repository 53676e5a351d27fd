import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { ALICE, BASIC_GROUP, BOB, call, CHANNEL, GROUP, STRANGER, withSandbox } from "./support.ts";

/** The payload of a message that only one person in a group shall see. */
function shown(
  chat_id: number,
  userId: number,
  more: Record<string, unknown> = {},
  query?: string,
) {
  return {
    chat_id,
    text: "x",
    reply_markup: { inline_keyboard: [[{ text: "more", callback_data: "more" }]] },
    ephemeral_message_parameters: {
      receiver_user_id: userId,
      ...(query === undefined ? {} : { callback_query_id: query }),
    },
    ...more,
  };
}
const reply = (message_id: number) => ({ reply_parameters: { message_id } });

Deno.test("a message for one person: the asker sees and presses it, it is edited and deleted by its own number", async () => {
  for (const group of [GROUP, BASIC_GROUP]) {
    await withSandbox(async (sandbox) => {
      const { message_id } = sandbox.say(group, BOB, "/check");
      const { result } = await call(sandbox, "sendMessage", shown(group, BOB, reply(message_id)));
      const { message_id: id, ephemeral_message_id, receiver_user } = result as {
        message_id: number;
        ephemeral_message_id: number;
        receiver_user: { id: number };
      };
      assertEquals([id, receiver_user.id], [0, BOB]);
      const seen = sandbox.lastFromBot(group);
      assert(seen);
      assertEquals(seen.receiver?.id, BOB);
      await assertRejects(() => sandbox.press(group, seen.id, "more", ALICE));
      void sandbox.press(group, seen.id, "more", BOB).catch(() => {});
      const mine = { chat_id: group, receiver_user_id: BOB, ephemeral_message_id };
      assertEquals(
        (await call(sandbox, "editEphemeralMessageText", { ...mine, text: "y" })).ok,
        true,
      );
      assertEquals([seen.text, seen.edits], ["y", 1]);
      assertEquals((await call(sandbox, "deleteEphemeralMessage", mine)).ok, true);
      assert(seen.deleted);
      assertEquals(sandbox.violations, []);
    });
  }
});

Deno.test("a message for one person is refused but as an answer to them, and by any other number", async () => {
  await withSandbox(async (sandbox) => {
    const { message_id } = sandbox.say(GROUP, BOB, "/check");
    const own = await call(sandbox, "sendMessage", shown(GROUP, BOB, reply(message_id)));
    const { ephemeral_message_id } = own.result as { ephemeral_message_id: number };
    const rows: [string, string, Record<string, unknown>][] = [
      ["nobody asked", "sendMessage", shown(GROUP, BOB)],
      ["somebody else asked", "sendMessage", shown(GROUP, ALICE, reply(message_id))],
      ["no member", "sendMessage", shown(GROUP, STRANGER, reply(message_id))],
      ["no such press", "sendMessage", shown(GROUP, BOB, {}, "1")],
      ["private chat", "sendMessage", shown(ALICE, ALICE)],
      ["channel", "sendMessage", shown(CHANNEL, ALICE)],
      ["ordinary edit", "editMessageText", { chat_id: GROUP, message_id: 0, text: "y" }],
      ["another's", "editEphemeralMessageText", {
        chat_id: GROUP,
        receiver_user_id: ALICE,
        ephemeral_message_id,
        text: "y",
      }],
    ];
    for (const [rule, method, payload] of rows) {
      const count = sandbox.violations.length;
      const { status } = await call(sandbox, method, payload);
      assertEquals(status, 400, rule);
      assertEquals(sandbox.violations.length, count + 1, rule);
    }
  });
});

Deno.test("an older server shows a message for one person to everybody", async () => {
  await withSandbox(async (sandbox) => {
    const { message_id } = sandbox.say(GROUP, BOB, "/check");
    const { result } = await call(sandbox, "sendMessage", shown(GROUP, BOB, reply(message_id)));
    assertEquals((result as { ephemeral_message_id?: number }).ephemeral_message_id, undefined);
    assertEquals(sandbox.lastFromBot(GROUP)?.receiver, undefined);
  }, { ephemeral: false });
});
