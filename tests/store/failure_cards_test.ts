import { REGIONS_LISTED } from "../../src/domain/region.ts";
import { Cards } from "../../src/store/cards.ts";
import { Failures } from "../../src/store/failures.ts";
import { assert, assertEquals } from "../assert.ts";
import { type HearingWorld, withWorld } from "./hearing_world.ts";

const TEXT = { title: "Недоступен вход", details: "Ошибка 502 при входе в портал. Работаем." };
const SECOND_MS = 1_000;
const GROUP = -5;

/** A group with a card of several regions, and what its members press. */
class Desk {
  readonly world: HearingWorld;
  readonly #cards: Cards;

  constructor(world: HearingWorld) {
    const { database, chats } = world.stores;
    this.world = world;
    this.#cards = new Cards({ database, chats });
  }

  async read(status: "operational" | "degraded" | "outage", ...regions: string[]): Promise<void> {
    const more = status === "operational" ? {} : TEXT;
    for (const region of regions) await this.world.read(region, status, more);
  }

  async #hand(region: string, person: number) {
    const all = await this.world.stores.store.latestIncidents(10);
    return {
      chatId: GROUP,
      incidentId: all.find((it) => it.region === region)?.id ?? 0,
      person,
    };
  }

  /** «✋ Беру» on the card of a region; `name` as Telegram tells it. */
  async take(region: string, person: number, name: string): Promise<string> {
    const hand = await this.#hand(region, person);
    const { kind } = await this.#cards.press(hand, this.world.now);
    if (kind === "taken") await this.#cards.name(hand, name, this.world.now);
    return kind;
  }

  async hush(region: string): Promise<number | null | undefined> {
    return await this.#cards.hush(await this.#hand(region, 0), this.world.now);
  }

  /** The last text of the card that begins so. */
  card(title: string): string {
    const cards = this.world.whole(GROUP).filter((it) => it.includes(` ${title}\n`));
    return cards.at(-1) ?? "";
  }
}

async function withDesk(use: (desk: Desk) => Promise<void>): Promise<void> {
  await withWorld(async (world) => {
    await world.stores.chats.subscribe(
      { chatId: GROUP, chatType: "supergroup", topicId: null },
      world.now,
    );
    await use(new Desk(world));
  });
}

for (const leaver of ["eu", "de"]) {
  Deno.test(`Given a card that somebody has in hand, both cards are in the same hands once .${leaver} gets worse alone`, async () => {
    await withDesk(async (desk) => {
      const { world } = desk;
      const stays = leaver === "eu" ? "de" : "eu";
      await desk.read("degraded", "eu", "de");
      await world.deliver();
      assertEquals(await desk.take("eu", 7, "Игорь"), "taken");
      await desk.hush("eu");
      await world.pass(300 * SECOND_MS);
      world.whole(GROUP);

      await desk.read("outage", leaver);
      await world.deliver();

      const said = world.whole(GROUP);
      assertEquals(said.map((it) => it.split("\n")[0]), [
        `heard 🔴 Сбой Bitrix24 · .${leaver}`,
        `edit ⚠️ Bitrix24: возможны задержки · .${stays}`,
      ]);
      for (const text of said) {
        assert(text.includes("✋ Занимается: Игорь"), text);
        assert(text.includes("🔕 Без звука до"), text);
      }
      assertEquals(await desk.take(stays, 8, "Анна"), "asked");
      assertEquals(await desk.take(leaver, 8, "Анна"), "asked");
    });
  });
}

Deno.test("Given two cards that become one, it has one holder, and its quiet can be ended", async () => {
  await withDesk(async (desk) => {
    const { world } = desk;
    await desk.read("degraded", "eu");
    await world.deliver();
    await world.pass(100 * SECOND_MS);
    await desk.read("degraded", "de");
    await world.deliver();
    await desk.take("eu", 7, "Игорь");
    await desk.take("de", 8, "Анна");
    await desk.hush("de");
    await desk.hush("de");
    await world.pass(300 * SECOND_MS);

    await desk.read("outage", "de");
    await world.deliver();
    await world.pass(20 * SECOND_MS);
    await desk.read("outage", "eu");
    await world.deliver();

    const one = desk.card("🔴 Сбой Bitrix24 · .eu .de");
    assert(one.includes("✋ Занимается: Анна"), one);
    assertEquals(await desk.hush("eu"), null);
    await world.pass(10 * SECOND_MS);
    const loud = desk.card("🔴 Сбой Bitrix24 · .eu .de");
    assert(loud !== "" && !loud.includes("🔕"), loud);
    assertEquals(await desk.take("eu", 8, "Анна"), "released");
    await world.pass(10 * SECOND_MS);
    const free = desk.card("🔴 Сбой Bitrix24 · .eu .de");
    assert(free !== "" && !free.includes("Занимается"), free);
  });
});

