import { resultOf } from "../../src/domain/decision.ts";
import { assertEquals } from "../assert.ts";
import { followAdmission } from "../../src/store/admission.ts";
import { createVoice } from "../../src/telegram/texts/format.ts";
import { arrayLogger } from "../delivering/doubles.ts";
import { withWorld } from "./hearing_world.ts";

const OUTAGE = "🔴 Сбой Bitrix24 · .ru";
const DELAYS = "⚠️ Bitrix24: возможны задержки · .ru";
const WELL = "✅ Bitrix24 снова работает (.ru).";
const OVER = "edit ✅ Завершено: сбой Bitrix24 · .ru";
const DELAYS_OVER = "edit ✅ Завершено: задержки Bitrix24 · .ru";

Deno.test("Each chat hears of its own regions, and /why says why not of others", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1, 2, 3);
    await world.rule(2, { regions: ["kz"] });
    await world.rule(3, { regions: ["kz", "ru"], language: "ru" });

    await world.read("ru", "outage");
    await world.deliver();
    assertEquals([1, 2, 3].map((it) => world.heard(it)), [[`heard ${OUTAGE}`], [], [
      `heard ${OUTAGE}`,
    ]]);
    const why = await world.stores.store.decisions(2, 5, world.now);
    assertEquals(why.map(resultOf), ["another region"]);

    await world.read("ru", "operational");
    await world.deliver();
    const end = [`heard ${WELL}`, OVER];
    assertEquals([1, 2, 3].map((it) => world.heard(it)), [end, [], end]);
  });
});

Deno.test("A chat that wants outages only hears when a delay becomes one, and of its end", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    await world.rule(1, { level: "outages" });
    await world.read("ru", "degraded");
    await world.read("ru", "degraded", { title: "other words" });
    await world.deliver();
    assertEquals(world.heard(1), []);
    await world.read("ru", "outage");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${OUTAGE}`]);
    await world.read("ru", "degraded");
    await world.deliver();
    assertEquals(world.heard(1), [`edit ${DELAYS}`], "easing is an edit");
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${WELL}`, DELAYS_OVER]);

    // It comes back as a delay, which the chat does not hear of, nor of its end.
    await world.read("ru", "degraded");
    await world.deliver();
    await world.read("ru", "operational");
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(1), []);
  });
});

Deno.test("A chat that heard an end hears that it came back worse, in a new alert", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    await world.rule(1, { level: "outages" });
    for (const status of ["outage", "operational", "degraded", "outage"] as const) {
      await world.read("ru", status);
      await world.deliver();
    }
    assertEquals(world.heard(1), [`heard ${OUTAGE}`, `heard ${WELL}`, OVER, `heard ${OUTAGE}`]);
  });
});

Deno.test("A chat that chose services hears of these, and of what names none", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1, 2);
    await world.rule(1, { components: ["CRM"] });
    await world.rule(2, { components: ["Почта"] });
    await world.read("ru", "outage", { components: ["Почта"] });
    await world.deliver();
    assertEquals([world.heard(1), world.heard(2)], [[], [`heard ${OUTAGE}`]]);
    const why = await world.stores.store.decisions(1, 5, world.now);
    assertEquals(why.map(resultOf), ["other components"]);

    await world.read("ru", "outage", { components: ["Почта", "crm"] });
    await world.deliver();
    assertEquals([world.heard(1), world.heard(2)], [[`heard ${OUTAGE}`], [`edit ${OUTAGE}`]]);

    // Of the other service alone the end is heard, too: the beginning was.
    await world.read("ru", "outage", { components: ["Почта"] });
    await world.deliver();
    world.heard(1);
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals([world.heard(1), world.heard(2)], [[`heard ${WELL}`, OVER], [
      `heard ${WELL}`,
      OVER,
    ]]);

    await world.read("com", "outage");
    await world.deliver();
    assertEquals([world.heard(1).length, world.heard(2).length], [1, 1]);
  });
});

