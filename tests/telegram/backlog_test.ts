import type { Update } from "grammy/types";
import { Backlog } from "../../src/telegram/backlog.ts";
import { assertEquals } from "../assert.ts";

const NOW = 1_000_000_000;
let lastId = 0;

/** What a person wrote so many minutes ago, in private unless a group is named. */
function wrote(person: number, text: string, minutes: number, group?: number): Update {
  const chat = group === undefined
    ? { id: person, type: "private", first_name: "P" }
    : { id: group, type: "supergroup", title: "G" };
  const [command = ""] = text.split(" ");
  const message = {
    message_id: ++lastId,
    from: { id: person, is_bot: false, first_name: "P" },
    chat,
    date: (NOW - minutes * 60_000) / 1000,
    text,
    entities: text.startsWith("/")
      ? [{ type: "bot_command", offset: 0, length: command.length }]
      : [],
  };
  return { update_id: lastId, message } as unknown as Update;
}

function pressed(person: number): Update {
  const from = { id: person, is_bot: false, first_name: "P" };
  return { update_id: ++lastId, callback_query: { id: "1", from, chat_instance: "1", data: "x" } };
}

Deno.test("Backlog: fresh questions, presses, changes and talk in groups pass as they come", () => {
  const backlog = new Backlog(() => NOW);
  const updates = [
    wrote(1, "/status", 5),
    wrote(1, "/status", 0),
    wrote(1, "/subscribe", 900),
    wrote(1, "/start", 900),
    wrote(1, "/monitoring off", 900),
    pressed(1),
    wrote(1, "разговор", 900, -5),
  ];
  assertEquals(backlog.sift(updates, false), updates);
  assertEquals(backlog.isHolding, false);
});

Deno.test("Backlog: the newest old question of each person waits for the end of the backlog", () => {
  const backlog = new Backlog(() => NOW);
  const first = [wrote(1, "/status", 90), wrote(2, "/nonsense", 80), wrote(1, "/help", 70, -5)];
  assertEquals(backlog.sift(first, false), []);
  assertEquals(backlog.isHolding, true);
  const change = wrote(1, "/unsubscribe", 60);
  const second = [change, wrote(1, "/stats@us", 50), wrote(3, "что?", 40)];
  assertEquals(backlog.sift(second, true), [change, first[1], second[1], second[2]]);
  assertEquals(backlog.isHolding, false);
  assertEquals([backlog.takeDropped(), backlog.takeDropped()], [2, 0]);
});

Deno.test("Backlog: a fresh message is the end of the backlog, an empty poll too", () => {
  const backlog = new Backlog(() => NOW);
  const old = wrote(1, "/status", 90);
  const fresh = wrote(2, "/status", 1);
  assertEquals(backlog.sift([old, fresh], false), [fresh, old]);
  assertEquals(backlog.sift([old], false), []);
  assertEquals(backlog.sift([], true), [old]);
});

Deno.test("Backlog: old commands by proxy are questions, whatever they would change", () => {
  const backlog = new Backlog(() => NOW);
  const forwarded = ["/subscribe", "/unsubscribe"].map((text) => {
    const update = wrote(1, text, 90);
    Object.assign(update.message ?? {}, { via_bot: { id: 5, is_bot: true, first_name: "B" } });
    return update;
  });
  assertEquals(backlog.sift(forwarded, true), forwarded.slice(1));
});