Deno.test("Given the end of the region by which a card is held, it is still held before the card shows the end", async () => {
  await withDesk(async (desk) => {
    const { world } = desk;
    await desk.read("outage", "eu", "de");
    await world.deliver();
    await desk.take("eu", 7, "Игорь");
    await world.pass(300 * SECOND_MS);

    await desk.read("operational", "eu");

    assertEquals(await desk.take("eu", 8, "Анна"), "asked");
    await world.deliver();
    const card = desk.card("🔴 Сбой Bitrix24 · .de");
    assert(card.includes("✋ Занимается: Игорь"), card);
  });
});

Deno.test("Given an hour of quiet, a region that comes back alone says so where it makes no sound", async () => {
  await withDesk(async (desk) => {
    const { world } = desk;
    await desk.read("outage", "eu", "de");
    await world.deliver();
    await desk.take("eu", 7, "Игорь");
    await desk.hush("eu");
    await world.pass(600 * SECOND_MS);
    await desk.read("operational", "eu", "de");
    await world.pass(60 * SECOND_MS);
    world.whole(GROUP);

    await desk.read("outage", "de");
    await world.deliver();

    const [alert = ""] = world.whole(GROUP);
    assert(alert.startsWith("silent 🔴 Сбой Bitrix24 · .de\n"), alert);
    assert(alert.includes("🔕 Без звука до"), alert);
    assert(!alert.includes("Занимается"), alert);
  });
});

for (const last of ["eu", "de"]) {
  Deno.test(`Given regions that come back one after the other, their end is heard, be .${last} the last`, async () => {
    await withDesk(async (desk) => {
      const { world } = desk;
      await desk.read("outage", "eu", "de");
      await world.pass(600 * SECOND_MS);
      await desk.read("operational", "eu", "de");
      await world.pass(60 * SECOND_MS);
      await desk.read("outage", "de");
      await world.pass(20 * SECOND_MS);
      await desk.read("outage", "eu");
      await world.pass(600 * SECOND_MS);
      world.whole(GROUP);

      for (const region of [last === "eu" ? "de" : "eu", last]) {
        // After a relapse the end takes longer.
        for (let minute = 0; minute < 6; minute++) {
          await world.pass(60 * SECOND_MS);
          await desk.read("operational", region);
        }
      }
      await world.deliver();

      assertEquals(world.heard(GROUP), [
        `edit 🔴 Сбой Bitrix24 · .${last}`,
        "heard ✅ Bitrix24 снова работает (.eu .de).",
        "edit ✅ Завершено: сбой Bitrix24 · .eu .de",
      ]);
    });
  });
}

Deno.test("Given a clock that is set, a region with other words waits no shorter and no longer", async () => {
  await withDesk(async ({ world }) => {
    const { database, chats } = world.stores;
    const failures = new Failures({ database, chats, patienceMs: 60 * SECOND_MS });
    const look = async () => {
      await failures.look(world.now);
      await world.pass(10 * SECOND_MS);
    };
    for (const region of ["eu", "de"]) await world.read(region, "outage", TEXT);
    await world.read("eu", "outage", { ...TEXT, details: "Починили вход, чиним почту." });
    await look();
    const set = { byMs: 3_600 * SECOND_MS, from: 0, to: Number.MAX_SAFE_INTEGER };
    world.now += set.byMs;
    failures.clockSet(set);
    await look();
    const silent = () => world.heard(GROUP).filter((it) => it.startsWith("silent"));
    assertEquals(silent(), []);

    await world.pass(40 * SECOND_MS);
    await look();
    assertEquals(silent().length, 1);
  });
});

Deno.test("Given a card of all regions, each link to a status page says whose page that is", async () => {
  await withDesk(async (desk) => {
    const { world } = desk;
    await desk.read("outage", ...REGIONS_LISTED.map((it) => it.name));
    await world.deliver();

    const [card = ""] = world.whole(GROUP);
    const names = REGIONS_LISTED.map((it) => `.${it.name}`).join(" ");
    assert(card.startsWith(`heard 🔴 Сбой Bitrix24 · ${names}\n`), card);
    assert(card.endsWith(`\nСтраница статуса: ${names}`), card);

    await desk.read("operational", ...REGIONS_LISTED.slice(1).map((it) => it.name));
    await world.deliver();
    const [left = ""] = world.whole(GROUP);
    assert(left.startsWith("edit 🔴 Сбой Bitrix24 · .ru\n"), left);
  });
});