Deno.test("A rule that becomes narrower lets the alert go on, without a sound, to its end", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    await world.read("ru", "degraded");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${DELAYS}`]);
    await world.rule(1, { regions: ["kz"] });
    await world.read("ru", "outage");
    await world.deliver();
    assertEquals(world.heard(1), [`edit ${OUTAGE}`]);
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(1), [OVER]);
  });
});

Deno.test("A rule that becomes wider brings what is open at once, and so its end", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    await world.rule(1, { level: "outages" });
    await world.read("ru", "degraded");
    await world.deliver();
    assertEquals(world.heard(1), []);
    await world.rule(1, {});
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${DELAYS}`]);
    await world.rule(1, { language: "ru" });
    await world.deliver();
    assertEquals(world.heard(1), [], "once");
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${WELL}`, DELAYS_OVER]);
  });
});

Deno.test("Whoever subscribes while something is open hears of it at once, and of its end", async () => {
  await withWorld(async (world) => {
    await world.read("ru", "outage");
    await world.subscribe(1);
    await world.subscribe(1);
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${OUTAGE}`]);
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${WELL}`, OVER]);
    await world.subscribe(2);
    await world.deliver();
    assertEquals(world.heard(2), []);
  });
});

Deno.test("What ALERT_ON_* keeps back comes to no new subscriber", async () => {
  const policy = { issues: true, degraded: false, recovery: true };
  await withWorld(async (world) => {
    await world.read("ru", "degraded");
    await world.subscribe(1);
    await world.deliver();
    assertEquals(world.heard(1), []);
    await world.read("ru", "outage");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${OUTAGE}`]);
  }, { groups: [], administrators: [], policy });
});

Deno.test("Whoever unsubscribes and subscribes finds the old alert edited, or a silent new one", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    await world.read("ru", "outage");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${OUTAGE}`]);

    await world.stores.chats.unsubscribe(1);
    await world.subscribe(1);
    await world.deliver();
    assertEquals(world.heard(1), [`edit ${OUTAGE}`]);

    await world.stores.chats.unsubscribe(1);
    await world.read("ru", "degraded");
    await world.deliver();
    world.deleted.add(1);
    await world.subscribe(1);
    await world.deliver();
    assertEquals(world.heard(1), [`silent ${DELAYS}`]);

    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${WELL}`, DELAYS_OVER]);
  });
});

Deno.test("A group's rule goes with it when it becomes a supergroup, and is gone with /forget", async () => {
  await withWorld(async (world) => {
    await world.subscribe(-1);
    await world.rule(-1, { regions: ["kz"], language: "en" });
    await world.stores.chats.move(-1, -100, world.now);
    assertEquals((await world.rules.rule(-100)).regions, ["kz"]);
    assertEquals([world.rules.language(-1), world.rules.language(-100)], [null, "en"]);
    await world.stores.chats.forget(-100);
    assertEquals((await world.rules.rule(-100)).regions, null);
    assertEquals(world.rules.language(-100), null);
  });
});

Deno.test("A chat that is left without a watched region is told so, once", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1, 2);
    await world.rule(1, { regions: ["kz", "uz"] });
    await world.rule(2, { regions: ["kz", "ru"] });
    const start = async (...watchedRegions: string[]) => {
      await followAdmission(world.stores.database, world.stores.chats, {
        texts: () => createVoice("ru", "UTC").texts,
        watchedRegions,
        now: world.now,
        logger: arrayLogger(),
      });
      await world.deliver();
    };
    for (const regions of [["ru", "kz"], ["ru", "by"], ["ru", "by"]]) await start(...regions);
    assertEquals([world.heard(1), world.heard(2)], [[
      "heard 📭 Этот чат слушает .kz, .uz, а бот теперь следит только за .ru, .by: " +
      "алерты сюда не приходят. Выбрать другие регионы: /settings",
    ], []]);
    for (const regions of [["kz"], ["by"]]) await start(...regions);
    assertEquals([world.heard(1).length, world.heard(2).length], [1, 1], "and again another time");
  });
});
