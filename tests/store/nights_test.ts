import { assertEquals } from "../assert.ts";
import { type Night } from "../../src/domain/rule.ts";
import { type HearingWorld, withWorld } from "./hearing_world.ts";

const OUTAGE = "🔴 Сбой Bitrix24 · .ru";
const DELAYS = "⚠️ Bitrix24: возможны задержки · .ru";
const WELL = "✅ Bitrix24 снова работает (.ru).";
const OVER = "edit ✅ Завершено: сбой Bitrix24 · .ru";
const DELAYS_OVER = "edit ✅ Завершено: задержки Bitrix24 · .ru";

/** From ten to eight by Moscow's clock, which is three hours ahead. */
function quiet(night: Night, zone = "Europe/Moscow") {
  return { quiet: { from: 22 * 60, to: 8 * 60, zone, night } };
}

/** A night from the 10th to the 11th of November, for one chat. */
async function withNight(night: Night, use: (world: HearingWorld) => Promise<void>) {
  await withWorld(async (world) => {
    await world.subscribe(1);
    await world.rule(1, quiet(night));
    await use(world);
  });
}

const TEN_PAST_TWO = "2026-11-10T23:10:00Z";
const TWENTY_TO_THREE = "2026-11-10T23:40:00Z";
const JUST_BEFORE = "2026-11-11T04:59:00Z";
const EIGHT = "2026-11-11T05:00:00Z";

Deno.test("All in the morning: what was and is over comes in one message at eight", async () => {
  await withNight("morning", async (world) => {
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "degraded");
    await world.until(TWENTY_TO_THREE);
    await world.read("ru", "operational");
    await world.until(JUST_BEFORE);
    await world.read("ru", "operational");
    assertEquals(world.heard(1), []);
    await world.restart();
    await world.until(EIGHT);
    assertEquals(world.whole(1), [
      "heard 🌅 За ночь: .ru задержки 02:10–02:40 (30 минут). Сейчас всё работает.",
    ]);
    await world.until("2026-11-12T12:00:00Z");
    assertEquals(world.heard(1), [], "a night without anything says nothing");
    assertEquals(await world.owed(), []);
  });
});

Deno.test("All in the morning: what is still open comes as an alert with a sound", async () => {
  await withNight("morning", async (world) => {
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.read("kz", "outage");
    await world.until(TWENTY_TO_THREE);
    await world.read("kz", "operational");
    await world.read("ru", "degraded");
    await world.until(JUST_BEFORE);
    assertEquals(world.heard(1), []);
    await world.until(EIGHT);
    assertEquals(world.whole(1).map((it) => it.split("\n")[0]), [
      "heard 🌅 За ночь: .kz сбой 02:10–02:40 (30 минут).",
      `heard ${DELAYS}`,
    ]);
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${WELL}`, DELAYS_OVER]);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("All in the morning: an alert that is there already is edited at once, without a sound", async () => {
  await withNight("morning", async (world) => {
    await world.read("ru", "degraded");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${DELAYS}`]);
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.deliver();
    assertEquals(world.heard(1), [`edit ${OUTAGE}`]);
    await world.until(EIGHT);
    assertEquals(world.heard(1), ["heard 🌅 Всё ещё сбой .ru с 10.11.2026, 12:00 UTC."]);
    await world.until("2026-11-11T23:40:00Z");
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(1), [OVER], "what can be seen is true");
    await world.until("2026-11-12T12:00:00Z");
    assertEquals(world.whole(1), [
      "heard 🌅 За ночь: .ru сбой 10.11.2026, 12:00 – 11.11.2026, 23:40 UTC (1 день 11 часов).",
    ]);
  });
});

for (const night of ["morning", "wake"] as const) {
  Deno.test(`What was heard by day and is over at night is told in the morning: ${night}`, async () => {
    await withNight(night, async (world) => {
      await world.read("ru", "degraded");
      await world.until(TEN_PAST_TWO);
      assertEquals(world.heard(1), [`heard ${DELAYS}`]);
      await world.read("ru", "operational");
      await world.until(JUST_BEFORE);
      assertEquals(world.heard(1), [DELAYS_OVER]);
      await world.read("ru", "operational");
      await world.until(EIGHT);
      const [told = "", ...more] = world.whole(1);
      assertEquals([/^heard 🌅 За ночь: \.ru задержки .*Сейчас всё/.test(told), more], [true, []]);
    });
  });
}

