import { assertEquals, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ADMIN, ANNA, BORIS, withWorld, type World } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";
const OLD = -2001;
const NEW = -1002001;
const MEMBERS = { [ANNA]: "creator", [BORIS]: "member", [ADMIN]: "member" } as const;

/** A basic group, named in the settings where the test wants that. */
async function withOldGroup(
  use: (world: World) => Promise<void>,
  { isConfigured }: { isConfigured: boolean },
): Promise<void> {
  await withWorld(async (world) => {
    world.telegram.addGroup({ id: OLD, type: "group", title: "Смена", members: MEMBERS });
    await world.start();
    await world.ask("/start", ADMIN, ADMIN);
    if (!isConfigured) await world.ask("/subscribe", OLD, ANNA);
    await use(world);
  }, { isStarted: false, env: isConfigured ? { GROUP_ID: String(OLD) } : {} });
}

for (const silent of [false, true]) {
  const how = silent ? "found out by sending" : "told by Telegram";
  Deno.test(`moving: a subscribed group that becomes a supergroup keeps its subscription (${how})`, async () => {
    await withOldGroup(async (world) => {
      world.telegram.migrate(OLD, NEW, { silent });
      world.bitrix24.outage("ru", OUTAGE);
      await world.alert(NEW, ALERT);
      assertEquals(
        await sqlite3(world.databaseFile, "SELECT chat_id FROM subscribers WHERE chat_id < 0"),
        String(NEW),
      );
      assertEquals(world.fromBot(NEW).length, 1, "no introduction, nothing twice");
      assertEquals(world.violations(), []);
    }, { isConfigured: false });
  });

  Deno.test(`moving: a configured group keeps its place and its rights, also after a restart (${how})`, async () => {
    await withOldGroup(async (world) => {
      world.telegram.migrate(OLD, NEW, { silent });
      world.bitrix24.outage("ru", OUTAGE);
      await world.alert(NEW, ALERT);
      const notice = await world.alert(ADMIN, "стала супергруппой");
      assertStringIncludes(notice.text ?? "", String(OLD));
      assertStringIncludes(notice.text ?? "", String(NEW));
      await world.stop();
      await world.start();
      world.bitrix24.well("ru");
      await world.alert(NEW, "снова работает");
      assertStringIncludes((await world.ask("/logs", NEW, BORIS)).text ?? "", "Последние логи");
      assertEquals(
        world.fromBot(ADMIN).filter((it) => it.text?.includes("стала супергруппой")).length,
        1,
        "a restart announces nothing",
      );
      assertEquals(world.violations(), []);
    }, { isConfigured: true });
  });

  Deno.test(`moving: an open alert goes on in the supergroup (${how})`, async () => {
    await withOldGroup(async (world) => {
      world.bitrix24.outage("ru", OUTAGE);
      await world.alert(OLD, ALERT);
      world.telegram.migrate(OLD, NEW, { silent });
      world.bitrix24.well("ru");
      const { text = "" } = await world.alert(NEW, "Завершено");
      assertStringIncludes(text, "было");
      await world.checks(2);
      assertEquals(world.fromBot(NEW).length, 1);
      assertEquals(world.violations(), []);
    }, { isConfigured: true });
  });
}
