import { assertEquals, assertStringIncludes } from "../assert.ts";
import { findEntities } from "../../src/sandbox/telegram/found.ts";
import { sayNamed } from "../../src/telegram/foreign.ts";
import { en } from "../../src/telegram/texts/en.ts";
import { ru } from "../../src/telegram/texts/ru.ts";
import { freePort } from "../support.ts";
import { ADMIN, ANNA, GROUP, OTHER_GROUP, withWorld } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";

for (
  const description of [
    "Bad Request: ENTITY_TEXTURL_INVALID",
    "Bad Request: ENTITY_MENTION_USER_INVALID",
    "Bad Request: SOMETHING_ABOUT_LINKS",
    "Bad Request: BUTTON_SOMETHING",
  ]
) {
  Deno.test(`answers: an alert whose formatting is refused with “${description}” arrives without it`, async () => {
    await withWorld(async (world) => {
      world.telegram.fault = (method, { entities = [] }) =>
        method === "sendmessage" && Array.isArray(entities) && entities.length > 0
          ? { kind: "status", code: 400, description }
          : undefined;
      world.bitrix24.outage("ru", OUTAGE);
      const { text = "" } = await world.alert(GROUP, ALERT);
      assertStringIncludes(text, OUTAGE);
    });
  });
}

for (
  const description of [
    "Bad Request: CHAT_ADMIN_REQUIRED",
    "Bad Request: USER_NOT_PARTICIPANT",
    "Bad Request: user not found",
    "Forbidden: bot is not a member of the channel chat",
  ]
) {
  Deno.test(`answers: a question about the bot itself that is refused with “${description}” says nothing of the chat`, async () => {
    await withWorld(async (world) => {
      world.telegram.say(ADMIN, ADMIN, "/start");
      world.telegram.refuse({ methods: ["getchatmember"], code: 400, description });
      await world.start();
      await world.telegram.until(
        () => world.telegram.calls.some((it) => it.method === "getchatmember"),
        "the question",
      );
      await world.checks(2);
      await world.ask("/getid", ADMIN, ADMIN);
      const answer = await fetch(`http://127.0.0.1:${world.app.healthPort}/health`);
      assertEquals((await answer.json()).chats, { ok: true, unreachable: [] });
      assertEquals(world.fromBot(ADMIN).filter((it) => it.text?.includes(String(GROUP))), []);
    }, { isStarted: false, env: { HEALTH_PORT: String(freePort()) } });
  });
}

/** What Telegram finds in a text, and would make live, of somebody else's words. */
function liveIn(text: string): string[] {
  return findEntities(text).map((it) => text.slice(it.offset, it.offset + it.length))
    .filter((it) => /evil|vasya|unsubscribe/.test(it));
}

const FOREIGN = "403 Forbidden: see https://evil.example @vasya /unsubscribe";

for (const lang of ["ru", "en"] as const) {
  Deno.test(`answers: nothing in Telegram's words about a chat can be pressed by administrators (${lang})`, async () => {
    const { chats } = { ru, en }[lang];
    assertEquals(liveIn(sayNamed(chats.refusing(GROUP, FOREIGN))), []);
    await withWorld(async (world) => {
      await world.ask("/start", ADMIN, ADMIN);
      world.telegram.refuse({
        methods: ["sendmessage"],
        chatId: GROUP,
        code: 403,
        description: FOREIGN.slice(4),
      });
      world.bitrix24.outage("ru", OUTAGE);
      assertEquals(liveIn((await world.alert(ADMIN, "evil")).text ?? ""), []);
    }, { env: { BOT_LANG: lang } });
  });
}

for (
  const description of [
    "Bad Request: TOPIC_CLOSED",
    "Bad Request: USER_KICKED",
    "Bad Request: PEER_FLOOD",
    "Bad Request: CHAT_TOO_BIG",
    "Bad Request: chat_id is empty",
    "Bad Request: message thread not found",
    "Bad Request: group chat is deactivated",
    "Bad Request: SOMETHING_NEW",
  ]
) {
  Deno.test(`answers: one that is refused with “${description}” is no fault of the bot's`, async () => {
    await withWorld(async (world) => {
      world.telegram.refuse({
        methods: ["sendmessage"],
        chatId: OTHER_GROUP,
        code: 400,
        description,
      });
      world.telegram.say(OTHER_GROUP, ANNA, "/getid");
      await world.telegram.until(
        () => world.logLines.some((it) => it.includes("Answer refused")),
        "the line in the log",
      );
      assertEquals(world.logged("ERROR"), []);
    });
  });
}
