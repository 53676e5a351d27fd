import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ADMIN, ANNA, BORIS, GROUP, withWorld, type World } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const NEWS = "Недоступны CRM и телефония.";
const ALERT = "Сбой Bitrix24";
const OVER = "снова работает";
const FORUM = -1003;

function sends(world: World, chatId: number) {
  return world.telegram.calls.filter((it) => it.method === "sendmessage" && it.chatId === chatId);
}

Deno.test("refused: news of an open incident come in a new, silent alert when somebody deleted the old one", async () => {
  await withWorld(async (world) => {
    world.bitrix24.outage("ru", OUTAGE);
    const alert = await world.alert(GROUP, ALERT);
    world.telegram.deleteMessage(GROUP, alert.id);
    world.bitrix24.outage("ru", NEWS);
    const anew = await world.alert(GROUP, "телефония");
    const call = await world.telegram.until(() => sends(world, GROUP)[1], "the call");
    assertEquals(call.payload["disable_notification"], true);
    assertStringIncludes(anew.text ?? "", ALERT);
    world.bitrix24.well("ru");
    assertEquals((await world.alert(GROUP, OVER)).reply_to, anew.id);
    await world.telegram.until(() => anew.text?.includes("Завершено"), "the end in the new alert");
  });
});

Deno.test("refused: who deletes an alert after its end gets no new one", async () => {
  await withWorld(async (world) => {
    world.bitrix24.outage("ru", OUTAGE);
    const alert = await world.alert(GROUP, ALERT);
    world.telegram.deleteMessage(GROUP, alert.id);
    world.bitrix24.well("ru");
    await world.alert(GROUP, OVER);
    await world.telegram.until(
      () => world.telegram.calls.some((it) => it.method === "editmessagetext"),
      "the edit",
    );
    await world.ask("/getid", ADMIN, ADMIN);
    assertEquals(sends(world, GROUP).length, 2);
  });
});

for (
  const description of [
    "Bad Request: MESSAGE_EDIT_TIME_EXPIRED",
    "Bad Request: TOPIC_CLOSED",
    "Bad Request: CHAT_ADMIN_REQUIRED",
    "Bad Request: SOMETHING_NEW",
    "Forbidden: something else",
  ]
) {
  Deno.test(`refused: a press shows its answer, though the edit is answered “${description}”`, async () => {
    await withWorld(async (world) => {
      const menu = await world.ask("/menu");
      const code = description.startsWith("Bad") ? 400 : 403;
      world.telegram.refuse({ methods: ["editmessagetext"], code, description });
      const before = world.fromBot(ANNA).length;
      await world.telegram.press(ANNA, menu.id, "analytics_menu", ANNA);
      const { text } = await world.nextMessage(ANNA, before, "the answer to the press");
      assertStringIncludes(text ?? "", "Аналитика");
      assertEquals(world.logged("ERROR"), []);
    });
  });
}

Deno.test("refused: an alert that “was immediately deleted” was sent, once", async () => {
  await withWorld(async (world) => {
    const stop = world.telegram.refuse({
      methods: ["sendmessage"],
      chatId: GROUP,
      code: 500,
      description:
        "Internal Server Error: sent message was immediately deleted and can't be returned",
    });
    world.bitrix24.outage("ru", OUTAGE);
    await world.telegram.until(() => sends(world, GROUP).length > 0, "the alert");
    await world.checks(3);
    assertEquals(sends(world, GROUP).length, 1);
    const sql = `SELECT state FROM deliveries WHERE chat_id = ${GROUP}`;
    assertEquals((await sqlite3(world.databaseFile, sql)).trim(), "sent");
    stop();
    world.bitrix24.well("ru");
    await world.alert(GROUP, "Завершено");
  });
});

for (
  const [lacks, description] of [
    ["reply_parameters", "Bad Request: REPLY_MESSAGE_ID_INVALID"],
    ["reply_parameters", "Bad Request: message to be replied not found"],
    ["reply_markup", "Bad Request: BUTTON_TYPE_INVALID"],
    ["reply_markup", "Bad Request: REPLY_MARKUP_INVALID"],
    ["entities", "Bad Request: ENTITY_BOUNDS_INVALID"],
  ] as const
) {
  Deno.test(`refused: “${description}” costs neither an alert nor its end`, async () => {
    await withWorld(async (world) => {
      world.telegram.fault = (method, payload) =>
        method === "sendmessage" && JSON.stringify(payload[lacks] ?? "").length > 2
          ? { kind: "status", code: 400, description }
          : undefined;
      world.bitrix24.outage("ru", OUTAGE);
      await world.alert(GROUP, ALERT);
      world.bitrix24.well("ru");
      await world.alert(GROUP, OVER);
    });
  });
}

Deno.test("refused: an answer to somebody who is gone meanwhile is no error of the bot", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    world.telegram.refuse({
      methods: ["sendmessage"],
      chatId: ANNA,
      code: 400,
      description: "Bad Request: chat not found",
    });
    const before = sends(world, ANNA).length;
    world.telegram.say(ANNA, ANNA, "/stats");
    await world.telegram.until(() => sends(world, ANNA).length > before, "the attempt");
    await world.ask("/getid", BORIS, BORIS);
    assert(world.logged("INFO").some((it) => it.includes("Answer refused")));
    assertEquals(world.logged("ERROR"), []);
  });
});

Deno.test("refused: a forum whose general topic is closed never had a topic, and is not told it lost one", async () => {
  await withWorld(async (world) => {
    const members = { [ANNA]: "creator", [BORIS]: "member" } as const;
    world.telegram.addGroup({ id: FORUM, title: "Форум", isForum: true, members });
    const topic = world.telegram.addTopic(FORUM, "Алерты");
    world.telegram.closeGeneral(FORUM);
    world.bitrix24.outage("ru", OUTAGE);
    await world.telegram.until(() => sends(world, FORUM).length > 0, "the attempt");
    const before = world.fromBot(FORUM).length;
    const thread = { message_thread_id: topic, is_topic_message: true } as const;
    world.telegram.say(FORUM, ANNA, "/subscribe", thread);
    await world.nextMessage(FORUM, before, "the answer to /subscribe");
    const alert = await world.alert(FORUM, ALERT);
    assertEquals(alert.topic, topic);
    assert(!alert.text?.includes("больше нет"), alert.text);
    assertEquals(world.violations(), []);
  }, { env: { GROUP_IDS: String(FORUM) } });
});
