import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import type { SandboxMessage } from "../../src/sandbox/telegram/server.ts";
import { sqlite3 } from "../support.ts";
import { ADMIN, ANNA, BORIS, buttons, GROUP, withWorld, type World } from "../world.ts";

const CHANNEL = -1009;
const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";

/** A channel of the settings, with Anna as its owner and Boris as a reader. */
async function withChannel(use: (world: World) => Promise<void>): Promise<void> {
  await withWorld(async (world) => {
    world.telegram.addGroup({
      id: CHANNEL,
      type: "channel",
      title: "Новости",
      members: { [ANNA]: "creator", [BORIS]: "member" },
      botStatus: "administrator",
    });
    await world.start();
    await use(world);
  }, { isStarted: false, env: { GROUP_IDS: String(CHANNEL) } });
}

/** A post of the bot: posts of channels have no author. */
function post(world: World, text: string): Promise<SandboxMessage> {
  return world.telegram.until(
    () => world.telegram.messages(CHANNEL).find((it) => it.text?.includes(text)),
    `a post with “${text}”`,
  );
}

function links(message: SandboxMessage): (string | undefined)[] {
  return message.reply_markup?.inline_keyboard.flat().map((it) =>
    "url" in it ? it.url : undefined
  ) ?? [];
}

Deno.test("channels: a post carries links to the bot and to the status page, and no other buttons", async () => {
  await withChannel(async (world) => {
    world.bitrix24.outage("ru", OUTAGE);
    const alert = await post(world, ALERT);
    const expected = [
      `https://t.me/${world.telegram.bot.username}?start=m`,
      world.bitrix24.url,
    ];
    assertEquals(links(alert).map((it) => it?.replace(/\/$/, "")), expected);
    world.bitrix24.well("ru");
    await post(world, "снова работает");
    await world.telegram.until(() => alert.text?.includes("Завершено"), "the end in the alert");
    assertEquals(links(alert).map((it) => it?.replace(/\/$/, "")), expected);
    assertEquals(buttons(await world.alert(GROUP, "Завершено"))[0], ["📋 Текст", "📋 История"]);
    assertEquals(world.violations(), []);
  });
});

Deno.test("channels: a reader who presses a button posts nothing there, and is told so alone", async () => {
  await withChannel(async (world) => {
    world.bitrix24.outage("ru", OUTAGE);
    const alert = await post(world, ALERT);
    // As the bot of before had posted it.
    const old = ["new:status", "new:metrics", "new:history", "new:menu", "logs"];
    const inline_keyboard = old.map((it) => [{ text: it, callback_data: it }]);
    Object.assign(alert, { reply_markup: { inline_keyboard } });
    for (const data of [...old, "menu", "close", "unsubscribe", "admin_menu", "nonsense"]) {
      for (const person of [BORIS, ADMIN]) {
        const answer = await world.telegram.pressForged(CHANNEL, alert.id, data, person);
        assert(answer.text !== "", data);
        if (old.includes(data)) {
          assertEquals(answer.show_alert, true, data);
          assertStringIncludes(answer.text, "В канале");
        }
      }
    }
    world.telegram.loseSight(CHANNEL, alert.id);
    for (const data of ["new:status", "status", "help"]) {
      const answer = await world.telegram.pressForged(CHANNEL, alert.id, data, BORIS);
      assertStringIncludes(answer.text, "В канале");
    }
    await world.ask("/getid", BORIS, BORIS);
    assertEquals(world.telegram.messages(CHANNEL).length, 1);
    assertEquals(alert.edits, 0);
    assertEquals(world.fromBot(BORIS).length, 1);
  });
});

Deno.test("channels: the link of a post opens the menu and subscribes nobody", async () => {
  await withWorld(async (world) => {
    const menu = await world.ask("/start m");
    assertStringIncludes(menu.text ?? "", "Главное меню");
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM subscribers"), "0");
    await world.ask("/start");
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM subscribers"), "1");
  });
});

Deno.test("channels: where Telegram does not say that it is none, an alert carries links only, until it says so", async () => {
  await withWorld(async (world) => {
    world.telegram.fault = (method) =>
      method === "getchat" ? { kind: "status", code: 500, description: "Internal" } : undefined;
    world.bitrix24.outage("ru", OUTAGE);
    const alert = await world.alert(GROUP, ALERT);
    assertEquals(links(alert).filter((it) => it === undefined), []);
    world.telegram.fault = undefined;
    world.bitrix24.well("ru");
    await world.telegram.until(() => alert.text?.includes("Завершено"), "the end in the alert");
    assertEquals(buttons(alert)[0], ["📋 Текст", "📋 История"]);
  });
});

Deno.test("channels: who added the bot is told what to do, in private, and the readers nothing", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    const before = world.fromBot(ANNA).length;
    world.telegram.addGroup({
      id: CHANNEL,
      type: "channel",
      title: "Новости",
      members: { [ANNA]: "creator" },
      botStatus: "left",
    });
    world.telegram.readd(CHANNEL, "administrator");
    const { text = "" } = await world.nextMessage(ANNA, before, "the introduction");
    assertStringIncludes(text, "Новости");
    assertStringIncludes(text, String(CHANNEL));
    assertEquals(world.telegram.messages(CHANNEL), []);
  });
});

Deno.test("channels: who added the bot but never wrote to it leaves a line in the log", async () => {
  await withWorld(async (world) => {
    world.telegram.addGroup({
      id: CHANNEL,
      type: "channel",
      title: "Новости",
      members: { [ANNA]: "creator" },
      botStatus: "left",
    });
    world.telegram.readd(CHANNEL, "administrator");
    await world.telegram.until(
      () => world.logLines.find((it) => it.includes("Introduction not sent")),
      "the line",
    );
    assertEquals(world.telegram.messages(CHANNEL), []);
  });
});
