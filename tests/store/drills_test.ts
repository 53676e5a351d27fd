// Drills: a false incident in one chat, from the command to its end, and what nobody else sees of it.
import type { Quiet, Rule } from "../../src/domain/rule.ts";
import { Cards } from "../../src/store/cards.ts";
import { Drills } from "../../src/store/drills.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { type HearingWorld, withWorld } from "./hearing_world.ts";

const MINUTE = 60_000;
const ANNA = 11;
const GROUP = -100;
const CONFIGURED = { groups: [GROUP], administrators: [] };
const HUSHED = -400;
const NIGHT = "2026-11-10T23:30:00Z";

const quiet = (night: Quiet["night"]): Quiet => ({ from: 22 * 60, to: 8 * 60, zone: "UTC", night });

/** A world in which people can begin drills. */
class Drilling {
  drills: Drills;

  constructor(readonly world: HearingWorld) {
    this.drills = this.#create();
  }

  #create() {
    const { database, chats } = this.world.stores;
    return new Drills({ database, chats, isReminding: true, minuteMs: MINUTE });
  }

  async begin(chatId: number, region = "ru") {
    const rule = await this.world.rules.rule(chatId);
    return await this.drills.begin(chatId, { region, rule }, this.world.now);
  }

  /** Lets seconds pass, as the bot does: it looks at its drills once a second. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await this.drills.look(this.world.now);
      await this.world.pass(1_000);
    }
  }

  /** What a whole drill came to in a chat: each message by its time in seconds, how it came, its title. */
  async whole(chatId: number): Promise<string[]> {
    const since = this.world.now;
    await this.begin(chatId);
    await this.pass(125);
    return this.came(chatId, since);
  }

  /** What came to a chat of drills that began then. */
  came(chatId: number, since: number): string[] {
    return this.world.said.filter((it) => it.chatId === chatId).map(({ at, how, text }) => {
      const [mark, title] = text.split("\n");
      assertMatch(mark ?? "", /^🧪 (УЧЕБНЫЙ|DRILL)$/);
      return `${Math.round((at - since) / 1_000)} ${how} ${title}`;
    });
  }

  /** A kill of the process, and so much time without the bot. */
  async kill(ms = 0): Promise<void> {
    this.world.now += ms;
    this.drills = this.#create();
    await this.world.restart();
  }
}

async function withDrills(use: (it: Drilling) => Promise<void>, start?: string) {
  await withWorld((world) => use(new Drilling(world)), CONFIGURED, start);
}

const DELAYS = "⚠️ Bitrix24: возможны задержки · .ru";
const WORSE = "🔴 Стало хуже: теперь это сбой (.ru).";
const OUTAGE = "🔴 Сбой Bitrix24 · .ru";
const WORKS = "✅ Bitrix24 снова работает (.ru).";
const OVER = "✅ Завершено: сбой Bitrix24 · .ru";

const USUALLY = [
  `5 heard ${DELAYS}`,
  `30 heard ${WORSE}`,
  `30 edit ${OUTAGE}`,
  `120 heard ${WORKS}`,
  `120 edit ${OVER}`,
];
const IN_GROUP = USUALLY.toSpliced(3, 0, "60 heard ⏰ Сбой .ru идёт 1 мин, никто не взял");
const SILENTLY = USUALLY.map((it) => it.replace("heard", "silent"));
const OUTAGE_ONLY = [`30 heard ${OUTAGE}`, `120 heard ${WORKS}`, `120 edit ${OVER}`];
const WOKEN = [SILENTLY[0] ?? "", ...USUALLY.slice(1)];

