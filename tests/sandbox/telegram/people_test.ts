import type { SandboxEvent } from "../../../src/sandbox/telegram/server.ts";
import {
  assertEquals,
  assertObjectMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../../assert.ts";
import {
  ALICE,
  BASIC_GROUP,
  BOB,
  call,
  CHANNEL,
  GROUP,
  send,
  STRANGER,
  updates,
  withSandbox,
} from "./support.ts";

const KEYBOARD = { inline_keyboard: [[{ text: "Press", callback_data: "data" }]] };

Deno.test("say() gives the bot the message as Telegram would", async () => {
  await withSandbox(async (sandbox) => {
    await updates(sandbox);
    sandbox.say(GROUP, BOB, "😀 /status@sandbox_bot");
    sandbox.say(CHANNEL, BOB, "a post");
    const [update, post] = await updates(sandbox);
    assertObjectMatch(update ?? {}, {
      message: {
        message_id: 1,
        chat: { id: GROUP, type: "supergroup", title: "Group" },
        from: { id: BOB, is_bot: false, first_name: "Bob", username: "bob" },
        text: "😀 /status@sandbox_bot",
        entities: [{ type: "bot_command", offset: 3, length: 19 }],
      },
    });
    assertObjectMatch(post ?? {}, {
      channel_post: { sender_chat: { id: CHANNEL }, text: "a post" },
    });
  }, { readsAllGroupMessages: true });
});

Deno.test("say() reaches the bot in a group only where privacy mode lets it", async () => {
  await withSandbox(async (sandbox) => {
    const messageId = await send(sandbox, GROUP);
    await updates(sandbox);
    sandbox.say(GROUP, BOB, "hello");
    sandbox.say(GROUP, BOB, "/status@other_bot");
    sandbox.say(GROUP, BOB, "/status");
    sandbox.say(GROUP, BOB, "hey @Sandbox_Bot, well?");
    const reply = { message_id: messageId } as never;
    sandbox.say(GROUP, BOB, "thanks", { reply_to_message: reply });
    const texts = (await updates(sandbox)).map((it) => it.message?.text);
    assertEquals(texts, ["/status", "hey @Sandbox_Bot, well?", "thanks"]);
  });
});

Deno.test("press() resolves with the bot's answer, once", async () => {
  await withSandbox(async (sandbox) => {
    const messageId = await send(sandbox, ALICE, { reply_markup: KEYBOARD });
    await updates(sandbox);
    const pressed = sandbox.press(ALICE, messageId, "Press", ALICE);
    const query = (await updates(sandbox))[0]?.callback_query;
    assertObjectMatch(query ?? {}, {
      from: { id: ALICE },
      data: "data",
      message: { message_id: messageId, chat: { id: ALICE }, reply_markup: KEYBOARD },
    });
    const answer = { callback_query_id: query?.id, text: "Well done", show_alert: true };
    assertEquals((await call(sandbox, "answerCallbackQuery", answer)).ok, true);
    assertEquals(await pressed, { text: "Well done", show_alert: true, url: "" });
    assertEquals(sandbox.violations, []);
    assertEquals((await call(sandbox, "answerCallbackQuery", answer)).status, 400);
    assertEquals(sandbox.violations.length, 1);
    await assertRejects(() => sandbox.press(ALICE, messageId, "Other", ALICE));
  });
});

Deno.test("pressForged() presses what is not there", async () => {
  await withSandbox(async (sandbox) => {
    const messageId = await send(sandbox, ALICE);
    sandbox.deleteMessage(ALICE, messageId);
    await updates(sandbox);
    const gone = sandbox.pressForged(ALICE, messageId, "old", ALICE);
    sandbox.pressForged(ALICE, null, "forged", ALICE);
    const [first, second] = (await updates(sandbox)).map((it) => it.callback_query);
    assertObjectMatch(first ?? {}, {
      data: "old",
      message: { message_id: messageId, date: 0, chat: { id: ALICE } },
    });
    assertEquals(second?.message, undefined);
    sandbox.expirePresses();
    assertStringIncludes((await assertRejects(() => gone)).message, "it is too old");
    const late = { callback_query_id: first?.id };
    assertStringIncludes(
      (await call(sandbox, "answerCallbackQuery", late)).description ?? "",
      "query is too old",
    );
  });
});

Deno.test("block() and kick() shut the bot out, with the words of the real server", async () => {
  await withSandbox(async (sandbox) => {
    const attempt = async (chatId: number, method = "sendMessage") => {
      const more = { text: "x", action: "typing", message_id: 1 };
      const { status, description } = await call(sandbox, method, { chat_id: chatId, ...more });
      return `${status} ${description}`;
    };
    assertEquals(
      await attempt(STRANGER),
      "403 Forbidden: bot can't initiate conversation with a user",
    );
    sandbox.block(ALICE);
    assertEquals(await attempt(ALICE), "403 Forbidden: bot was blocked by the user");
    assertEquals(await attempt(ALICE, "editMessageText"), await attempt(ALICE, "sendChatAction"));
    assertThrows(() => sandbox.say(ALICE, ALICE, "x"));
    sandbox.kick(GROUP);
    assertEquals(await attempt(GROUP), "403 Forbidden: bot was kicked from the supergroup chat");
    assertEquals(await attempt(GROUP, "getChat"), await attempt(GROUP));
    sandbox.kick(BASIC_GROUP);
    assertEquals(await attempt(BASIC_GROUP), "403 Forbidden: bot was kicked from the group chat");
    assertEquals(await attempt(BASIC_GROUP, "getChat"), "200 undefined");
    sandbox.addGroup({ id: -77, title: "Left", members: { [BOB]: "creator" }, botStatus: "left" });
    assertEquals(
      await attempt(-77),
      "403 Forbidden: bot is not a member of the supergroup chat",
    );
    sandbox.readd(-77, "administrator");
    assertEquals(await attempt(-77), "200 undefined");
    sandbox.block(ALICE, false);
    assertEquals(await attempt(ALICE), "200 undefined");
    assertEquals(sandbox.violations, []);
    const changes = (await updates(sandbox)).flatMap(({ my_chat_member: it }) =>
      it === undefined
        ? []
        : [[it.chat.id, it.from.id, it.old_chat_member.status, it.new_chat_member.status]]
    );
    assertEquals(changes, [
      [ALICE, ALICE, "member", "kicked"],
      [GROUP, ALICE, "member", "kicked"],
      [BASIC_GROUP, ALICE, "member", "kicked"],
      [-77, BOB, "left", "administrator"],
      [ALICE, ALICE, "kicked", "member"],
    ]);
  });
});

Deno.test("deleteMessage() makes edits and replies fail, which is not the bot's fault", async () => {
  await withSandbox(async (sandbox) => {
    const messageId = await send(sandbox, ALICE);
    sandbox.deleteMessage(ALICE, messageId);
    const edit = { chat_id: ALICE, message_id: messageId, text: "y" };
    const reply = { chat_id: ALICE, text: "y", reply_parameters: { message_id: messageId } };
    assertEquals(
      (await call(sandbox, "editMessageText", edit)).description,
      "Bad Request: message to edit not found",
    );
    assertEquals(
      (await call(sandbox, "sendMessage", reply)).description,
      "Bad Request: message to be replied not found",
    );
    assertEquals(sandbox.lastFromBot(ALICE), undefined);
    assertEquals(sandbox.messages(ALICE).map((it) => it.deleted), [false, true]);
    assertEquals(sandbox.violations, []);
  });
});

Deno.test("editMessageText changes a message, but not into what it already is", async () => {
  await withSandbox(async (sandbox) => {
    const events: SandboxEvent[] = [];
    const stop = sandbox.onEvent((event) => events.push(event));
    const messageId = await send(sandbox, ALICE, { reply_markup: KEYBOARD });
    const edit = { chat_id: ALICE, message_id: messageId, text: "x", reply_markup: KEYBOARD };
    const same = await call(sandbox, "editMessageText", edit);
    assertEquals(
      same.description,
      "Bad Request: message is not modified: specified new message content and reply markup are " +
        "exactly the same as a current content and reply markup of the message",
    );
    const { reply_markup: _, ...bare } = edit;
    assertEquals((await call(sandbox, "editMessageText", bare)).ok, true);
    assertEquals(sandbox.lastFromBot(ALICE)?.reply_markup, undefined);
    assertEquals((await call(sandbox, "editMessageText", edit)).ok, true);
    assertEquals(sandbox.lastFromBot(ALICE)?.edits, 2);
    sandbox.deleteMessage(ALICE, messageId);
    stop();
    sandbox.say(ALICE, ALICE, "unheard");
    assertEquals(events.map((it) => it.kind), ["sent", "edited", "edited", "deleted"]);
    assertEquals(sandbox.violations, []);
  });
});

Deno.test("getChatMember tells who is what", async () => {
  await withSandbox(async (sandbox) => {
    const status = async (chatId: number, userId: number) => {
      const { result } = await call(sandbox, "getChatMember", { chat_id: chatId, user_id: userId });
      return (result as { status: string }).status;
    };
    assertEquals(await status(GROUP, ALICE), "creator");
    assertEquals(await status(GROUP, BOB), "member");
    assertEquals(await status(GROUP, STRANGER), "left");
    assertEquals(await status(GROUP, sandbox.bot.id), "member");
    assertEquals(await status(ALICE, ALICE), "member");
    sandbox.readd(GROUP, "administrator");
    const bot = { chat_id: GROUP, user_id: sandbox.bot.id };
    assertObjectMatch((await call(sandbox, "getChatMember", bot)).result as object, {
      status: "administrator",
      can_pin_messages: true,
      user: { id: sandbox.bot.id },
    });
    const owner = { chat_id: GROUP, user_id: ALICE };
    assertObjectMatch((await call(sandbox, "getChatMember", owner)).result as object, {
      status: "creator",
      is_anonymous: false,
      user: { id: ALICE },
    });
  });
});

Deno.test("commands() shows what was published for a scope and a language", async () => {
  await withSandbox(async (sandbox) => {
    const commands = [{ command: "status", description: "Статус" }];
    const scope = { type: "chat", chat_id: ALICE } as const;
    const place = { scope, language_code: "ru" };
    await call(sandbox, "setMyCommands", { commands });
    await call(sandbox, "setMyCommands", { commands: [...commands, ...commands], ...place });
    assertEquals(sandbox.commands(), commands);
    assertEquals(sandbox.commands(scope), undefined);
    assertEquals(sandbox.commands(scope, "ru")?.length, 2);
    assertEquals(sandbox.commands(scope, "ru"), [...commands, ...commands]);
    await call(sandbox, "setMyCommands", { commands: [], ...place });
    assertEquals(sandbox.commands(scope, "ru"), undefined);
  });
});
