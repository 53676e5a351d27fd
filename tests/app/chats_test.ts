import {
  assert,
  assertEquals,
  assertExists,
  assertMatch,
  assertStringIncludes,
} from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ADMIN, ANNA, BORIS, GROUP, OTHER_GROUP, withWorld, type World } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";
const OVER = "снова работает";
const NEW_GROUP = -1003;
const MEMBERS = { [ANNA]: "creator", [BORIS]: "member" } as const;

/** How many deliveries are in this state. */
async function count(world: World, state: string): Promise<number> {
  const sql = `SELECT COUNT(*) FROM deliveries WHERE state = '${state}'`;
  return Number(await sqlite3(world.databaseFile, sql));
}

/** The bot has read everything that happened until now. */
async function settled(world: World): Promise<void> {
  await world.ask("/getid", ADMIN, ADMIN);
}

function introductions(world: World, chatId: number) {
  return world.fromBot(chatId).filter((it) => it.text?.includes("Здравствуйте"));
}

Deno.test("chats: who blocks the bot is paused, and comes back by unblocking it", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    world.telegram.block(ANNA);
    await settled(world);
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, ALERT);
    assertStringIncludes((await world.ask("/stats", ADMIN, ADMIN)).text ?? "", "на паузе: 1");
    assertEquals(await count(world, "paused"), 1);
    world.telegram.block(ANNA, false);
    await world.alert(ANNA, ALERT);
    assertEquals(world.violations(), []);
  });
});

Deno.test("chats: who blocks the bot while it is off is found out, and not written to again", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    await world.stop();
    world.telegram.block(ANNA);
    await (await fetch(
      `${world.telegram.apiRoot}/bot${
        world.env["BOT_TOKEN"]
      }/deleteWebhook?drop_pending_updates=true`,
    )).text();
    await world.start();
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, ALERT);
    world.bitrix24.well("ru");
    await world.alert(GROUP, OVER);
    const refused = world.telegram.calls.filter((it) => it.errorCode === 403);
    assertEquals(refused.length, 1);
    world.telegram.block(ANNA, false);
    const { text } = await world.alert(ANNA, "было");
    assertStringIncludes(text ?? "", "Завершено");
    assertEquals(world.fromBot(ANNA).filter((it) => it.text?.includes(OVER)).length, 0);
  });
});

Deno.test("chats: a group that throws the bot out is paused, and comes back with it", async () => {
  await withWorld(async (world) => {
    await world.ask("/subscribe", OTHER_GROUP, ANNA);
    world.telegram.kick(OTHER_GROUP);
    await settled(world);
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, ALERT);
    world.telegram.readd(OTHER_GROUP);
    const { text = "" } = await world.alert(OTHER_GROUP, "Здравствуйте");
    assertStringIncludes(text, "подписан на алерты");
    await world.alert(OTHER_GROUP, ALERT);
    world.bitrix24.well("ru");
    await world.alert(OTHER_GROUP, OVER);
    assertEquals(world.violations(), []);
  });
});

Deno.test("chats: a deleted account is written to once, and never again", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    world.telegram.deactivate(ANNA);
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, ALERT);
    world.bitrix24.well("ru");
    await world.alert(GROUP, OVER);
    assertEquals(world.telegram.calls.filter((it) => it.errorCode === 403).length, 1);
    assertEquals(await count(world, "paused"), 2);
  });
});

Deno.test("chats: who is to be told but never wrote to the bot is told when they do", async () => {
  await withWorld(async (world) => {
    const sql = `INSERT INTO subscribers (chat_id) VALUES (${BORIS})`;
    await sqlite3(world.databaseFile, sql);
    world.bitrix24.outage("ru", OUTAGE);
    await world.telegram.until(
      () => world.telegram.calls.some((it) => it.errorCode === 403),
      "a refusal",
    );
    world.telegram.say(BORIS, BORIS, "/start");
    await world.alert(BORIS, ALERT);
  });
});

Deno.test("chats: a group in which the bot may not write is paused until it may", async () => {
  await withWorld(async (world) => {
    await world.ask("/subscribe", OTHER_GROUP, ANNA);
    world.telegram.restrict(OTHER_GROUP, false);
    await settled(world);
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, ALERT);
    await world.telegram.until(
      () => world.telegram.calls.some((it) => it.chatId === OTHER_GROUP && !it.ok),
      "the attempt at a new incident",
    );
    world.telegram.restrict(OTHER_GROUP, true);
    await world.alert(OTHER_GROUP, ALERT);
    assertEquals(introductions(world, OTHER_GROUP).length, 0, "it was there all the time");
  });
});

Deno.test("chats: a group that the bot is added to gets one introduction, with the right it lacks", async () => {
  await withWorld(async (world) => {
    const group = { id: NEW_GROUP, title: "Склад", members: MEMBERS, botStatus: "left" } as const;
    world.telegram.addGroup(group);
    world.telegram.readd(NEW_GROUP);
    const { text = "" } = await world.alert(NEW_GROUP, "Здравствуйте");
    assertStringIncludes(text, "/subscribe");
    assertStringIncludes(text, "прав администратора");
    world.telegram.readd(NEW_GROUP, "administrator");
    await settled(world);
    assertEquals(world.fromBot(NEW_GROUP).length, 1, "a promotion is no reason to speak");
    world.telegram.kick(NEW_GROUP);
    world.telegram.readd(NEW_GROUP, "administrator");
    await world.telegram.until(() => introductions(world, NEW_GROUP)[1], "a second introduction");
    assert(!introductions(world, NEW_GROUP)[1]?.text?.includes("прав администратора"));
  });
});

