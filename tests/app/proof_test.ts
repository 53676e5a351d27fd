import { assertEquals, assertExists } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ANNA, BORIS, GROUP, withWorld, type World } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";
const FORUM = -1003;
const BASIC = -1004;
const MEMBERS = { [ANNA]: "creator", [BORIS]: "member" } as const;

/** The alert there was refused, and that is stored. */
async function refused(world: World, chatId: number) {
  await world.telegram.until(
    () => world.telegram.calls.some((it) => it.chatId === chatId && it.errorCode === 400),
    "the refusal",
  );
  await stored(world, `SELECT 1 FROM chats WHERE chat_id = ${chatId} AND gone_since IS NOT NULL`);
}

/** The alert there, long before its next try would be due by itself. */
async function alertSoon(world: World, chatId: number) {
  const find = () => world.fromBot(chatId).find((it) => it.text?.includes(ALERT));
  for (let checks = 0; checks < 20 && !find(); checks++) await world.checks(1);
  const alert = find();
  assertExists(alert);
  return alert;
}

async function stored(world: World, query: string) {
  while (await sqlite3(world.databaseFile, query) === "") await world.checks(1);
}

Deno.test("proof: /subscribe in General that was reopened just after an alert was refused there brings the alert", async () => {
  await withWorld(async (world) => {
    world.telegram.addGroup({ id: FORUM, title: "Форум", isForum: true, members: MEMBERS });
    world.telegram.closeGeneral(FORUM);
    world.bitrix24.outage("ru", OUTAGE);
    await refused(world, FORUM);
    world.telegram.closeGeneral(FORUM, false);
    world.telegram.say(FORUM, ANNA, "/subscribe");
    await alertSoon(world, FORUM);
    assertEquals(world.violations(), []);
  }, { env: { GROUP_IDS: String(FORUM) } });
});

Deno.test("proof: /subscribe in another topic of a forum whose topic was deleted, and General closed, brings the alert there", async () => {
  await withWorld(async (world) => {
    world.telegram.addGroup({ id: FORUM, title: "Форум", isForum: true, members: MEMBERS });
    const topic = world.telegram.addTopic(FORUM, "Алерты");
    const other = world.telegram.addTopic(FORUM, "Другая");
    const inTopic = (id: number) => ({ message_thread_id: id, is_topic_message: true }) as const;
    world.telegram.say(FORUM, ANNA, "/subscribe", inTopic(topic));
    await world.nextMessage(FORUM, 0, "the answer");
    world.telegram.closeGeneral(FORUM);
    world.telegram.deleteTopic(FORUM, topic);
    world.bitrix24.outage("ru", OUTAGE);
    await refused(world, FORUM);
    // By now nothing else wakes who delivers.
    await world.checks(3);
    world.telegram.say(FORUM, ANNA, "/subscribe", inTopic(other));
    assertEquals((await alertSoon(world, FORUM)).topic, other);
    assertEquals(world.violations(), []);
  });
});

Deno.test("proof: an answer that arrives in a group just after an alert was refused there brings the alert", async () => {
  await withWorld(async (world) => {
    world.telegram.addGroup({ id: BASIC, title: "Склад", type: "group", members: MEMBERS });
    await world.ask("/subscribe", BASIC, ANNA);
    world.telegram.restrict(BASIC, false);
    world.bitrix24.outage("ru", OUTAGE);
    await refused(world, BASIC);
    world.telegram.restrict(BASIC, true);
    world.telegram.say(BASIC, ANNA, "/getid");
    await alertSoon(world, BASIC);
    assertEquals(world.violations(), []);
  });
});

Deno.test("proof: an answer in an open topic says nothing of the closed one that alerts go to", async () => {
  await withWorld(async (world) => {
    world.telegram.addGroup({ id: FORUM, title: "Форум", isForum: true, members: MEMBERS });
    const topic = world.telegram.addTopic(FORUM, "Флуд");
    world.telegram.closeGeneral(FORUM);
    world.bitrix24.outage("ru", OUTAGE);
    await refused(world, FORUM);
    const thread = { message_thread_id: topic, is_topic_message: true } as const;
    world.telegram.say(FORUM, ANNA, "/getid", thread);
    await world.nextMessage(FORUM, 0, "the answer");
    await world.ask("/getid", GROUP, ANNA);
    await world.checks(2);
    const gone = "SELECT gone_since IS NOT NULL FROM chats WHERE chat_id = " + FORUM;
    assertEquals((await sqlite3(world.databaseFile, gone)).trim(), "1");
    const tries = world.telegram.calls.filter((it) => it.chatId === FORUM && it.errorCode === 400);
    assertEquals(tries.length, 1);
  }, { env: { GROUP_IDS: String(FORUM) } });
});
