import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { freePort, sqlite3 } from "../support.ts";
import { ADMIN, ANNA, BORIS, GROUP, OTHER_GROUP, withWorld, type World } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";
const FORUM = -1003;
const BASIC = -1004;
const SUPER = -1005;
const MEMBERS = { [ANNA]: "creator", [BORIS]: "member" } as const;

function sends(world: World, chatId: number) {
  return world.telegram.calls.filter((it) => it.method === "sendmessage" && it.chatId === chatId);
}

async function health(world: World) {
  const answer = await fetch(`http://127.0.0.1:${world.app.healthPort}/health`);
  return { http: answer.status, ...await answer.json() };
}

/** A minute passes while the bot is off. */
async function aMinuteLater(world: World) {
  await world.stop();
  await sqlite3(
    world.databaseFile,
    "UPDATE deliveries SET next_attempt_at = next_attempt_at - 60000 WHERE state = 'due'",
  );
  await world.start();
}

for (
  const [code, description] of [
    [400, "Bad Request: chat not found"],
    [403, "Forbidden: bot is not a member of the supergroup chat"],
    [400, "Bad Request: PEER_ID_INVALID"],
    [400, "Bad Request: CHAT_RESTRICTED"],
    [400, "Bad Request: CHAT_WRITE_FORBIDDEN"],
    [400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN"],
    [400, "Bad Request: CHAT_ADMIN_REQUIRED"],
    [403, "Forbidden: bot was blocked by the user"],
    [400, "Bad Request: MSG_WAIT_FAILED"],
  ] as const
) {
  Deno.test(`reach: a group of the settings that once answers “${description}” is told a minute later`, async () => {
    await withWorld(async (world) => {
      world.telegram.refuse({
        methods: ["sendmessage"],
        chatId: GROUP,
        code,
        description,
        times: 1,
      });
      world.bitrix24.outage("ru", OUTAGE);
      await world.telegram.until(() => sends(world, GROUP)[0], "the refusal");
      await aMinuteLater(world);
      await world.alert(GROUP, ALERT);
      await world.telegram.until(() => sends(world, GROUP)[1]?.ok, "the call");
      await world.ask("/getid", ADMIN, ADMIN);
      assertEquals(sends(world, GROUP).length, 2);
      assertEquals(world.violations(), []);
    });
  });
}

Deno.test("reach: administrators, /health and /stats tell of a group of the settings that cannot be reached", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    const description = "Bad Request: chat not found";
    const stop = world.telegram.refuse({
      methods: ["sendmessage"],
      chatId: GROUP,
      code: 400,
      description,
    });
    world.bitrix24.outage("ru", OUTAGE);
    const { text = "" } = await world.alert(ADMIN, `чат ${GROUP}`);
    assertStringIncludes(text, "chat not found");
    assertStringIncludes(text, "Добавьте бота");
    const sick = await health(world);
    assertEquals([sick.http, sick.status, sick.chats.ok], [200, "degraded", false]);
    assertEquals(sick.chats.unreachable[0].chat, GROUP);
    assertStringIncludes((await world.ask("/stats", ADMIN, ADMIN)).text ?? "", "недоступны: 1");
    assertStringIncludes((await world.ask("/health", ADMIN, ADMIN)).text ?? "", String(GROUP));
    const forStrangers = (await world.ask("/health")).text ?? "";
    assert(!forStrangers.includes(String(GROUP)), forStrangers);
    stop();
    await aMinuteLater(world);
    await world.alert(GROUP, ALERT);
    await world.alert(ADMIN, "снова доступен");
    await world.checks(2);
    const well = await health(world);
    assertEquals([well.status, well.chats], ["ok", { ok: true, unreachable: [] }]);
    const news = world.fromBot(ADMIN).filter((it) => it.text?.includes(`${GROUP} из настроек`));
    assertEquals(news.length, 2);
  }, { env: { HEALTH_PORT: String(freePort()) } });
});

for (
  const [slip, meant, what] of [
    ["1001234567", -1001234567, "without the sign"],
    ["-1234567", -1001234567, "without -100"],
    ["1234567", -1001234567, "without both"],
    ["-1009876543", -9876543, "with -100 before a basic group's"],
  ] as const
) {
  Deno.test(`reach: an id in GROUP_ID ${what} is found at start, with the chat that was meant`, async () => {
    await withWorld(async (world) => {
      const type = meant < -1e9 ? "supergroup" : "group";
      world.telegram.addGroup({ id: meant, title: "Склад", type, members: MEMBERS });
      world.telegram.say(ADMIN, ADMIN, "/start");
      await world.start();
      const { text = "" } = await world.alert(ADMIN, slip);
      assertStringIncludes(text, `в чате ${meant}`);
      assertEquals((await health(world)).chats.unreachable[0].chat, Number(slip));
      // Known already.
      await world.stop();
      await world.start();
      await world.telegram.until(
        () => world.telegram.calls.filter((it) => it.method === "getchat").length > 2,
        "the chats asked for again",
      );
      await world.ask("/getid", ADMIN, ADMIN);
      assertEquals(world.fromBot(ADMIN).filter((it) => it.text?.includes(slip)).length, 1);
      assertEquals(world.violations(), []);
    }, { env: { GROUP_ID: slip, HEALTH_PORT: String(freePort()) }, isStarted: false });
  });
}

