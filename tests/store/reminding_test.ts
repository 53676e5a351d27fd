import type { Rule } from "../../src/domain/rule.ts";
import { Cards } from "../../src/store/cards.ts";
import { Reminders } from "../../src/store/reminders.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { type HearingWorld, withWorld as withHearing } from "./hearing_world.ts";

const GROUP = -1001;
const OTHER = -1002;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const IGOR = 7;
const BORIS = 8;
const NIGHT = { from: 22 * 60, to: 8 * 60, zone: "UTC" };

/** Two groups with an outage; in GROUP somebody has once taken an incident. */
class Work {
  cards: Cards;
  reminders: Reminders;

  constructor(readonly world: HearingWorld, readonly afterMinutes: number) {
    const { database, chats } = world.stores;
    this.cards = new Cards({ database, chats });
    this.reminders = new Reminders(database, chats, afterMinutes * MINUTE);
  }

  /** Lets time pass with the bot at work, looking every minute; answers the messages of a group. */
  async pass(ms: number, chatId = GROUP): Promise<string[]> {
    for (const until = this.world.now + ms; this.world.now < until;) {
      await this.world.pass(Math.min(MINUTE, until - this.world.now));
      await this.look();
    }
    return this.world.heard(chatId);
  }

  async look(): Promise<void> {
    await this.cards.lift(this.world.now);
    await this.cards.tidy(this.world.now);
    await this.reminders.look(this.world.now);
    await this.world.deliver();
  }

  hand(person: number, incidentId = 1) {
    return { chatId: GROUP, incidentId, person };
  }

  async take(person: number): Promise<void> {
    const hand = this.hand(person);
    await this.cards.press(hand, this.world.now);
    await this.cards.name(hand, person === IGOR ? "Игорь" : "Борис", this.world.now);
  }

  async hush(chatId = GROUP, incidentId = 1): Promise<number | null | undefined> {
    return await this.cards.hush({ chatId, incidentId }, this.world.now);
  }

  async answer(person: number, wish: "keep" | "release"): Promise<string> {
    return (await this.cards.answer(this.hand(person), wish, this.world.now)).kind;
  }
}

async function withWork(
  use: (work: Work) => Promise<void>,
  { after = 60, rule = {}, start, hasTaken = true }: {
    after?: number;
    rule?: Partial<Rule>;
    start?: string;
    hasTaken?: boolean;
  } = {},
): Promise<void> {
  await withHearing(
    async (world) => {
      const { chats, database } = world.stores;
      for (const chatId of [GROUP, OTHER]) {
        await chats.subscribe({ chatId, chatType: "supergroup", topicId: null }, world.now);
        await world.rule(chatId, rule);
      }
      if (hasTaken) {
        await database.write((it) =>
          it.rows(
            `INSERT INTO chats (chat_id, has_taken) VALUES (?, 1)
          ON CONFLICT (chat_id) DO UPDATE SET has_taken = 1`,
            [GROUP],
          )
        );
      }
      const work = new Work(world, after);
      await world.read("ru", "operational");
      await world.read("ru", "outage");
      assertMatch((await work.pass(MINUTE))[0] ?? "", /^heard 🔴 Сбой Bitrix24 · \.ru/);
      world.heard(OTHER);
      await use(work);
    },
    undefined,
    start,
  );
}

const reminders = (heard: readonly string[]) => heard.filter((it) => it.includes("⏰"));

Deno.test("reminding: an outage that nobody took is mentioned once an hour, four times in all", async () => {
  await withWork(async (work) => {
    assertEquals(await work.pass(58 * MINUTE), []);
    assertEquals(await work.pass(3 * MINUTE), ["heard ⏰ Сбой .ru идёт 1 ч, никто не взял"]);
    assertEquals(await work.pass(57 * MINUTE), []);
    assertEquals(reminders(await work.pass(10 * HOUR)), [
      "heard ⏰ Сбой .ru идёт 2 ч, никто не взял",
      "heard ⏰ Сбой .ru идёт 3 ч, никто не взял",
      "heard ⏰ Сбой .ru идёт 4 ч, никто не взял",
    ]);
  });
});

Deno.test("reminding: a group where nobody ever pressed «Беру» is not reminded, nor anybody by REMIND_AFTER=0", async () => {
  await withWork(async (work) => assertEquals(await work.pass(5 * HOUR, OTHER), []));
  await withWork(async (work) => assertEquals(await work.pass(5 * HOUR), []), { hasTaken: false });
  await withWork(async (work) => assertEquals(await work.pass(5 * HOUR), []), { after: 0 });
});

