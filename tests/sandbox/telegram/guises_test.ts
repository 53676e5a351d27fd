import { assertEquals, assertObjectMatch, assertThrows } from "../../assert.ts";
import { ALICE, BOB, call, GROUP, send, updates, withSandbox } from "./support.ts";

const QUIET_GROUP = -1_001_000_000_009;

Deno.test("sayAs() writes by service accounts, as Telegram does for those without a name", async () => {
  await withSandbox(async (sandbox) => {
    await updates(sandbox);
    const channel = { id: -1_001_000_000_050, title: "News" };
    sandbox.sayAs(GROUP, { as: "anonymous administrator" }, "/a");
    sandbox.sayAs(GROUP, { as: "channel", ...channel }, "/b");
    sandbox.sayAs(GROUP, { as: "linked channel", ...channel }, "/c");
    const [anonymous, owner, linked] = await updates(sandbox);
    assertObjectMatch(anonymous ?? {}, {
      message: { from: { id: 1087968824, is_bot: true }, sender_chat: { id: GROUP }, text: "/a" },
    });
    assertObjectMatch(owner ?? {}, {
      message: { from: { id: 136817688 }, sender_chat: { ...channel, type: "channel" } },
    });
    assertObjectMatch(linked ?? {}, {
      message: {
        from: { id: 777000, is_bot: false },
        sender_chat: { type: "channel" },
        is_automatic_forward: true,
        forward_origin: { type: "channel" },
        entities: [{ type: "bot_command" }],
      },
    });
  });
});

Deno.test("a restricted member presses buttons, but writes nothing", async () => {
  await withSandbox(async (sandbox) => {
    const members = { [ALICE]: "creator", [BOB]: "restricted" } as const;
    sandbox.addGroup({ id: QUIET_GROUP, title: "Quiet", members });
    assertThrows(() => sandbox.say(QUIET_GROUP, BOB, "/status"));
    const reply_markup = { inline_keyboard: [[{ text: "Go", callback_data: "go" }]] };
    const messageId = await send(sandbox, QUIET_GROUP, { reply_markup });
    await updates(sandbox);
    sandbox.press(QUIET_GROUP, messageId, "Go", BOB).catch(() => {});
    const [update] = await updates(sandbox);
    assertObjectMatch(update ?? {}, { callback_query: { from: { id: BOB }, data: "go" } });
    const member = await call(sandbox, "getChatMember", { chat_id: QUIET_GROUP, user_id: BOB });
    assertObjectMatch(member.result ?? {}, { status: "restricted", can_send_messages: false });
  });
});

Deno.test("loseSight() leaves people a message that the bot can neither read nor edit", async () => {
  await withSandbox(async (sandbox) => {
    const reply_markup = { inline_keyboard: [[{ text: "Go", callback_data: "go" }]] };
    const messageId = await send(sandbox, ALICE, { reply_markup });
    await updates(sandbox);
    sandbox.loseSight(ALICE, messageId);
    sandbox.press(ALICE, messageId, "Go", ALICE).catch(() => {});
    const [update] = await updates(sandbox);
    assertEquals(update?.callback_query?.message?.date, 0);
    assertEquals("reply_markup" in (update?.callback_query?.message ?? {}), false);
    const edit = { chat_id: ALICE, message_id: messageId, text: "y" };
    const { description } = await call(sandbox, "editMessageText", edit);
    assertEquals(description, "Bad Request: message to edit not found");
    assertEquals(sandbox.messages(ALICE).find((it) => it.id === messageId)?.deleted, false);
  });
});

Deno.test("rename() changes what getMe says, and which commands the bot hears", async () => {
  await withSandbox(async (sandbox) => {
    await updates(sandbox);
    sandbox.rename("renamed_bot");
    assertObjectMatch((await call(sandbox, "getMe")).result ?? {}, { username: "renamed_bot" });
    sandbox.say(GROUP, BOB, "/status@sandbox_bot");
    sandbox.say(GROUP, BOB, "/status@renamed_bot");
    const texts = (await updates(sandbox)).map((it) => it.message?.text);
    assertEquals(texts, ["/status@renamed_bot"]);
  });
});