Deno.test("chats: in a group of the settings the introduction says that alerts come anyway", async () => {
  await withWorld(async (world) => {
    world.telegram.kick(GROUP);
    world.telegram.readd(GROUP);
    const { text = "" } = await world.alert(GROUP, "Здравствуйте");
    assertStringIncludes(text, "и без подписки");
  });
});

Deno.test("chats: where the bot may not write, whoever added it is told", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    world.telegram.addGroup({
      id: NEW_GROUP,
      type: "channel",
      title: "Новости",
      members: { [ANNA]: "creator" },
      botStatus: "left",
    });
    world.telegram.readd(NEW_GROUP);
    const { text = "" } = await world.alert(ANNA, "Новости");
    assertStringIncludes(text, "публиковать");
    assertEquals(world.fromBot(NEW_GROUP), []);
    world.telegram.readd(NEW_GROUP, "administrator");
    await settled(world);
    assertEquals(world.violations(), []);
  });
});

Deno.test("chats: a forum is told in the topic where /subscribe was sent", async () => {
  await withForum(async (world, topic) => {
    world.bitrix24.outage("ru", OUTAGE);
    assertEquals((await world.alert(NEW_GROUP, ALERT)).topic, topic);
    world.bitrix24.well("ru");
    assertEquals((await world.alert(NEW_GROUP, OVER)).topic, topic);
  });
});

Deno.test("chats: /subscribe in another topic moves the alerts there", async () => {
  await withForum(async (world) => {
    const other = world.telegram.addTopic(NEW_GROUP, "Аварии");
    const answer = await subscribeIn(world, other);
    assertStringIncludes(answer.text ?? "", "в эту тему");
    assertEquals(answer.topic, other);
    world.bitrix24.outage("ru", OUTAGE);
    assertEquals((await world.alert(NEW_GROUP, ALERT)).topic, other);
  });
});

for (const how of ["closed", "deleted"] as const) {
  Deno.test(`chats: a topic that is ${how} falls back to the general one, and says so once`, async () => {
    await withForum(async (world, topic) => {
      if (how === "closed") world.telegram.closeTopic(NEW_GROUP, topic);
      else world.telegram.deleteTopic(NEW_GROUP, topic);
      world.bitrix24.outage("ru", OUTAGE);
      const alert = await world.alert(NEW_GROUP, ALERT);
      assertEquals(alert.topic, undefined);
      assertStringIncludes(alert.text ?? "", "Темы для алертов больше нет");
      world.bitrix24.well("ru");
      await world.alert(NEW_GROUP, OVER);
      const said = world.fromBot(NEW_GROUP).filter((it) => it.text?.includes("Темы для алертов"));
      assert(said.length <= 1);
    });
  });
}

Deno.test("chats: a topic that goes between an alert and its end costs nobody the end", async () => {
  await withForum(async (world, topic) => {
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(NEW_GROUP, ALERT);
    world.telegram.closeTopic(NEW_GROUP, topic);
    world.bitrix24.well("ru");
    const reply = await world.alert(NEW_GROUP, OVER);
    assertEquals(reply.topic, undefined);
    assertStringIncludes(reply.text ?? "", "Темы для алертов больше нет");
  });
});

Deno.test("chats: an answer in a topic that is closed meanwhile comes in the general one", async () => {
  await withForum(async (world, topic) => {
    const before = world.fromBot(NEW_GROUP).length;
    world.telegram.fault = (method) => {
      if (method !== "sendmessage") return undefined;
      world.telegram.closeTopic(NEW_GROUP, topic);
      world.telegram.fault = undefined;
      return undefined;
    };
    const thread = { message_thread_id: topic, is_topic_message: true } as const;
    world.telegram.say(NEW_GROUP, BORIS, "/stats", thread);
    const answer = await world.nextMessage(NEW_GROUP, before, "the answer");
    assertEquals(answer.topic, undefined);
  });
});

Deno.test("chats: formatting that Telegram refuses costs neither an alert nor an answer", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    world.telegram.fault = (method, payload) =>
      method === "sendmessage" && JSON.stringify(payload["entities"] ?? []).length > 2
        ? { kind: "status", code: 400, description: "Bad Request: can't parse entities: no" }
        : undefined;
    world.bitrix24.outage("ru", OUTAGE);
    for (const chat of [GROUP, ANNA]) {
      assertEquals((await world.alert(chat, ALERT)).entities, []);
    }
    assertMatch((await world.ask("/stats")).text ?? "", /Статистика/);
  });
});

async function subscribeIn(world: World, topic: number) {
  const before = world.fromBot(NEW_GROUP).length;
  const thread = { message_thread_id: topic, is_topic_message: true } as const;
  world.telegram.say(NEW_GROUP, ANNA, "/subscribe", thread);
  const answer = await world.nextMessage(NEW_GROUP, before, "the answer to /subscribe");
  assertExists(answer);
  return answer;
}

/** A forum with a topic in which it was subscribed. */
async function withForum(use: (world: World, topic: number) => Promise<void>): Promise<void> {
  await withWorld(async (world) => {
    world.telegram.addGroup({ id: NEW_GROUP, title: "Форум", isForum: true, members: MEMBERS });
    const topic = world.telegram.addTopic(NEW_GROUP, "Алерты");
    await subscribeIn(world, topic);
    await use(world, topic);
  });
}
