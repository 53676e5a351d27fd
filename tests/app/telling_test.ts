import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "../assert.ts";
import { ANNA, BORIS, GROUP, withWorld } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";

function error(statusInfo: string, id: number) {
  return { result: "error" as const, info: "", statusTitle: "", statusInfo, id };
}

Deno.test("telling: a changed announcement edits the alert in place, without a new message", async () => {
  await withWorld(async (world) => {
    world.bitrix24.set("ru", error("Недоступна CRM.", 1));
    const alert = await world.alert(GROUP, ALERT);
    world.bitrix24.set("ru", error("Недоступны CRM и почта.", 2));
    await world.telegram.until(() => alert.text?.includes("CRM и почта"), "the edit");
    assertStringIncludes(alert.text ?? "", "Затронуто: CRM, Почта");
    assertEquals(world.fromBot(GROUP).length, 1);
  });
});

Deno.test("telling: a turn to the worse is heard, a turn to the better is not", async () => {
  await withWorld(async (world) => {
    world.bitrix24.degraded("ru", "Почта: возможны задержки.");
    const alert = await world.alert(GROUP, "возможны задержки");
    world.bitrix24.outage("ru", "Недоступна почта.");
    const reply = await world.alert(GROUP, "Стало хуже");
    assertEquals(reply.reply_to, alert.id);
    await world.telegram.until(() => alert.text?.startsWith("🔴"), "the alert says so");
    world.bitrix24.degraded("ru", "Почта: возможны задержки.");
    await world.telegram.until(() => alert.text?.startsWith("⚠️"), "the alert eases");
    assertEquals(world.fromBot(GROUP).length, 2);
  });
});

Deno.test("telling: the settings decide what is announced", async (t) => {
  await t.step("ALERT_ON_DEGRADED=false: only the outage it becomes", async () => {
    await withWorld(async (world) => {
      world.bitrix24.degraded("ru", "Почта: задержки.");
      await world.checks(2);
      assertEquals(world.fromBot(GROUP), []);
      world.bitrix24.outage("ru", OUTAGE);
      await world.alert(GROUP, ALERT);
    }, { env: { ALERT_ON_DEGRADED: "false" } });
  });
  await t.step("ALERT_ON_RECOVERY=false: the alert shows it, nobody hears it", async () => {
    await withWorld(async (world) => {
      world.bitrix24.outage("ru", OUTAGE);
      const alert = await world.alert(GROUP, ALERT);
      world.bitrix24.well("ru");
      await world.telegram.until(() => alert.text?.includes("Завершено"), "the edit");
      assertEquals(world.fromBot(GROUP).length, 1);
    }, { env: { ALERT_ON_RECOVERY: "false" } });
  });
});

Deno.test("telling: an announcement of any length and content arrives", async () => {
  const texts = [
    "слово ".repeat(4000),
    "х".repeat(20_000),
    "<b>жирный</b> & <script>alert(1)</script> <unclosed «&lt;i&gt;»",
    "=HYPERLINK(1)\n_markdown_ *звёзды* [скобки](",
    "👨‍👩‍👧‍👦".repeat(1000),
  ];
  await withWorld(async (world) => {
    for (const [index, text] of texts.entries()) {
      world.bitrix24.set("ru", error(`CRM ${index}: ${text}`, index + 1));
      const found = await world.telegram.until(
        () => world.fromBot(GROUP).find((it) => it.text?.includes(`CRM ${index}`)),
        `announcement ${index}`,
      );
      assert((found.text?.length ?? 0) <= 4096);
      assertStringIncludes(found.text ?? "", "Страница статуса");
      assertNotMatch(found.text ?? "", /<\/?b>|<script|alert\(1\)/);
    }
    assertEquals(world.violations(), []);
  });
});

Deno.test("telling: the buttons under an alert of the version before answer in a new message and leave the alert", async () => {
  await withWorld(async (world) => {
    world.bitrix24.outage("ru", OUTAGE);
    const alert = await world.alert(GROUP, ALERT);
    world.bitrix24.well("ru");
    await world.telegram.until(() => alert.text?.startsWith("✅"), "the end on the card");
    const text = alert.text;
    const old = ["new:status", "new:metrics", "new:history", "new:menu", "new:check:ru"];
    const inline_keyboard = old.map((it) => [{ text: it, callback_data: it }]);
    Object.assign(alert, { reply_markup: { inline_keyboard } });
    for (const data of ["new:menu", "new:metrics", "new:check:ru"]) {
      await world.telegram.press(GROUP, alert.id, data, BORIS);
    }
    await world.telegram.press(GROUP, alert.id, "new:history", BORIS);
    const answer = await world.alert(GROUP, "Последние инциденты");
    assert(answer.id !== alert.id);
    assertEquals(alert.text, text);
  });
});

Deno.test("telling: nobody is told twice, and a person who unsubscribed is not told at all", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    await world.ask("/start", BORIS, BORIS);
    await world.ask("/subscribe", GROUP, ANNA);
    await world.ask("/unsubscribe", BORIS, BORIS);
    const before = world.fromBot(BORIS).length;
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(ANNA, ALERT);
    await world.alert(GROUP, ALERT);
    world.bitrix24.well("ru");
    await world.alert(ANNA, "снова работает");
    await world.alert(GROUP, "снова работает");
    const alerts = world.fromBot(GROUP).filter((it) => /сбой|снова/i.test(it.text ?? ""));
    assertEquals(alerts.length, 2);
    assertEquals(world.fromBot(BORIS).length, before);
  });
});
