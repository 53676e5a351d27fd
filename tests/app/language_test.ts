import { assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import {
  ADMIN,
  ANNA,
  BORIS,
  buttons,
  GROUP,
  OTHER_GROUP,
  withWorld,
  type World,
} from "../world.ts";

const CYRILLIC = /[а-яё]/i;
const PETER = 1_004;
const GULNARA = 1_005;
const list = (chatId: number) => ({ type: "chat", chat_id: chatId }) as const;

/** What the bot calls /status in the list that is published for exactly this chat. */
function statusIn(world: World, chatId: number, code?: string): string | undefined {
  return world.telegram.commands(list(chatId), code)
    ?.find((it) => it.command === "status")?.description;
}

Deno.test("language: after /lang en every answer, button and toast in that chat is English, and nowhere else", async () => {
  await withWorld(async (world) => {
    const { text = "" } = await world.ask("/lang en");
    assertStringIncludes(text, "From now on I write here in English");
    const commands = world.telegram.commands()?.map((it) => `/${it.command}`) ?? [];
    for (const command of [...commands, "/lang klingon", "/monitoring on", "/nonsense", "hello"]) {
      if (["/export", "/lang", "/board"].includes(command)) continue;
      const it = await world.ask(command);
      assertNotMatch(`${it.text} ${buttons(it).flat()}`, CYRILLIC, command);
    }
    const menu = await world.ask("/menu");
    const { message } = await world.press(menu, "🔔 Subscriptions");
    const { toast } = await world.press(message, buttons(message).flat()[0] ?? "");
    assertMatch(toast, /subscribed/);
    await world.ask("/export");
    const file = world.fromBot(ANNA).at(-1);
    assertNotMatch(file?.caption ?? file?.text ?? "", CYRILLIC);
    const there = await world.ask("/status", GROUP, BORIS);
    assertStringIncludes(there.text ?? "", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
  });
});

Deno.test("language: the choice by button answers in the new language and marks it", async () => {
  await withWorld(async (world) => {
    const choice = await world.ask("/lang");
    assertEquals(buttons(choice)[0], ["✅ Русский", "English"]);
    const { message, toast } = await world.press(choice, "English");
    assertEquals(toast, "From now on I write here in English");
    assertEquals(buttons(message)[0], ["Русский", "✅ English"]);
    const again = await world.press(message, "Русский");
    assertEquals(again.toast, "Теперь пишу сюда по-русски");
  });
});

Deno.test("language: what is no language of the bot's is refused, and nothing changes", async () => {
  await withWorld(async (world) => {
    for (const wish of ["de", "ru en", "e".repeat(2_000), "'; DROP TABLE chats"]) {
      const { text = "" } = await world.ask(`/lang ${wish}`);
      assertStringIncludes(text, "/lang ru или /lang en");
    }
    assertEquals(
      await sqlite3(world.databaseFile, "SELECT rule FROM chats WHERE rule NOT NULL"),
      "",
    );
  });
});

Deno.test("language: in a group its administrators choose, nobody else", async () => {
  await withWorld(async (world) => {
    const refused = await world.ask("/lang en", OTHER_GROUP, BORIS);
    assertStringIncludes(refused.text ?? "", "только её администраторы");
    const { text = "" } = await world.ask("/lang en", OTHER_GROUP, ANNA);
    assertStringIncludes(text, "in English");
    const denied = await world.ask("/lang ru", OTHER_GROUP, BORIS);
    assertNotMatch(denied.text ?? "", CYRILLIC);
  });
});

Deno.test("language: the chat's command list follows, survives a restart, and an administrator keeps theirs", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    await world.telegram.until(() => statusIn(world, ADMIN, "en"), "the administrator's list");
    await world.ask("/lang en", ADMIN, ADMIN);
    await world.ask("/lang en", OTHER_GROUP, ANNA);
    await world.telegram.until(
      () => statusIn(world, ADMIN, "ru")?.match(/[a-z]/) && statusIn(world, OTHER_GROUP),
      "the lists",
    );
    assertNotMatch(statusIn(world, OTHER_GROUP) ?? "", CYRILLIC);
    const own = world.telegram.commands(list(ADMIN))?.map((it) => it.command) ?? [];
    assertEquals(own.slice(-3), ["logs", "monitoring", "announce"]);
    await world.stop();
    await world.start();
    const { text = "" } = await world.ask("/status", OTHER_GROUP, BORIS);
    assertStringIncludes(text, "EVERYTHING WORKS FINE");
    await world.ask("/start", ADMIN, ADMIN);
    assertNotMatch(statusIn(world, ADMIN, "ru") ?? "", CYRILLIC);
  });
});

Deno.test("language: a list that a crash left unpublished is published at the next start", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    await world.stop();
    const rule = `'{"language":"en"}'`;
    await sqlite3(
      world.databaseFile,
      `INSERT INTO chats (chat_id, rule) VALUES (${ANNA}, ${rule})
       ON CONFLICT (chat_id) DO UPDATE SET rule = ${rule}`,
    );
    await world.start();
    const published = await world.telegram.until(() => statusIn(world, ANNA), "the list");
    assertNotMatch(published, CYRILLIC);
  });
});

Deno.test("language: /start offers another language to whoever reads it, once, and imposes nothing", async () => {
  await withWorld(async (world) => {
    world.telegram.addUser({ id: PETER, first_name: "Peter", language_code: "de" });
    world.telegram.addUser({ id: GULNARA, first_name: "Гульнара", language_code: "kk" });
    const welcome = await world.ask("/start", PETER, PETER);
    assertStringIncludes(welcome.text ?? "", "Здравствуйте");
    assertEquals(buttons(welcome)[0], ["🌐 English"]);
    const { message } = await world.press(welcome, "🌐 English", PETER);
    assertStringIncludes(message.text ?? "", "in English");
    const again = await world.ask("/start", PETER, PETER);
    assertNotMatch(`${again.text} ${buttons(again).flat()}`, CYRILLIC);
    assertEquals(buttons(await world.ask("/start", GULNARA, GULNARA))[0], ["❌ Отписаться"]);
  });
});

Deno.test("language: an alert, its reply and its end come in each chat's own language", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    await world.ask("/lang en");
    await world.ask("/start", BORIS, BORIS);
    world.bitrix24.outage("ru", "CRM.");
    const alert = await world.alert(ANNA, "Bitrix24 outage");
    assertStringIncludes(alert.text ?? "", "Affected: CRM");
    assertEquals(buttons(alert).flat().some((it) => CYRILLIC.test(it)), false);
    await world.alert(BORIS, "Сбой Bitrix24");
    await world.alert(GROUP, "Сбой Bitrix24");
    world.bitrix24.well("ru");
    const end = await world.alert(ANNA, "works again");
    assertNotMatch(end.text ?? "", CYRILLIC);
    await world.alert(BORIS, "снова работает");
    await world.telegram.until(() => alert.text?.includes("Over: "), "the edited alert");
  }, { env: { RECOVERY_THRESHOLD: "1" } });
});

Deno.test("language: an administrator hears in their own language that a region cannot be read", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    await world.ask("/lang en", ADMIN, ADMIN);
    world.bitrix24.fault("json", { kind: "body", body: "{}" });
    world.bitrix24.fault("html", { kind: "body", body: "?" });
    const notice = await world.alert(ADMIN, "cannot be read since");
    assertNotMatch(notice.text ?? "", CYRILLIC);
  });
});
