import type { Message } from "grammy/types";
import type { TelegramSandbox } from "../../../src/sandbox/telegram/server.ts";
import { assertEquals, assertObjectMatch, assertThrows } from "../../assert.ts";
import {
  ALICE,
  attempt,
  BASIC_GROUP,
  BOB,
  call,
  GROUP,
  send,
  updates,
  withSandbox,
} from "./support.ts";

const FORUM = -1_001_000_000_005;
const NOT_FOUND = "400 Bad Request: message thread not found";
const CLOSED = "400 Bad Request: TOPIC_CLOSED";

/** Runs with a forum whose topic "News" exists. */
async function withForum(
  run: (sandbox: TelegramSandbox, topic: number) => Promise<void>,
): Promise<void> {
  await withSandbox(async (sandbox) => {
    const members = { [ALICE]: "creator", [BOB]: "member" } as const;
    sandbox.addGroup({ id: FORUM, title: "Forum", members, isForum: true });
    await updates(sandbox);
    await run(sandbox, sandbox.addTopic(FORUM, "News"));
  });
}

function inTopic(topic: number): Partial<Message> {
  return { message_thread_id: topic, is_topic_message: true };
}

Deno.test("addTopic() opens a topic, and say() writes in it", async () => {
  await withForum(async (sandbox, topic) => {
    const said = sandbox.say(FORUM, BOB, "/status", inTopic(topic));
    const [created, message] = await updates(sandbox);
    assertObjectMatch(created ?? {}, {
      message: {
        message_id: topic,
        chat: { id: FORUM, is_forum: true },
        message_thread_id: topic,
        is_topic_message: true,
        forum_topic_created: { name: "News" },
      },
    });
    assertObjectMatch(message ?? {}, { message: { text: "/status", ...inTopic(topic) } });
    assertEquals(sandbox.messages(FORUM).map((it) => it.topic), [topic, topic]);
    const reply = sandbox.say(FORUM, BOB, "/help", { reply_to_message: said as never });
    assertObjectMatch(reply, inTopic(topic));
    assertThrows(() => sandbox.say(FORUM, BOB, "x", inTopic(topic + 100)));
    assertThrows(() => sandbox.say(GROUP, BOB, "x", inTopic(topic)));
    assertThrows(() => sandbox.addTopic(GROUP, "News"));
    assertThrows(() =>
      sandbox.addGroup({ id: -9, title: "x", type: "group", members: {}, isForum: true })
    );
  });
});

Deno.test("sendMessage writes into the topic it names, or else that of what it replies to", async () => {
  await withForum(async (sandbox, topic) => {
    const other = sandbox.addTopic(FORUM, "Other");
    const sent = (extra: Record<string, unknown>) => {
      const payload = { chat_id: FORUM, text: "x", ...extra };
      return call(sandbox, "sendMessage", payload).then((it) => it.result as Message);
    };
    const named = await sent({ message_thread_id: topic });
    assertObjectMatch(named, inTopic(topic));
    assertEquals(sandbox.lastFromBot(FORUM)?.topic, topic);
    const reply = { reply_parameters: { message_id: named.message_id } };
    assertObjectMatch(await sent(reply), {
      ...inTopic(topic),
      reply_to_message: { message_id: named.message_id },
    });
    const elsewhere = await sent({ ...reply, message_thread_id: other });
    assertEquals([elsewhere.message_thread_id, elsewhere.reply_to_message], [other, undefined]);
    const general = await sent({});
    assertEquals([general.message_thread_id, general.is_topic_message], [undefined, undefined]);
    assertEquals(sandbox.lastFromBot(FORUM)?.topic, undefined);
    assertEquals(sandbox.violations, []);
  });
});

Deno.test("a reply outside of topics carries a thread id that is no topic", async () => {
  await withForum(async (sandbox) => {
    const first = sandbox.say(FORUM, BOB, "/status");
    const second = sandbox.say(FORUM, BOB, "/help", { reply_to_message: first as never });
    const third = sandbox.say(FORUM, BOB, "/help", { reply_to_message: second as never });
    assertEquals(first.message_thread_id, undefined);
    for (const { message_thread_id, is_topic_message } of [second, third]) {
      assertEquals([message_thread_id, is_topic_message], [first.message_id, undefined]);
    }
    const payload = { message_thread_id: third.message_thread_id };
    assertEquals(await attempt(sandbox, FORUM, "sendMessage", payload), NOT_FOUND);
    assertEquals(sandbox.violations.length, 1, "the bot took it for one");
  });
});

Deno.test("deleteTopic() makes what the bot knows of it fail, which is not its fault", async () => {
  await withForum(async (sandbox, topic) => {
    const thread = { message_thread_id: topic };
    const message_id = await send(sandbox, FORUM, thread);
    sandbox.deleteTopic(FORUM, topic);
    assertEquals(await attempt(sandbox, FORUM, "sendMessage", thread), NOT_FOUND);
    assertEquals(
      await attempt(sandbox, FORUM, "editMessageText", { message_id, text: "y" }),
      "400 Bad Request: message to edit not found",
    );
    assertEquals(sandbox.violations, []);
    assertEquals(await attempt(sandbox, FORUM), "200", "the General topic is still there");
    assertThrows(() => sandbox.say(FORUM, BOB, "x", inTopic(topic)));
    assertThrows(() => sandbox.closeTopic(FORUM, topic));
  });
});

Deno.test("sendMessage refuses topics that never were", async () => {
  await withForum(async (sandbox, topic) => {
    const cases: [chatId: number, message_thread_id: number][] = [
      [FORUM, topic + 100],
      [FORUM, 1],
      [GROUP, topic],
      [BASIC_GROUP, topic],
      [ALICE, topic],
    ];
    for (const [chatId, message_thread_id] of cases) {
      assertEquals(await attempt(sandbox, chatId, "sendMessage", { message_thread_id }), NOT_FOUND);
    }
    assertEquals(sandbox.violations.length, cases.length);
  });
});

Deno.test("closeTopic() lets only administrators write", async () => {
  await withForum(async (sandbox, topic) => {
    const thread = { message_thread_id: topic };
    const messageId = await send(sandbox, FORUM, thread);
    await updates(sandbox);
    sandbox.closeTopic(FORUM, topic);
    assertObjectMatch((await updates(sandbox))[0] ?? {}, {
      message: { message_thread_id: topic, forum_topic_closed: {} },
    });
    const reply = { reply_parameters: { message_id: messageId } };
    assertEquals(await attempt(sandbox, FORUM, "sendMessage", thread), CLOSED);
    assertEquals(await attempt(sandbox, FORUM, "sendMessage", reply), CLOSED);
    sandbox.readd(FORUM, "administrator");
    assertEquals(await attempt(sandbox, FORUM, "sendMessage", thread), "200");
    assertEquals(sandbox.violations, []);
  });
});