Deno.test("reminding: who took it is asked; «Да» gives an hour, «Отпустить» lets others know in an hour", async () => {
  await withWork(async (work) => {
    await work.take(IGOR);
    assertEquals(reminders(await work.pass(59 * MINUTE)), []);
    assertEquals(await work.pass(2 * MINUTE), ["heard ⏰ Игорь, вы всё ещё занимаетесь?"]);
    await work.pass(20 * MINUTE);
    assertEquals(await work.answer(BORIS, "keep"), "other");
    assertEquals(await work.answer(IGOR, "keep"), "kept");
    assertEquals(await work.pass(58 * MINUTE), []);
    assertEquals(await work.pass(3 * MINUTE), ["heard ⏰ Игорь, вы всё ещё занимаетесь?"]);
    assertEquals(await work.answer(BORIS, "release"), "other");
    assertEquals(await work.answer(IGOR, "release"), "released");
    assertEquals(reminders(await work.pass(58 * MINUTE)), []);
    assertMatch(reminders(await work.pass(3 * MINUTE))[0] ?? "", /3 ч 2\d мин, никто не взял/);
    assertEquals(await work.answer(IGOR, "release"), "other");
  });
});

Deno.test("reminding: a reminder under way is dropped when somebody takes the incident, or it is over", async () => {
  for (const what of ["take", "end", "hush", "rule"] as const) {
    await withWork(async (work) => {
      const { world } = work;
      await work.pass(58 * MINUTE);
      world.isDown = true;
      world.now += 2 * MINUTE;
      assertEquals(await work.reminders.look(world.now), 1);
      await world.deliverOnce();
      if (what === "take") await work.take(IGOR);
      if (what === "end") await world.read("ru", "operational");
      if (what === "hush") await work.hush();
      if (what === "rule") await world.rule(GROUP, { regions: ["kz"] });
      world.isDown = false;
      assertEquals(reminders(await work.pass(5 * MINUTE)), [], what);
    });
  }
});

Deno.test("reminding: a kill between decision and sending loses none and doubles none, and a late one begins the hour anew", async () => {
  await withWork(async (work) => {
    const { world } = work;
    await work.pass(58 * MINUTE);
    world.now += 2 * MINUTE;
    assertEquals(await work.reminders.look(world.now), 1);
    // Killed here; the machine comes back three hours later.
    world.now += 3 * HOUR;
    await world.restart();
    const again = new Work(world, 60);
    await again.look();
    assertEquals(await again.pass(58 * MINUTE), [
      "heard ⏰ Сбой .ru идёт 4 ч 1 мин, никто не взял",
    ]);
    assertEquals(reminders(await again.pass(2 * MINUTE)).length, 1);
  });
});

Deno.test("reminding: a restart, and a clock set forward or back, repeat no reminder and forget none", async () => {
  for (const byMs of [-3 * HOUR, 3 * HOUR, -400 * 24 * HOUR]) {
    await withWork(async (work) => {
      const { world } = work;
      assertEquals((await work.pass(61 * MINUTE)).length, 1);
      await world.restart();
      await world.setClock(byMs);
      world.heard(GROUP);
      const again = new Work(world, 60);
      assertEquals(reminders(await again.pass(57 * MINUTE)), []);
      assertEquals(reminders(await again.pass(3 * MINUTE)).length, 1);
    });
  }
});

Deno.test("reminding: the first one is an hour after the alert, too, when the clock is set between", async () => {
  for (const byMs of [-3 * HOUR, 3 * HOUR]) {
    await withWork(async (work) => {
      await work.world.setClock(byMs);
      assertEquals(reminders(await work.pass(57 * MINUTE)), []);
      assertEquals(reminders(await work.pass(3 * MINUTE)).length, 1);
    });
  }
});

Deno.test("reminding: a bot that was off while its clock was set back asks in an hour, not twice and not never", async () => {
  await withWork(async (work) => {
    const { world } = work;
    assertEquals((await work.pass(61 * MINUTE)).length, 1);
    world.now -= 24 * HOUR;
    await world.restart();
    assertEquals(reminders(await work.pass(59 * MINUTE)), []);
    assertEquals(reminders(await work.pass(2 * MINUTE)).length, 1);
  });
});

Deno.test("reminding: quiet hours hold reminders back and the morning begins anew, unless outages wake the chat", async () => {
  for (const night of ["silent", "wake", "morning"] as const) {
    await withWork(async (work) => {
      const { world } = work;
      const byNight = reminders(await work.pass(Date.parse("2026-11-11T08:59:00Z") - world.now));
      assertEquals(byNight.length, night === "wake" ? 4 : 0, night);
      const byDay = reminders(await work.pass(2 * MINUTE));
      assertEquals(byDay.length, night === "wake" ? 0 : 1, night);
    }, { rule: { quiet: { ...NIGHT, night } }, start: "2026-11-10T21:30:00Z" });
  }
});

Deno.test("reminding: one that was decided by day is not sent in the night", async () => {
  await withWork(async (work) => {
    const { world } = work;
    await work.pass(58 * MINUTE);
    world.now = Date.parse("2026-11-10T21:59:59Z");
    assertEquals(await work.reminders.look(world.now), 1);
    world.now += 2_000;
    await world.deliver();
    assertEquals(world.heard(GROUP), []);
    assertEquals(await world.owed(), []);
  }, { rule: { quiet: { ...NIGHT, night: "silent" } }, start: "2026-11-10T20:59:00Z" });
});

