import type { Message } from "grammy/types";
import { askingOf, isByProxy, readCommand } from "../../src/telegram/commands.ts";
import { assertEquals } from "../assert.ts";

const ANNA = { id: 1, is_bot: false, first_name: "Анна" } as const;
const FORUM = { id: -1005, type: "supergroup", title: "Форум", is_forum: true } as const;

function message(text: string, more: Record<string, unknown> = {}): Message {
  const entities = [...text.matchAll(/\/\w+(@\w+)?/g)].map(({ index, 0: { length } }) => ({
    type: "bot_command",
    offset: index,
    length,
  }));
  return { message_id: 9, date: 5, chat: FORUM, from: ANNA, text, entities, ...more } as Message;
}

Deno.test("a command is what a message begins with, and nothing that it merely mentions", () => {
  assertEquals(readCommand(message("/Status@Our_Bot  now ")), {
    name: "status",
    target: "our_bot",
    argument: "now",
    entities: [],
  });
  assertEquals(readCommand(message("/menu"))?.target, null);
  for (const text of ["try /forget", " /forget", "forget"]) {
    assertEquals(readCommand(message(text)), null, text);
  }
});

Deno.test("words count only when whoever sends them wrote them", () => {
  const rows: [string, Record<string, unknown>, boolean][] = [
    ["a person", {}, false],
    ["another bot", { from: { ...ANNA, is_bot: true } }, true],
    [
      "a channel's own, by Telegram's account for it",
      { from: { ...ANNA, is_bot: true }, sender_chat: { id: -9, type: "channel", title: "" } },
      false,
    ],
    ["made by an inline bot", { via_bot: { ...ANNA, is_bot: true } }, true],
    ["forwarded", { forward_origin: { type: "hidden_user", sender_user_name: "", date: 1 } }, true],
    ["forwarded, says an old server", { forward_date: 1 }, true],
    ["posted out of a linked channel", { is_automatic_forward: true }, true],
  ];
  for (const [who, more, expected] of rows) {
    assertEquals(isByProxy(message("/menu", more)), expected, who);
  }
});

Deno.test("a reply in the General topic is in no topic, though it has a thread", () => {
  const topicOf = (more: Record<string, unknown>) =>
    askingOf(message("/menu", more), { argument: "", entities: [] }).topicId;
  assertEquals(topicOf({ message_thread_id: 4 }), null);
  assertEquals(topicOf({ message_thread_id: 4, is_topic_message: true }), 4);
});
