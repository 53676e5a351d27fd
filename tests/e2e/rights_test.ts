import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { freePort } from "../support.ts";
import { ADMIN, ANNA, withWorld } from "../world.ts";
import { daemon, run } from "./program.ts";

const CHANNEL = -1009;

Deno.test("end to end: orders of yesterday or of others leave the monitoring on; switched off, it shows", async () => {
  await withWorld(async (world) => {
    const port = freePort();
    const status = async () => {
      const { status, monitoring } = await (await fetch(`http://127.0.0.1:${port}/health`)).json();
      return [status, monitoring];
    };
    world.telegram.say(ADMIN, ADMIN, "/start");
    const date = Math.floor(Date.now() / 1000) - 20 * 3600;
    world.telegram.say(ADMIN, ADMIN, "/monitoring off", { date });
    const bot = daemon(world, { HEALTH_PORT: String(port) });
    await world.alert(ADMIN, "команда пришла давно, повторите");
    const inline = { id: 5, is_bot: true, first_name: "Inline" };
    world.telegram.say(ADMIN, ADMIN, "/monitoring off", { via_bot: inline });
    await world.alert(ADMIN, "Напишите команду сами");
    await world.checks(3);
    assertEquals(await status(), ["ok", "on"]);
    await world.ask("/monitoring off", ADMIN, ADMIN);
    assertEquals(await status(), ["degraded", "off"]);
    assertEquals((await bot.end("SIGTERM")).code, 0);
  }, { isStarted: false });
});

Deno.test("end to end: whatever a channel's readers press, nothing is posted there", async () => {
  await withWorld(async (world) => {
    world.telegram.addGroup({
      id: CHANNEL,
      type: "channel",
      title: "Новости",
      members: { [ANNA]: "creator" },
      botStatus: "administrator",
    });
    const bot = daemon(world, { GROUP_IDS: String(CHANNEL) });
    world.bitrix24.outage("ru", "Недоступна CRM.");
    const alert = await world.telegram.until(() => world.telegram.messages(CHANNEL)[0], "the post");
    const buttons = alert.reply_markup?.inline_keyboard.flat() ?? [];
    assert(buttons.length > 0 && buttons.every((it) => "url" in it));
    for (const data of ["new:status", "new:menu", "logs", "close", "history"]) {
      const { text } = await world.telegram.pressForged(CHANNEL, alert.id, data, ANNA);
      assertStringIncludes(text, "В канале", data);
    }
    assertEquals(world.telegram.messages(CHANNEL).length, 1);
    assertEquals((await bot.end("SIGTERM")).code, 0);
  }, { isStarted: false });
});

Deno.test("end to end: an account of Telegram's own is no administrator", async () => {
  await withWorld(async (world) => {
    for (const id of ["777000", "1087968824", "136817688"]) {
      const env = { ...world.env, ADMIN_CHAT_ID: id };
      const { code, stderr } = await run([], { env, cwd: world.folder });
      assertEquals(code, 78);
      assertStringIncludes(stderr, `ADMIN_CHAT_ID: has ${id}, which is no person's number`);
    }
  }, { isStarted: false });
});