/** Ten chats with ten rules; all begin a drill half past eleven in the evening. */
const CHATS: readonly {
  readonly chatId: number;
  readonly rule: Partial<Rule>;
  readonly comes: readonly string[];
}[] = [
  { chatId: 21, rule: {}, comes: USUALLY },
  { chatId: 22, rule: { level: "outages" }, comes: OUTAGE_ONLY },
  { chatId: 23, rule: { level: "everything", regions: ["ru", "kz"] }, comes: USUALLY },
  {
    chatId: 24,
    rule: { regions: ["kz"] },
    comes: USUALLY.map((it) => it.replaceAll(".ru", ".kz")),
  },
  { chatId: 25, rule: { components: ["Почта"] }, comes: USUALLY },
  {
    chatId: 30,
    rule: { language: "en" },
    comes: [
      "5 heard ⚠️ Bitrix24: delays are possible · .ru",
      "30 heard 🔴 It got worse: this is an outage now (.ru).",
      "30 edit 🔴 Bitrix24 outage · .ru",
      "120 heard ✅ Bitrix24 works again (.ru).",
      "120 edit ✅ Over: Bitrix24 outage · .ru",
    ],
  },
  { chatId: 26, rule: { quiet: quiet("silent") }, comes: SILENTLY },
  { chatId: 27, rule: { quiet: quiet("morning") }, comes: SILENTLY },
  { chatId: 28, rule: { quiet: quiet("wake") }, comes: WOKEN },
  {
    chatId: 29,
    rule: { quiet: quiet("morning"), level: "outages" },
    comes: [
      `30 silent ${OUTAGE}`,
      `120 silent ${WORKS}`,
      `120 edit ${OVER}`,
    ],
  },
  { chatId: GROUP, rule: {}, comes: IN_GROUP },
  { chatId: -200, rule: { quiet: quiet("wake") }, comes: [WOKEN[0] ?? "", ...IN_GROUP.slice(1)] },
  // Somebody presses «🔕 Тише» ten seconds after the beginning.
  { chatId: HUSHED, rule: {}, comes: USUALLY.toSpliced(1, 0, `10 edit ${DELAYS}`) },
  { chatId: -300, rule: { quiet: quiet("silent") }, comes: SILENTLY },
];

Deno.test("drill: ten chats with ten rules hear it as each would hear a real one, other chats nothing", async () => {
  await withDrills(async (it) => {
    const { world } = it;
    const { database, store } = world.stores;
    for (const { chatId, rule } of CHATS) {
      if (chatId !== GROUP) await world.subscribe(chatId);
      await world.rule(chatId, rule);
    }
    await world.subscribe(ANNA, 12);
    await world.rule(12, { quiet: quiet("morning") });
    for (const { chatId, rule } of CHATS) {
      assertEquals(await it.begin(chatId, rule.regions?.[0]), null);
    }
    const since = world.now;

    await it.pass(10);
    const [hushed] = await database.rows(
      `SELECT change_id FROM deliveries WHERE chat_id = ? ORDER BY id`,
      [HUSHED],
    );
    const cards = new Cards(world.stores);
    const at = { chatId: HUSHED, incidentId: -Number(hushed?.["change_id"]) };
    assertEquals(await cards.hush(at, world.now), world.now + 60 * MINUTE);
    await it.pass(115);
    await cards.tidy(world.now);

    for (const { chatId, comes } of CHATS) assertEquals(it.came(chatId, since), comes, `${chatId}`);
    assertEquals(world.said.filter((it) => [ANNA, 12].includes(it.chatId)), []);
    assertEquals(await world.owed(), []);
    // Nothing of it is in what is remembered of incidents, nor in what the figures count.
    for (const table of ["incidents", "incident_texts", "region_states", "cards"]) {
      assertEquals(await database.rows(`SELECT * FROM ${table}`), [], table);
    }
    const { incidents, openIncidents, deliveries, alertsSent, oldestDueAt } = await store.facts();
    assertEquals([incidents, openIncidents, deliveries, alertsSent, oldestDueAt], [
      0,
      0,
      {},
      0,
      null,
    ]);
    assertEquals(await store.decisions(21, 5, world.now), []);
    // The morning has nothing to say of it.
    await world.until("2026-11-11T09:00:00Z");
    assertEquals(world.said.filter(({ at }) => at > since + 125_000), []);
  }, NIGHT);
});