Deno.test("Woken by outages: they come as by day, and so do their ends; the rest waits", async () => {
  await withNight("wake", async (world) => {
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "degraded");
    await world.read("kz", "degraded");
    await world.deliver();
    assertEquals(world.heard(1), []);
    await world.read("ru", "outage");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${OUTAGE}`]);
    await world.until(TWENTY_TO_THREE);
    await world.read("ru", "operational");
    await world.read("kz", "operational");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${WELL}`, OVER]);
    await world.until(EIGHT);
    assertEquals(world.heard(1).length, 1, "the delays of .kz");
    assertEquals(await world.owed(), []);
  });
});

Deno.test("Without a sound: all comes, and what is open in the morning gets one reply with a sound", async () => {
  await withNight("silent", async (world) => {
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.read("kz", "outage");
    await world.deliver();
    assertEquals(world.heard(1), [`silent ${OUTAGE}`, `silent ${OUTAGE.replace("ru", "kz")}`]);
    await world.until(TWENTY_TO_THREE);
    await world.read("kz", "operational");
    await world.deliver();
    const end = WELL.replace("ru", "kz");
    assertEquals(world.heard(1), [`silent ${end}`, OVER.replace("ru", "kz")]);
    await world.until(EIGHT);
    assertEquals(world.heard(1), ["heard 🌅 Всё ещё сбой .ru с 10.11.2026, 23:10 UTC."]);
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${WELL}`, OVER]);
    await world.until("2026-11-12T12:00:00Z");
    assertEquals(world.heard(1), []);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("Without a sound: what came back at night is said to be over, once more", async () => {
  await withNight("silent", async (world) => {
    await world.until(TEN_PAST_TWO);
    for (let time = 0; time < 2; time++) {
      await world.read("ru", "outage");
      await world.deliver();
      assertEquals(world.heard(1), [`silent ${OUTAGE}`]);
      for (let reading = 0; reading < 3; reading++) {
        await world.read("ru", "operational");
        await world.pass(60_000);
      }
      await world.deliver();
      assertEquals(world.heard(1), [`silent ${WELL}`, OVER]);
    }
  });
});

Deno.test("Whoever turns the quiet hours off at night hears at once what waited", async () => {
  await withNight("morning", async (world) => {
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.deliver();
    await world.rule(1, {});
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${OUTAGE}`]);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("Whoever lets the night end later hears it later; another way of it holds at once", async () => {
  await withNight("morning", async (world) => {
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.rule(1, { quiet: { ...quiet("morning").quiet, to: 9 * 60 } });
    await world.until(EIGHT);
    assertEquals(world.heard(1), []);
    await world.until("2026-11-11T06:00:00Z");
    assertEquals(world.heard(1), [`heard ${OUTAGE}`]);
  });
});

for (const [night, expected] of [["wake", "heard"], ["silent", "silent"]] as const) {
  Deno.test(`What waits comes at once when the night becomes one of another way: ${night}`, async () => {
    await withNight("morning", async (world) => {
      await world.until(TEN_PAST_TWO);
      await world.read("ru", "outage");
      await world.deliver();
      assertEquals(world.heard(1), []);
      await world.rule(1, quiet(night));
      await world.deliver();
      assertEquals(world.heard(1), [`${expected} ${OUTAGE}`]);
    });
  });
}

Deno.test("What waits and does not concern the chat any more is not told in the morning", async () => {
  await withNight("morning", async (world) => {
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.rule(1, { ...quiet("morning"), regions: ["kz"] });
    await world.until(EIGHT);
    assertEquals(world.heard(1), []);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("What was late, and would be heard in quiet hours, waits for the morning as well", async () => {
  await withNight("morning", async (world) => {
    await world.read("ru", "outage");
    world.isDown = true;
    await world.deliverOnce();
    world.isDown = false;
    await world.until(TEN_PAST_TWO, { isOff: true });
    await world.deliver();
    assertEquals(world.heard(1), []);
    await world.until(EIGHT);
    assertEquals(world.heard(1), [`heard ${OUTAGE}`]);
  });
});

Deno.test("A bot that was off in the morning tells what waited when it is back, be it night again", async () => {
  await withNight("morning", async (world) => {
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.until("2026-11-11T20:00:00Z", { isOff: true });
    await world.restart();
    await world.deliver();
    assertEquals(world.heard(1), [], "eleven in the evening");
    await world.until("2026-11-12T05:00:00Z");
    assertEquals(world.heard(1), [`heard ${OUTAGE}`]);
  });
});

Deno.test("A night is closed by the zone's clock, however the bot's own is set meanwhile", async () => {
  await withNight("morning", async (world) => {
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.setClock(-48 * 3_600_000);
    await world.until("2026-11-09T04:59:00Z");
    assertEquals(world.heard(1), []);
    await world.until("2026-11-09T05:00:00Z");
    assertEquals(world.heard(1), [`heard ${OUTAGE}`]);
  });
  await withNight("morning", async (world) => {
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.setClock(12 * 3_600_000);
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${OUTAGE}`], "it is day");
  });
});

Deno.test("What waits in a group is told in the supergroup that it became", async () => {
  await withWorld(async (world) => {
    await world.subscribe(-1);
    await world.rule(-1, quiet("morning"));
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.stores.chats.move(-1, -100, world.now);
    await world.until(EIGHT);
    assertEquals([world.heard(-1), world.heard(-100)], [[], [`heard ${OUTAGE}`]]);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("Whoever unsubscribes at night hears nothing in the morning", async () => {
  await withNight("morning", async (world) => {
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.stores.chats.unsubscribe(1);
    await world.until(EIGHT);
    assertEquals(world.heard(1), []);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("Administrators are told at night what they must know, without a sound and at once", async () => {
  await withWorld(async (world) => {
    await world.rule(7, quiet("morning"));
    await world.until(TEN_PAST_TWO);
    await world.stores.outbox.tellAdministrators("Backup failed", [7], world.now);
    for (const ms of [300_000, 0]) {
      await world.read("ru", "unreadable");
      await world.pass(ms);
    }
    await world.deliver();
    assertEquals(world.heard(7).map((it) => it.slice(0, 10)), ["silent Bac", "silent 🙈 "]);
    await world.until(EIGHT);
    await world.stores.outbox.tellAdministrators("Backup failed", [7], world.now);
    await world.deliver();
    assertEquals(world.heard(7), ["heard Backup failed"]);
  }, { groups: [], administrators: [7] });
});

Deno.test("Announcements come without a sound, once, to who wants everything; at night they wait", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1, 2, 3);
    await world.rule(2, { level: "everything" });
    await world.rule(3, { level: "everything", regions: ["ru"], ...quiet("wake") });
    const notice = async (details: string, region = "ru") =>
      await world.read(region, "operational", { details });
    await notice("стояло и раньше");
    await notice("");
    await notice("В ночь на среду обновление 10.11.2026 12:00:00");
    await notice("");
    await notice("В ночь на среду обновление 10.11.2026 12:00:30");
    await world.deliver();
    const announced = "silent 📣 Bitrix24 сообщает · регион .ru";
    assertEquals([1, 2, 3].map((it) => world.heard(it)), [[], [announced], [announced]]);

    await world.until(TEN_PAST_TWO);
    await notice("", "kz");
    await notice("Обновление", "kz");
    await notice("Обновление завершено");
    await world.deliver();
    assertEquals(world.heard(2), [announced.replace("ru", "kz"), announced]);
    assertEquals(world.heard(3), []);
    await world.until(EIGHT);
    assertEquals([1, 2, 3].map((it) => world.heard(it)), [[], [], [announced]]);
    assertEquals(await world.owed(), []);
  });
});

for (const zone of ["Europe/Berlin", "America/New_York", "Asia/Almaty", "Australia/Lord_Howe"]) {
  Deno.test(`A year of nights, each closed at eight by the clock of the zone: ${zone}`, async () => {
    await withWorld(
      async (world) => {
        await world.subscribe(1);
        await world.rule(1, quiet("morning", zone));
        const hour = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeStyle: "short" });
        const ofDay = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
        let told = 0;
        // The nights around both changes of daylight saving, and one night of each month beside.
        for (const date of YEAR) {
          await world.until(`${date}T12:00:00Z`, { isOff: true });
          // Three in the night, as near as it is.
          const day = ofDay.format(world.now);
          while (hour.format(world.now) !== "01:30" || ofDay.format(world.now) === day) {
            await world.until(world.now + 30 * 60_000, { isOff: true });
          }
          await world.read("ru", "outage");
          await world.deliver();
          await world.until(world.now + 30 * 60_000);
          await world.read("ru", "operational");
          await world.until(world.now + 12 * 3_600_000);
          const messages = world.said.splice(0);
          assertEquals(messages.map((it) => hour.format(it.at)), ["08:00"], date);
          told++;
        }
        assertEquals(told, YEAR.length);
        assertEquals(await world.owed(), []);
      },
      undefined,
      "2026-01-01T00:00:00Z",
    );
  });
}

const YEAR = [
  "2026-01-15",
  "2026-03-06",
  "2026-03-07",
  "2026-03-08",
  "2026-03-27",
  "2026-03-28",
  "2026-03-29",
  "2026-04-03",
  "2026-04-04",
  "2026-04-05",
  "2026-07-15",
  "2026-10-02",
  "2026-10-03",
  "2026-10-04",
  "2026-10-23",
  "2026-10-24",
  "2026-10-25",
  "2026-10-30",
  "2026-10-31",
  "2026-11-01",
  "2026-12-31",
];

Deno.test("Woken by an outage that eases: its end is heard as well, as by day", async () => {
  await withNight("wake", async (world) => {
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.deliver();
    await world.read("ru", "degraded");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${OUTAGE}`, `edit ${DELAYS}`]);
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${WELL}`, DELAYS_OVER]);
  });
});

Deno.test("All in the morning: what came back at night is told, though its end was heard by day", async () => {
  await withNight("morning", async (world) => {
    await world.until("2026-11-10T17:00:00Z");
    await world.read("ru", "outage");
    await world.deliver();
    await world.until("2026-11-10T18:55:00Z");
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(1), [`heard ${OUTAGE}`, `heard ${WELL}`, OVER]);
    await world.until("2026-11-10T19:05:00Z");
    await world.read("ru", "outage");
    await world.until("2026-11-10T19:30:00Z");
    await world.read("ru", "operational");
    await world.until("2026-11-10T19:32:00Z");
    await world.read("ru", "operational");
    await world.until(EIGHT);
    assertEquals(world.heard(1), ["heard 🌅 За ночь: .ru сбой 20:00–22:30 (2 часа 30 минут)."]);
  });
});

for (
  const [what, narrower] of [["the region", { regions: ["kz"] }], ["delays", {
    level: "outages",
  }]] as const
) {
  Deno.test(`Whoever does not want ${what} any more since the alert came at night hears nothing of it in the morning`, async () => {
    await withNight("silent", async (world) => {
      await world.until(TEN_PAST_TWO);
      await world.read("ru", "degraded");
      await world.deliver();
      assertEquals(world.heard(1), [`silent ${DELAYS}`]);
      await world.rule(1, { ...quiet("silent"), ...narrower });
      await world.until(EIGHT);
      assertEquals(world.heard(1), []);
      await world.read("ru", "operational");
      await world.deliver();
      assertEquals(world.heard(1), [DELAYS_OVER]);
    });
  });
}

Deno.test("What was over at night and came back as what the chat does not want is not still there in the morning", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    await world.rule(1, { ...quiet("silent"), level: "outages" });
    await world.until(TEN_PAST_TWO);
    await world.read("ru", "outage");
    await world.deliver();
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(1), [`silent ${OUTAGE}`, `silent ${WELL}`, OVER]);
    await world.read("ru", "degraded");
    await world.until(EIGHT);
    assertEquals(world.heard(1), []);
  });
});