Deno.test("reminding: what turned worse or was told anew is not mentioned right after that", async () => {
  await withWork(async (work) => {
    const { world } = work;
    await world.read("ru", "degraded");
    assertEquals(reminders(await work.pass(3 * HOUR)), []);
    await world.read("ru", "outage");
    const heard = await work.pass(58 * MINUTE);
    assert(heard.some((it) => it.includes("Стало хуже")), heard.join("\n"));
    assertEquals(reminders(heard), []);
    assertEquals(reminders(await work.pass(3 * MINUTE)).length, 1);
  });
});

Deno.test("reminding: regions that fail together are one reminder, whichever of them comes or goes", async () => {
  await withWork(async (work) => {
    const { world } = work;
    const text = { title: "Недоступен вход", details: "Ошибка 502 при входе в портал. Работаем." };
    await world.read("ru", "operational");
    await work.pass(30 * MINUTE);
    for (const region of ["eu", "de"]) await world.read(region, "outage", text);
    await work.pass(MINUTE);
    await world.read("pl", "outage", text);
    assertEquals(reminders(await work.pass(58 * MINUTE)), []);
    assertEquals(reminders(await work.pass(2 * MINUTE)), [
      "heard ⏰ Сбой .eu .de .pl идёт 1 ч, никто не взял",
    ]);
    assertEquals((await work.cards.press(work.hand(IGOR, 2), world.now)).kind, "taken");
    await work.cards.name(work.hand(IGOR, 2), "Игорь", world.now);
    await work.pass(10 * MINUTE);
    await world.read("eu", "operational");
    const asked = reminders(await work.pass(60 * MINUTE));
    assertEquals(asked, ["heard ⏰ Игорь, вы всё ещё занимаетесь?"]);
    assertEquals((await work.cards.answer(work.hand(IGOR, 3), "keep", world.now)).kind, "kept");
    assertEquals(reminders(await work.pass(58 * MINUTE)), []);
    assertEquals(reminders(await work.pass(10 * HOUR)).length, 2, "four in all");
  });
});

Deno.test("hushing: an hour, then to the end, then off; the card says so, and says when the hour is over", async () => {
  await withWork(async (work) => {
    const { world } = work;
    const press = () => work.hush();
    const card = async () => {
      await world.pass(10_000);
      return world.whole(GROUP).at(-1)?.match(/🔕.*/)?.[0] ?? null;
    };
    assertEquals(await press(), world.now + HOUR);
    assertEquals(await card(), "🔕 Без звука до 13:01 UTC");
    await press();
    assertEquals(await card(), "🔕 Без звука до конца");
    assertEquals(await press(), null);
    assertEquals(await card(), null);
    await press();
    await world.pass(10_000);
    world.whole(GROUP);
    const heard = await work.pass(61 * MINUTE);
    assertMatch(heard[0] ?? "", /^edit 🔴/);
    assertEquals(reminders(heard), [heard[1]], "no sound in that hour");
    assertEquals(await work.hush(OTHER, 99), undefined);
    assertEquals(await work.hush(-5), undefined);
  });
});

Deno.test("hushing: reminders do not come, a worsening and the end sound", async () => {
  await withWork(async (work) => {
    const { world } = work;
    await work.hush();
    await work.hush();
    assertEquals(reminders(await work.pass(3 * HOUR)), []);
    await world.read("ru", "degraded");
    await work.pass(MINUTE);
    await world.read("ru", "outage");
    assert((await work.pass(MINUTE)).some((it) => it.startsWith("heard 🔴 Стало хуже")));
    await world.read("ru", "operational");
    assert((await work.pass(MINUTE)).some((it) => it.startsWith("heard ✅")));
  });
});

Deno.test("hushing: a relapse within the hour comes without a sound, one after «до конца» with it", async () => {
  for (const presses of [1, 2]) {
    await withWork(async (work) => {
      const { world } = work;
      for (let press = 0; press < presses; press++) await work.hush();
      await work.take(IGOR);
      await work.pass(MINUTE);
      await world.read("ru", "operational");
      await work.pass(2 * MINUTE);
      const [card] = await world.stores.database.rows(`SELECT * FROM cards`);
      assertEquals(card?.["holder_id"], presses === 1 ? null : undefined);
      await world.read("ru", "outage");
      const [alert] = (await work.pass(MINUTE)).filter((it) => it.includes("🔴"));
      assertEquals(alert, `${presses === 1 ? "silent" : "heard"} 🔴 Сбой Bitrix24 · .ru`);
      assertMatch(world.heard(OTHER).at(-1) ?? "", /^heard 🔴 Сбой/);
    });
  }
});