Deno.test("drill: the chat that has it, and no other, can ask what it shows", async () => {
  await withDrills(async (it) => {
    const { world } = it;
    await world.subscribe(ANNA);
    await it.begin(ANNA);
    await it.pass(31);
    const [begun] = await world.stores.database.rows(
      `SELECT MIN(drill_id) AS id FROM changes WHERE drill_id IS NOT NULL LIMIT 1`,
    );
    const id = -Number(begun?.["id"]);
    const { isOpen, severity, components } = await it.drills.incident(ANNA, id) ?? {};
    assertEquals([isOpen, severity, components?.length !== 0], [true, "outage", true]);
    assertEquals(await it.drills.incident(GROUP, id), null);
    assertEquals(await it.drills.incident(ANNA, id - 100), null);
    await it.pass(95);
    assertEquals((await it.drills.incident(ANNA, id))?.isOpen, false);
  });
});

Deno.test("drill: when the settings announce no delays or no ends, a drill does not either", async () => {
  const policy = { issues: true, degraded: false, recovery: false };
  await withWorld(async (world) => {
    const it = new Drilling(world);
    await world.subscribe(ANNA);
    assertEquals(await it.whole(ANNA), [`30 heard ${OUTAGE}`, `120 edit ${OVER}`]);
  }, { ...CONFIGURED, policy });
});

Deno.test("drill: a kill at any second leaves one drill that goes on and ends, nothing of it twice", async () => {
  for (const second of [1, 4, 5, 6, 29, 30, 31, 119, 120]) {
    await withDrills(async (it) => {
      await it.world.subscribe(ANNA);
      const since = it.world.now;
      await it.begin(ANNA);
      await it.pass(second);
      await it.kill();
      await it.pass(125 - second);
      assertEquals(it.came(ANNA, since), USUALLY, `after ${second} s`);
    });
  }
});

Deno.test("drill: after an hour without the bot its card shows the end, and a card that never came does not come", async () => {
  await withDrills(async (it) => {
    const { world } = it;
    await world.subscribe(ANNA, 12);
    await it.begin(ANNA);
    await it.pass(40);
    await it.begin(12);
    await it.pass(1);
    world.said.length = 0;
    await it.kill(60 * MINUTE);
    await it.pass(3);
    assertEquals(world.heard(12), []);
    assertMatch(
      world.whole(ANNA).join("\n"),
      /^heard 🧪 УЧЕБНЫЙ\n✅ [^]*\nedit 🧪 УЧЕБНЫЙ\n✅ Завершено/,
    );
    assertEquals(await world.owed(), []);
  });
});

Deno.test("drill: one in ten minutes per chat, and none in a chat that would hear of no outage", async () => {
  await withDrills(async (it) => {
    const { world } = it;
    await world.subscribe(ANNA, 12);
    assertEquals(await it.begin(13), { why: "not told" });
    assertEquals(await it.begin(ANNA), null);
    const until = world.now + 10 * MINUTE;
    assertEquals(await it.begin(ANNA), { why: "too soon", until });
    assertEquals(await it.begin(12), null);
    await it.pass(125);
    assertEquals(await it.begin(ANNA), { why: "too soon", until });
    world.now = until;
    assertEquals(await it.begin(ANNA), null);
  });
});

