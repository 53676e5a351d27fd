import type { Message } from "grammy/types";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ADMIN, ANNA, BORIS, GROUP, OTHER_GROUP, withWorld } from "../world.ts";

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
    const before = world.fromBot(OTHER_GROUP).length;
    world.telegram.sayAs(OTHER_GROUP, { as: "anonymous administrator" }, "/unsubscribe");
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

/** Words of somebody else, as Telegram marks them. */
const BY_PROXY: Record<string, Partial<Message>> = {
  "forwarded from a person": {
    forward_origin: {
      type: "user",
      date: 1,
      sender_user: { id: BORIS, is_bot: false, first_name: "Борис" },
    },
  },
  "forwarded from a person who hides": {
    forward_origin: { type: "hidden_user", date: 1, sender_user_name: "Кто-то" },
  },
  "made by an inline bot": { via_bot: { id: 5, is_bot: true, first_name: "Inline" } },
};

for (const [how, extra] of Object.entries(BY_PROXY)) {
  Deno.test(`rights: a command that is ${how} is not obeyed`, async () => {
    await withWorld(async (world) => {
      await world.ask("/start", ADMIN, ADMIN);
      for (const command of ["/monitoring off", "/unsubscribe"]) {
        const before = world.fromBot(ADMIN).length;
        world.telegram.say(ADMIN, ADMIN, command, extra);
        const { text } = await world.nextMessage(ADMIN, before, "an answer");
        assertStringIncludes(text ?? "", "Напишите команду сами");
      }
      world.telegram.say(GROUP, ADMIN, "/monitoring off", extra);
      const { text } = await world.ask("/monitoring", ADMIN, ADMIN);
      assertStringIncludes(text ?? "", "Мониторинг включён");
      assertEquals(world.fromBot(GROUP), [], "groups are not bothered with it");
      assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM subscribers"), "1");
    });
  });
}

Deno.test("rights: a post that Telegram copies out of the linked channel commands nothing", async () => {
  await withWorld(async (world) => {
    const guise = { as: "linked channel", id: -1050, title: "Новости" } as const;
    for (const command of ["/subscribe", "/getid", "/logs"]) {
      world.telegram.sayAs(GROUP, guise, command);
    }
    const { text } = await world.ask("/stats", GROUP, ANNA);
    assertStringIncludes(text ?? "", "Статистика");
    assertEquals(world.fromBot(GROUP).length, 1);
  });
});

Deno.test("rights: whoever switches the monitoring is told of to all other administrators", async () => {
  const other = 1005;
  await withWorld(async (world) => {
    world.telegram.addUser({ id: other, first_name: "Второй" });
    await world.ask("/start", ADMIN, ADMIN);
    await world.ask("/start", other, other);
    for (const [command, said] of [["off", "выключил"], ["on", "включил"]] as const) {
      const before = world.fromBot(other).length;
      await world.ask(`/monitoring ${command}`, ADMIN, ADMIN);
      const { text } = await world.nextMessage(other, before, "the notice");
      assertStringIncludes(text ?? "", `Администратор ${ADMIN} ${said}`);
    }
    const own = world.fromBot(ADMIN).filter((it) => it.text?.includes("Администратор"));
    assertEquals(own, [], "who did it knows");
  }, { env: { ADMIN_CHAT_ID: `${ADMIN},${other}` } });
});

Deno.test("rights: /getid gives nobody the id of a service account", async () => {
  await withWorld(async (world) => {
    const guises = [
      { as: "anonymous administrator" },
      { as: "channel", id: -1050, title: "Чей-то канал" },
    ] as const;
    for (const guise of guises) {
      const before = world.fromBot(GROUP).length;
      world.telegram.sayAs(GROUP, guise, "/getid");
      const { text = "" } = await world.nextMessage(GROUP, before, "the ids");
      assertStringIncludes(text, String(GROUP));
      assertStringIncludes(text, "спросите меня в личном чате");
      assert(!/1087968824|136817688|ADMIN_CHAT_ID/.test(text), text);
    }
  });
});

Deno.test("rights: in the name of a chat nobody administers the bot, and no channel a group", async () => {
  await withWorld(async (world) => {
    const channel = { as: "channel", id: -1050, title: "Чей-то канал" } as const;
    const cases = [
      [{ as: "anonymous administrator" }, GROUP, "/monitoring off", "не различаю"],
      [channel, GROUP, "/monitoring off", "не различаю"],
      [{ as: "anonymous administrator" }, OTHER_GROUP, "/logs", "не различаю"],
      [channel, OTHER_GROUP, "/subscribe", "только её администраторы"],
    ] as const;
    for (const [guise, chat, command, said] of cases) {
      const before = world.fromBot(chat).length;
      world.telegram.sayAs(chat, guise, command);
      const { text } = await world.nextMessage(chat, before, "a refusal");
      assertStringIncludes(text ?? "", said);
    }
    const { text } = await world.ask("/monitoring", ADMIN, ADMIN);
    assertStringIncludes(text ?? "", "Мониторинг включён");
  });
});

Deno.test("rights: /logs of an administrator in a strangers' group is answered in private", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    const before = world.fromBot(ADMIN).length;
    const { text = "" } = await world.ask("/logs", OTHER_GROUP, ADMIN);
    assertStringIncludes(text, "Ответил вам лично");
    assert(!text.includes(" INFO "));
    const own = await world.nextMessage(ADMIN, before, "the logs in private");
    assertStringIncludes(own.text ?? "", "Последние логи");
  });
});
