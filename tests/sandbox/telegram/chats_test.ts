import type { TelegramSandbox } from "../../../src/sandbox/telegram/server.ts";
import { assertEquals, assertObjectMatch, assertThrows } from "../../assert.ts";
import {
  ALICE,
  attempt,
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

const NEW_GROUP = -1_001_000_000_077;
const MIGRATED = "400 Bad Request: group chat was upgraded to a supergroup chat";
const NO_RIGHTS = "400 Bad Request: not enough rights to send text messages to the chat";

/** The bot's own membership as getChatMember has it. */
async function ownStatus(sandbox: TelegramSandbox, chatId: number): Promise<object> {
  const payload = { chat_id: chatId, user_id: sandbox.bot.id };
  return (await call(sandbox, "getChatMember", payload)).result as object;
}

async function maySend(sandbox: TelegramSandbox, chatId: number): Promise<boolean | undefined> {
  const { result } = await call(sandbox, "getChat", { chat_id: chatId });
  return (result as { permissions?: { can_send_messages: boolean } }).permissions
    ?.can_send_messages;
}

/** What my_chat_member updates said: old and new status. */
async function statusChanges(sandbox: TelegramSandbox): Promise<string[]> {
  return (await updates(sandbox)).flatMap(({ my_chat_member: it }) =>
    it === undefined ? [] : [`${it.old_chat_member.status} → ${it.new_chat_member.status}`]
  );
}

Deno.test("migrate() moves a basic group, and tells the bot in both chats", async () => {
  await withSandbox(async (sandbox) => {
    const messageId = await send(sandbox, BASIC_GROUP);
    await updates(sandbox);
    sandbox.migrate(BASIC_GROUP, NEW_GROUP);
    const [to, from] = await updates(sandbox);
    assertObjectMatch(to ?? {}, {
      message: { chat: { id: BASIC_GROUP, type: "group" }, migrate_to_chat_id: NEW_GROUP },
    });
    assertObjectMatch(from ?? {}, {
      message: {
        message_id: 1,
        chat: { id: NEW_GROUP, type: "supergroup", title: "Basic" },
        sender_chat: { id: NEW_GROUP },
        migrate_from_chat_id: BASIC_GROUP,
      },
    });
    const answer = await call(sandbox, "sendMessage", { chat_id: BASIC_GROUP, text: "x" });
    assertObjectMatch(answer, { status: 400, parameters: { migrate_to_chat_id: NEW_GROUP } });
    assertEquals(
      await attempt(sandbox, BASIC_GROUP, "editMessageText", { message_id: messageId }),
      MIGRATED,
    );
    assertEquals(await attempt(sandbox, BASIC_GROUP, "getChat"), "200");
    assertEquals(await send(sandbox, NEW_GROUP), 2);
    assertObjectMatch(await ownStatus(sandbox, NEW_GROUP), { status: "member" });
    const owner = { chat_id: NEW_GROUP, user_id: ALICE };
    const { result } = await call(sandbox, "getChatMember", owner);
    assertObjectMatch({ result }, { result: { status: "creator", user: { id: ALICE } } });
    assertEquals(sandbox.violations, []);
    assertThrows(() => sandbox.say(BASIC_GROUP, BOB, "x"));
    assertThrows(() => sandbox.migrate(BASIC_GROUP, NEW_GROUP - 1));
    assertThrows(() => sandbox.migrate(GROUP, NEW_GROUP - 1));
  });
});

Deno.test("migrate() in silence leaves the bot only the error to learn from, but not for ever", async () => {
  await withSandbox(async (sandbox) => {
    await updates(sandbox);
    sandbox.migrate(BASIC_GROUP, NEW_GROUP, { silent: true });
    assertEquals(await updates(sandbox), []);
    for (let i = 0; i < 3; i++) assertEquals(await attempt(sandbox, BASIC_GROUP), MIGRATED);
    assertEquals(sandbox.violations, []);
    assertEquals(await attempt(sandbox, BASIC_GROUP), MIGRATED);
    assertEquals(sandbox.violations, [`sendmessage in chat ${BASIC_GROUP}: ${MIGRATED}`]);
  });
});

Deno.test("restrict() silences the bot in a supergroup, and it can see so", async () => {
  await withSandbox(async (sandbox) => {
    const messageId = await send(sandbox, GROUP);
    await updates(sandbox);
    sandbox.restrict(GROUP, false);
    assertObjectMatch((await updates(sandbox))[0] ?? {}, {
      my_chat_member: {
        old_chat_member: { status: "member" },
        new_chat_member: { status: "restricted", can_send_messages: false, is_member: true },
      },
    });
    assertEquals(await attempt(sandbox, GROUP), NO_RIGHTS);
    assertEquals(
      await attempt(sandbox, GROUP, "editMessageText", { message_id: messageId, text: "y" }),
      NO_RIGHTS,
    );
    const form = new FormData();
    form.set("chat_id", String(GROUP));
    form.set("document", new File(["x"], "x.csv"));
    const url = `${sandbox.apiRoot}/bot4242:sandbox-token/sendDocument`;
    const document = await (await fetch(url, { method: "POST", body: form })).json();
    assertEquals(
      document.description,
      "Bad Request: not enough rights to send documents to the chat",
    );
    assertObjectMatch(await ownStatus(sandbox, GROUP), {
      status: "restricted",
      can_send_messages: false,
    });
    assertEquals(await maySend(sandbox, GROUP), true, "others may");
    sandbox.say(GROUP, BOB, "/status");
    assertEquals((await updates(sandbox))[0]?.message?.text, "/status");
    sandbox.restrict(GROUP, true);
    assertEquals(await statusChanges(sandbox), ["restricted → member"]);
    assertEquals(await attempt(sandbox, GROUP), "200");
    assertEquals(sandbox.violations, []);
    assertThrows(() => sandbox.restrict(CHANNEL, false));
  });
});

Deno.test("restrict() silences all members of a basic group, but no administrators", async () => {
  await withSandbox(async (sandbox) => {
    await updates(sandbox);
    sandbox.restrict(BASIC_GROUP, false);
    assertEquals(await attempt(sandbox, BASIC_GROUP), NO_RIGHTS);
    assertEquals(await updates(sandbox), []);
    assertEquals(await maySend(sandbox, BASIC_GROUP), false);
    assertObjectMatch(await ownStatus(sandbox, BASIC_GROUP), { status: "member" });
    sandbox.readd(BASIC_GROUP, "administrator");
    assertEquals(await attempt(sandbox, BASIC_GROUP), "200");
    sandbox.readd(BASIC_GROUP, "member");
    sandbox.restrict(BASIC_GROUP, true);
    assertEquals(await attempt(sandbox, BASIC_GROUP), "200");
    assertEquals(await maySend(sandbox, BASIC_GROUP), true);
    assertEquals(await maySend(sandbox, ALICE), undefined);
  });
});

Deno.test("deactivate() and deleteGroup() end chats with the words of the real server", async () => {
  await withSandbox(async (sandbox) => {
    const messageId = await send(sandbox, ALICE);
    sandbox.readd(CHANNEL, "administrator");
    await updates(sandbox);
    sandbox.deactivate(ALICE);
    for (const chatId of [BASIC_GROUP, GROUP, CHANNEL]) sandbox.deleteGroup(chatId);
    const edit = { message_id: messageId, text: "y" };
    const deactivated = "403 Forbidden: user is deactivated";
    assertEquals(await attempt(sandbox, ALICE), deactivated);
    assertEquals(await attempt(sandbox, ALICE, "editMessageText", edit), deactivated);
    assertEquals(await attempt(sandbox, ALICE, "getChat"), "200");
    assertEquals(await attempt(sandbox, BASIC_GROUP), "403 Forbidden: the group chat was deleted");
    assertEquals(
      await attempt(sandbox, GROUP),
      "403 Forbidden: bot was kicked from the supergroup chat",
    );
    assertEquals(
      await attempt(sandbox, CHANNEL),
      "403 Forbidden: bot was kicked from the channel chat",
    );
    assertEquals(await updates(sandbox), []);
    assertEquals(sandbox.violations, []);
    assertThrows(() => sandbox.say(GROUP, BOB, "x"));
    assertThrows(() => sandbox.say(ALICE, ALICE, "x"));
    assertThrows(() => sandbox.readd(GROUP));
    assertThrows(() => sandbox.block(ALICE, false));
  });
});

Deno.test("violations tell of a bot that keeps writing to a chat that is gone", async () => {
  await withSandbox(async (sandbox) => {
    const gone: readonly [chatId: number, leave: () => void, comeBack: () => void][] = [
      [ALICE, () => sandbox.block(ALICE), () => sandbox.block(ALICE, false)],
      [STRANGER, () => {}, () => sandbox.say(STRANGER, STRANGER, "/start")],
      [BASIC_GROUP, () => sandbox.kick(BASIC_GROUP), () => sandbox.readd(BASIC_GROUP)],
      [GROUP, () => sandbox.restrict(GROUP, false), () => sandbox.restrict(GROUP, true)],
    ];
    for (const [chatId, leave, comeBack] of gone) {
      const noted = sandbox.violations.length;
      leave();
      for (let i = 0; i < 4; i++) await attempt(sandbox, chatId);
      await attempt(sandbox, chatId, "sendChatAction", { action: "typing" });
      assertEquals(sandbox.violations.length, noted, "the answer that told, and three more");
      await attempt(sandbox, chatId);
      await attempt(sandbox, chatId);
      assertEquals(
        sandbox.violations.slice(noted),
        Array(2).fill(`sendmessage in chat ${chatId}: keeps writing to a chat that is gone`),
      );
      comeBack();
      assertEquals(await attempt(sandbox, chatId), "200");
      assertEquals(sandbox.violations.length, noted + 2);
    }
    sandbox.block(ALICE);
    await attempt(sandbox, ALICE);
    assertEquals(sandbox.violations.length, 8, "the count starts anew");
  });
});

Deno.test("readd() and kick() tell what became of the bot in a channel", async () => {
  await withSandbox(async (sandbox) => {
    const id = CHANNEL - 1;
    const members = { [ALICE]: "creator" } as const;
    sandbox.addGroup({ id, title: "New", type: "channel", members, botStatus: "left" });
    assertEquals(
      await attempt(sandbox, id),
      "403 Forbidden: bot is not a member of the channel chat",
    );
    await updates(sandbox);
    sandbox.readd(id, "administrator");
    const [added, ...others] = await updates(sandbox);
    assertObjectMatch(added ?? {}, {
      my_chat_member: {
        chat: { id, type: "channel" },
        from: { id: ALICE },
        old_chat_member: { status: "left", user: { id: sandbox.bot.id } },
        new_chat_member: { status: "administrator", can_post_messages: true },
      },
    });
    assertEquals(others, [], "no service message in a channel");
    assertEquals(await attempt(sandbox, id), "200");
    sandbox.kick(id);
    sandbox.readd(id, "administrator");
    assertEquals(await statusChanges(sandbox), [
      "administrator → kicked",
      "kicked → administrator",
    ]);
    sandbox.readd(GROUP, "administrator");
    sandbox.readd(GROUP, "member");
    assertEquals(await statusChanges(sandbox), [
      "member → administrator",
      "administrator → member",
    ]);
  });
});