Deno.test("reach: a group of the settings that the bot is not in is told of at start, and again when the cause is another", async () => {
  await withWorld(async (world) => {
    world.telegram.addGroup({ id: FORUM, title: "Х", members: MEMBERS, botStatus: "left" });
    world.telegram.say(ADMIN, ADMIN, "/start");
    await world.start();
    const first = await world.alert(ADMIN, `чат ${FORUM}`);
    assertStringIncludes(first.text ?? "", "Добавьте бота");
    await world.stop();
    world.telegram.readd(FORUM);
    world.telegram.restrict(FORUM, false);
    await world.start();
    const second = await world.alert(ADMIN, "Дайте боту право писать");
    assertStringIncludes(second.text ?? "", String(FORUM));
  }, { env: { GROUP_ID: String(FORUM) }, isStarted: false });
});

Deno.test("reach: where alerts arrive but no files, the administrators hear it once", async () => {
  await withWorld(async (world) => {
    world.telegram.allowFiles(GROUP, false);
    world.telegram.say(ADMIN, ADMIN, "/start");
    await world.start();
    const { text = "" } = await world.alert(ADMIN, "файлы");
    assertStringIncludes(text, String(GROUP));
    await world.stop();
    await world.start();
    await world.telegram.until(
      () => world.telegram.calls.filter((it) => it.method === "getchatmember").length >= 2,
      "the chat asked for again",
    );
    await world.ask("/getid", ADMIN, ADMIN);
    assertEquals(world.fromBot(ADMIN).filter((it) => it.text?.includes("файлы")).length, 1);
    assertEquals((await health(world)).chats.ok, true);
  }, { env: { HEALTH_PORT: String(freePort()) }, isStarted: false });
});

Deno.test("reach: when nobody can say how the bot stands in a chat, nothing is said of it", async () => {
  await withWorld(async (world) => {
    world.telegram.fault = (method) =>
      method === "getchat" ? { kind: "status", code: 502, description: "Bad Gateway" } : undefined;
    world.telegram.say(ADMIN, ADMIN, "/start");
    await world.start();
    await world.telegram.until(
      () => world.telegram.calls.some((it) => it.method === "getchat"),
      "the question",
    );
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, ALERT);
    assertEquals(world.fromBot(ADMIN).filter((it) => it.text?.includes(String(GROUP))), []);
    assertEquals((await health(world)).chats.ok, true);
  }, { env: { HEALTH_PORT: String(freePort()) }, isStarted: false });
});

Deno.test("reach: a group in which the bot may not write for two seconds is told after them", async () => {
  await withWorld(async (world) => {
    const isRefused = () => sends(world, OTHER_GROUP).some((it) => it.errorCode === 400);
    world.telegram.restrict(OTHER_GROUP, false, Math.ceil(Date.now() / 1000) + 4);
    await world.ask("/getid", ADMIN, ADMIN);
    world.bitrix24.outage("ru", OUTAGE);
    await world.telegram.until(isRefused, "the new incident tried all the same");
    world.telegram.restrict(OTHER_GROUP, true);
    await world.alert(OTHER_GROUP, ALERT);
    world.telegram.restrict(OTHER_GROUP, false, Math.ceil(Date.now() / 1000) + 2);
    await world.ask("/getid", ADMIN, ADMIN);
    world.bitrix24.well("ru");
    await world.alert(OTHER_GROUP, "снова работает");
    assertEquals(world.violations(), []);
  }, { env: { GROUP_IDS: String(OTHER_GROUP) } });
});

Deno.test("reach: choosing an open topic makes a forum reachable whose general one is closed", async () => {
  await withWorld(async (world) => {
    world.telegram.addGroup({ id: FORUM, title: "Форум", isForum: true, members: MEMBERS });
    const topic = world.telegram.addTopic(FORUM, "Алерты");
    world.telegram.closeGeneral(FORUM);
    world.bitrix24.outage("ru", OUTAGE);
    await world.telegram.until(() => sends(world, FORUM).length > 0, "the refusal");
    // What is owed is tried again while Telegram is still asked who may subscribe the group.
    world.telegram.fault = (method) =>
      method === "getchatmember" ? { kind: "delay", ms: 700 } : undefined;
    const thread = { message_thread_id: topic, is_topic_message: true } as const;
    const before = world.fromBot(FORUM).length;
    world.telegram.say(FORUM, ANNA, "/subscribe", thread);
    await world.nextMessage(FORUM, before, "the answer");
    const alert = await world.alert(FORUM, ALERT);
    assertEquals(alert.topic, topic);
    assert(!alert.text?.includes("больше нет"), alert.text);
    assertEquals(world.violations(), []);
  }, { env: { GROUP_IDS: String(FORUM) } });
});

Deno.test("reach: groups that answer in a circle where they went to are told of once, and asked a few times", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    world.telegram.addGroup({ id: SUPER, title: "Вторая", members: MEMBERS });
    world.telegram.addGroup({ id: BASIC, title: "Первая", type: "group", members: MEMBERS });
    for (const [chatId, to] of [[BASIC, SUPER], [SUPER, BASIC]] as const) {
      world.telegram.refuse({
        methods: ["sendmessage"],
        chatId,
        code: 400,
        description: "Bad Request: group chat was upgraded to a supergroup chat",
        parameters: { migrate_to_chat_id: to },
      });
    }
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(ADMIN, "по кругу");
    await world.checks(3);
    const calls = sends(world, BASIC).length + sends(world, SUPER).length;
    assert(calls <= 3, `${calls} calls`);
    const news = world.fromBot(ADMIN).filter((it) =>
      /стала супергруппой|по кругу/.test(it.text ?? "")
    );
    assertEquals(news.length, 2);
  }, { env: { GROUP_IDS: String(BASIC) } });
});