Deno.test("drill: a card that somebody deleted comes again silently; a real outage comes without the mark", async () => {
  await withDrills(async (it) => {
    const { world } = it;
    await world.subscribe(ANNA);
    await it.begin(ANNA);
    await it.pass(10);
    world.deleted.add(ANNA);
    await world.read("ru", "outage");
    await it.pass(21);
    const [delays, real, worse, card] = world.whole(ANNA);
    assertMatch(delays ?? "", /^heard 🧪 УЧЕБНЫЙ\n⚠️/);
    assertMatch(real ?? "", /^heard 🔴 Сбой/);
    assertMatch(worse ?? "", /^heard 🧪 УЧЕБНЫЙ\n🔴 Стало хуже/);
    assertMatch(card ?? "", /^silent 🧪 УЧЕБНЫЙ\n🔴 Сбой/);
    await it.pass(100);
    assertMatch(world.whole(ANNA).join("\n"), /^heard 🧪 УЧЕБНЫЙ\n✅ [^]*\nedit 🧪 УЧЕБНЫЙ\n✅ /);
    await world.read("ru", "operational");
    await it.pass(1);
    assertMatch(world.whole(ANNA).join("\n"), /^heard ✅ [^]*\nedit ✅ /);
  });
});

Deno.test("drill: who unsubscribes amid it hears no more, and the card shows the end all the same", async () => {
  await withDrills(async (it) => {
    const { world } = it;
    await world.subscribe(ANNA);
    await it.begin(ANNA);
    await it.pass(10);
    await world.stores.chats.unsubscribe(ANNA);
    world.said.length = 0;
    await it.pass(120);
    assertMatch(world.whole(ANNA).join("\n"), /^edit 🧪 УЧЕБНЫЙ\n✅ Завершено[^✅]*$/);
  });
});

Deno.test("drill: who took it is forgotten once its end is told, and no sooner", async () => {
  await withDrills(async (it) => {
    const { world } = it;
    const { database, chats } = world.stores;
    const cards = new Cards({ database, chats });
    const holders = async () => {
      await cards.tidy(world.now);
      return (await database.rows(`SELECT holder_id FROM cards`)).map((row) => row["holder_id"]);
    };
    await it.begin(GROUP);
    await it.pass(10);
    const [row] = await database.rows(`SELECT id FROM changes WHERE kind = 'drill'`);
    const hand = { chatId: GROUP, incidentId: -Number(row?.["id"]), person: ANNA };
    assertEquals((await cards.press(hand, world.now)).kind, "taken");
    await cards.name(hand, "Анна", world.now);
    await it.pass(60);
    assertEquals(await holders(), [ANNA]);
    world.isDown = true;
    await it.pass(52);
    assertEquals(await holders(), [ANNA]);
    world.isDown = false;
    await it.pass(400);
    assertMatch(world.whole(GROUP).join("\n"), /Взял: Анна, через 5 секунд/);
    assertEquals(await holders(), []);
    assertEquals((await cards.press(hand, world.now)).kind, "over");
  });
});

Deno.test("drill: it goes with a group that becomes a supergroup, and by a clock that is set", async () => {
  await withDrills(async (it) => {
    const { world } = it;
    await it.begin(GROUP);
    await it.pass(10);
    await world.stores.chats.move(GROUP, -1005, world.now);
    world.said.length = 0;
    await it.pass(25);
    assertEquals(world.heard(GROUP), []);
    assertMatch(
      world.whole(-1005).join("\n"),
      /^heard 🧪 УЧЕБНЫЙ\n🔴 Сбой/,
    );
    await world.setClock(5 * 60 * MINUTE);
    await it.pass(50);
    assertMatch(world.whole(-1005).join("\n"), /^heard 🧪 УЧЕБНЫЙ\n⏰ [^\n]*$/);
    await world.setClock(-9 * 60 * MINUTE);
    await it.pass(40);
    assertMatch(
      world.whole(-1005).join("\n"),
      /^heard 🧪 УЧЕБНЫЙ\n✅ [^]*2 минуты\.\nedit 🧪 УЧЕБНЫЙ\n✅ Завершено/,
    );
  });
});

Deno.test("drill: it leaves a message alone that told of a real outage while the database failed", async () => {
  await withDrills(async (it) => {
    const { world } = it;
    await world.subscribe(ANNA);
    world.earlyAlert = 4_711;
    await it.begin(ANNA);
    await it.pass(125);
    assertEquals([world.earlyAlert, world.said.some(({ id }) => id === 4_711)], [4_711, false]);
  });
});
