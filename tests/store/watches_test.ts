// Portals on watch: who hears of what is seen of them, and how, from the probe to the message.
import type { LinkSight, PortalSight } from "../../src/domain/evidence.ts";
import type { RegionStanding } from "../../src/domain/portal_watch.ts";
import type { Rule } from "../../src/domain/rule.ts";
import type { ConfiguredChats } from "../../src/store/named_chats.ts";
import { Portals } from "../../src/store/portals.ts";
import { Watches } from "../../src/store/watches.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { type HearingWorld, withWorld } from "./hearing_world.ts";

const MINUTE = 60_000;
const ANNA = 11;
const BORIS = 12;
const VERA = 13;
const GROUP = -100;
const COMPANY = "company.bitrix24.ru";

/** A world with portals, which are looked at once a minute. */
class Watching {
  readonly world: HearingWorld;
  readonly watches: Watches;
  readonly portals: Portals;
  region: RegionStanding = "well";
  link: LinkSight = "good";

  constructor(world: HearingWorld) {
    this.world = world;
    const { database, chats } = world.stores;
    this.watches = new Watches(database, chats, (region, count) => `early .${region} ${count}`);
    this.portals = new Portals(database);
  }

  async watch(chatId: number, address = COMPANY, on = true) {
    const { now } = this.world;
    const portal = await this.portals.add(chatId, { address, region: "ru" }, now);
    return await this.watches.switch(chatId, portal?.addedAt ?? 0, on);
  }

  /** So many minutes with probes that come to this, and all that is to be sent. */
  async see(sight: PortalSight, minutes = 2, addresses = [COMPANY]): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      for (const { address, region } of await this.watches.all(["ru"])) {
        if (!addresses.includes(address)) continue;
        const evidence = {
          address,
          sight,
          attempts: 1,
          ms: 1,
          detail: "",
          renamedTo: null,
          at: this.world.now,
        } as const;
        const { link } = this;
        const look = { evidence, link, region: this.region };
        await this.watches.look({ address, region }, look, this.world.now);
      }
      await this.watches.tidy(["ru"], () => this.region, this.world.now);
      await this.world.pass(MINUTE);
    }
  }
}

async function withWatching(
  use: (it: Watching, world: HearingWorld) => Promise<void>,
  configured?: ConfiguredChats,
) {
  await withWorld(async (world) => {
    await world.subscribe(ANNA, BORIS, VERA);
    await use(new Watching(world), world);
  }, configured);
}

const rule = (more: Partial<Rule>) => more;

Deno.test("a portal that answers at last, and was renamed or closed, is given no green tick", async () => {
  for (const [sight, mark] of [["renamed", "➡️"], ["closed", "🔒"]] as const) {
    await withWatching(async (it, world) => {
      await it.watch(ANNA);
      for (const seen of ["timeout", "timeout", sight, sight] as const) await it.see(seen, 1);
      const end = world.heard(ANNA).slice(1);
      assertEquals(end.map((it) => it.split(" ").slice(0, 2)), [["heard", mark], ["edit", mark]]);
      assertEquals(end.filter((it) => it.includes("✅")), []);
    });
  }
});

Deno.test("a portal that does not answer twice: said once, its end as a reply, both with a sound", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.see("timeout", 1);
    assertEquals(world.heard(ANNA), []);
    await it.see("timeout", 5);
    assertEquals(world.whole(ANNA), [
      "heard 🟠 Похоже на сбой, Bitrix24 его не подтвердил.\n" +
      "company.bitrix24.ru отсюда не отвечает с 12:00 UTC.",
    ]);
    await it.see("alive", 1);
    assertEquals(world.heard(ANNA), []);
    await it.see("slow", 1);
    assertEquals(world.heard(ANNA), [
      "heard ✅ company.bitrix24.ru отсюда снова отвечает.",
      "edit ✅ Портал снова отвечает.",
    ]);
    // Whoever does not look after it hears nothing, and no incident was there.
    assertEquals(world.heard(BORIS), []);
    assertEquals(await world.stores.store.latestIncidents(5), []);
    assertEquals((await world.stores.store.facts()).alertsSent, 0);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("again within half an hour: the old message is edited, and no more; later it is said anew", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.see("5xx");
    await it.see("alive");
    const [first] = world.said;
    world.heard(ANNA);
    await it.see("5xx");
    assertEquals(world.said.map((one) => one.id), [first?.id]);
    assertMatch(world.whole(ANNA).join(), /^edit 🟠 Похоже на сбой.*\n.*снова не отвечает с 12:04/);
    await it.see("alive");
    assertEquals(world.heard(ANNA), ["edit ✅ Портал снова отвечает."]);
    await it.see("alive", 31);
    await it.see("5xx");
    assertMatch(world.heard(ANNA).join(), /^heard 🟠 Похоже на сбой/);
  });
});

Deno.test("nights: without a sound, in the morning, or to wake, as the chat has chosen", async () => {
  const night = (how: "silent" | "wake" | "morning") =>
    rule({ quiet: { from: 660, to: 840, zone: "UTC", night: how } });
  await withWatching(async (it, world) => {
    const chats = { silent: ANNA, wake: BORIS, morning: VERA } as const;
    for (const how of ["silent", "wake", "morning"] as const) {
      await world.rule(chats[how], night(how));
      await it.watch(chats[how]);
    }
    await it.see("5xx");
    assertMatch(world.heard(ANNA).join(), /^silent 🟠/);
    assertMatch(world.heard(BORIS).join(), /^heard 🟠/);
    assertEquals(world.heard(VERA), []);
    await it.see("5xx", 120);
    // 14:00: it goes on, and whoever has not heard of it hears it.
    assertMatch(world.heard(VERA).join(), /^heard 🟠/);
    assertEquals(world.whole(ANNA), [
      "heard 🌅 Всё ещё не отвечает отсюда: company.bitrix24.ru с 12:00 UTC.",
    ]);
    assertEquals(world.heard(BORIS), []);
    assertEquals(await world.owed(), []);
  });
  await withWatching(async (it, world) => {
    await world.rule(VERA, night("morning"));
    await it.watch(VERA);
    await it.see("5xx");
    await it.see("alive", 130);
    // It was over before the morning: one message says so.
    assertEquals(world.whole(VERA), [
      "heard ✅ Портал снова отвечает.\ncompany.bitrix24.ru отсюда был недоступен: " +
      "10.11.2026, 12:00 – 12:02 UTC (2 минуты).",
    ]);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("in the chat's language", async () => {
  await withWatching(async (it, world) => {
    await world.rule(ANNA, rule({ language: "en" }));
    await it.watch(ANNA);
    await it.see("ill");
    await it.see("alive");
    assertEquals(world.whole(ANNA), [
      "heard 🟠 It looks like an outage, and Bitrix24 has not confirmed it.\n" +
      "company.bitrix24.ru answers with an error since 12:00 UTC.",
      "heard ✅ company.bitrix24.ru answers again from here.\n" +
      "company.bitrix24.ru was not available from here: 10/11/2026, 12:00 – 12:02 UTC (2 minutes).",
      "edit ✅ The portal answers again.\n" +
      "company.bitrix24.ru was not available from here: 10/11/2026, 12:00 – 12:02 UTC (2 minutes).",
    ]);
  });
});

Deno.test("an incident within the hour takes over: the message is edited, and its alert says the rest", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.see("5xx", 12);
    world.heard(ANNA);
    await world.read("ru", "outage", { details: "CRM" });
    await it.watches.turned("ru", world.now);
    await world.deliver();
    const told = world.whole(ANNA);
    assertEquals(told.map((text) => text.split("\n")[0]), [
      "heard 🔴 Сбой Bitrix24 · .ru",
      "edit 🟠 company.bitrix24.ru отсюда не отвечает с 12:00 UTC.",
    ]);
    assertMatch(told[1] ?? "", /Bitrix24 это подтвердил/);
    // No separate end, neither of the portal nor twice.
    await it.see("alive", 4);
    assertEquals(world.heard(ANNA), []);
    await world.read("ru", "operational");
    await world.deliver();
    assertEquals(world.heard(ANNA).length, 2);
    await it.see("alive", 3);
    assertEquals(world.heard(ANNA), []);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("an incident that a chat does not hear of takes nothing over there", async () => {
  await withWatching(async (it, world) => {
    await world.rule(ANNA, rule({ regions: ["kz"] }));
    await it.watch(ANNA);
    await it.see("5xx");
    world.heard(ANNA);
    await world.read("ru", "outage");
    await it.watches.turned("ru", world.now);
    await world.deliver();
    assertEquals(world.heard(ANNA), []);
    await it.see("alive");
    assertMatch(world.heard(ANNA).join(), /^heard ✅ company.bitrix24.ru/);
  });
});

Deno.test("a sign that Telegram could not be told before the incident is not told any more", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    world.isDown = true;
    await it.see("5xx", 1);
    for (const { address, region } of await it.watches.all(["ru"])) {
      const evidence = {
        address,
        sight: "5xx",
        attempts: 1,
        ms: 1,
        detail: "",
        renamedTo: null,
        at: world.now,
      } as const;
      await it.watches.look(
        { address, region },
        { evidence, link: "good", region: "well" },
        world.now,
      );
    }
    await world.deliverOnce();
    await world.read("ru", "outage");
    await it.watches.turned("ru", world.now);
    world.isDown = false;
    await world.pass(10 * MINUTE);
    assertEquals(world.heard(ANNA), ["heard 🔴 Сбой Bitrix24 · .ru"]);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("after a restart nothing is said twice, and an end is not lost", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.see("5xx");
    world.heard(ANNA);
    await world.restart();
    const later = new Watching(world);
    await later.see("5xx", 3);
    assertEquals(world.heard(ANNA), []);
    // Off for hours.
    await world.until(world.now + 5 * 3_600_000, { isOff: true });
    await later.see("alive", 2);
    assertMatch(world.heard(ANNA).join(), /^heard ✅/);
  });
});

Deno.test("the clock is set: the row goes on, and the times move with it", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.see("5xx", 1);
    await world.setClock(3 * 3_600_000);
    await it.see("5xx", 1);
    assertMatch(world.whole(ANNA).join(), /не отвечает с 15:00 UTC/);
  });
});

Deno.test("a portal that is none is said once, and its watch ends", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.watch(BORIS);
    await it.see("none", 5);
    for (const chat of [ANNA, BORIS]) {
      assertMatch(world.heard(chat).join(), /^heard 🏢 company.bitrix24.ru — такого портала нет/);
    }
    assertEquals(await it.watches.all(["ru"]), []);
    assertEquals(await world.stores.database.rows(`SELECT * FROM portal_watches`), []);
    // Switched on again it begins anew.
    await it.watch(ANNA);
    await it.see("5xx");
    assertMatch(world.heard(ANNA).join(), /^heard 🟠/);
  });
});

Deno.test("limits: three of a chat, any number of one of the settings", async () => {
  await withWatching(async (it) => {
    for (const name of ["a", "b", "c"]) {
      assertEquals(await it.watch(ANNA, `${name}.bitrix24.ru`), null);
    }
    assertEquals(await it.watch(ANNA, "d.bitrix24.ru"), "too many here");
    // Pressing twice is no fourth one.
    assertEquals(await it.watch(ANNA, "c.bitrix24.ru"), null);
    await it.watch(ANNA, "a.bitrix24.ru", false);
    assertEquals(await it.watch(ANNA, "d.bitrix24.ru"), null);
    for (const name of ["a", "b", "c", "d", "e"]) {
      assertEquals(await it.watch(GROUP, `${name}.bitrix24.ru`), null);
    }
    // The same portal of two chats is one to be asked.
    assertEquals((await it.watches.all(["ru"])).map((one) => one.address[0]), [..."abcde"]);
    assertEquals(await it.watches.all(["kz"]), []);
    assertEquals(await it.watches.switch(ANNA, 1, true), "gone");
  }, { groups: [GROUP], administrators: [] });
});

Deno.test("limits: five hundred of all chats that the settings do not name", async () => {
  await withWatching(async (it, world) => {
    await world.stores.database.rows(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
       INSERT INTO portals (chat_id, address, region, added_at, watched)
       SELECT 1000 + i, 'p' || i || '.bitrix24.ru', 'ru', i, 1 FROM n`,
    );
    assertEquals(await it.watch(ANNA), "too many in all");
    assertEquals(await it.watch(GROUP), null);
  }, { groups: [GROUP], administrators: [] });
});

Deno.test("whoever left, is forgotten or cannot be reached has nothing watched", async () => {
  await withWatching(async (it, world) => {
    const { chats, database } = world.stores;
    await it.watch(ANNA, "a.bitrix24.ru");
    await it.watch(BORIS, "b.bitrix24.ru");
    await it.watch(VERA, "c.bitrix24.ru");
    await it.see("5xx", 2, ["a.bitrix24.ru", "b.bitrix24.ru"]);
    await chats.unsubscribe(ANNA);
    await chats.forget(BORIS);
    await chats.setGone(VERA, { why: "blocked", reason: "", until: null }, world.now);
    assertEquals(await it.watches.all(["ru"]), []);
    await it.watches.tidy(["ru"], () => "well", world.now);
    const rest = await database.rows(
      `SELECT 1 FROM portal_watches WHERE address = 'b.bitrix24.ru' UNION ALL
       SELECT 1 FROM changes WHERE portal = 'b.bitrix24.ru'`,
    );
    assertEquals(rest, []);
    // Who comes back is told of what is found then.
    await chats.setBack(VERA, world.now);
    await world.subscribe(ANNA);
    assertEquals((await it.watches.all(["ru"])).length, 2);
  });
});

Deno.test("a group that moves takes its watch and what it was told along", async () => {
  await withWatching(async (it, world) => {
    const { chats, database } = world.stores;
    await it.watch(GROUP);
    await it.see("5xx");
    world.heard(GROUP);
    await database.write((row) => chats.storeMove(row, GROUP, -200, world.now));
    await it.see("5xx", 2);
    await it.see("alive");
    // Its message stayed behind in the old group.
    assertEquals(world.heard(-200).at(-1), "heard ✅ Портал снова отвечает.");
    assertEquals(await world.owed(), []);
  }, { groups: [GROUP], administrators: [] });
});

Deno.test("whoever looks after a portal that fails already hears of it, and only they", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.see("5xx");
    world.heard(ANNA);
    await it.watch(BORIS);
    await it.see("5xx", 1);
    assertMatch(world.heard(BORIS).join(), /^heard 🟠/);
    assertEquals(world.heard(ANNA), []);
    // Switched off and on again: not twice.
    await it.watch(BORIS, COMPANY, false);
    await it.see("5xx", 1);
    await it.watch(BORIS);
    await it.see("5xx", 1);
    assertEquals(world.heard(BORIS), []);
    // Subscribed anew.
    await world.stores.chats.unsubscribe(ANNA);
    await it.see("5xx", 1);
    await world.subscribe(ANNA);
    await it.see("5xx", 3);
    assertEquals(world.heard(ANNA), ["heard 🟠 Похоже на сбой, Bitrix24 его не подтвердил."]);
    await it.see("alive");
    assertMatch(world.heard(BORIS)[0] ?? "", /^heard ✅/);
    assertMatch(world.heard(ANNA)[0] ?? "", /^heard ✅/);
  });
});

Deno.test("whoever has a portal watched during an incident is not told that Bitrix24 says nothing", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.see("5xx", 62);
    it.region = "trouble";
    await it.watches.turned("ru", world.now);
    await it.watch(BORIS);
    await it.see("5xx", 3);
    assertEquals(world.heard(BORIS), []);
    it.region = "well";
    await it.see("5xx", 1);
    assertMatch(world.heard(BORIS).join(), /^heard 🟠/);
  });
});

Deno.test("a sign that could never be sent is not tried for ever", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.see("5xx", 1);
    world.isDown = true;
    await it.see("5xx", 1);
    await world.stores.database.rows(`UPDATE deliveries SET state = 'expired'`);
    world.isDown = false;
    await it.see("5xx", 5);
    await it.see("alive");
    assertEquals(world.heard(ANNA), []);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("three portals of three chats: the administrators and early signals hear of it, without a name", async () => {
  const ADMIN = 7;
  const EARLY = 20;
  await withWatching(async (it, world) => {
    await world.subscribe(EARLY, 21);
    await world.rule(EARLY, rule({ signals: true }));
    await world.rule(21, rule({ signals: true, regions: ["kz"] }));
    await world.rule(VERA, rule({ signals: true }));
    const names = ["a", "b", "c"].map((name) => `${name}.bitrix24.ru`);
    for (const name of names) await it.watch(ANNA, name);
    await it.see("5xx", 2, names);
    // Three of one chat are no sign for others.
    assertEquals([...world.heard(ADMIN), ...world.heard(EARLY)], []);
    await it.see("alive", 35, names);
    world.said.length = 0;
    await it.watch(BORIS, names[1]);
    await it.watch(VERA, names[2]);
    await it.see("5xx", 2, names);
    assertEquals(world.heard(ADMIN), ["heard early .ru 3"]);
    const [early] = world.whole(EARLY);
    assertMatch(early ?? "", /^heard 👂 Ранний сигнал, регион .ru: похоже на сбой/);
    assert(!names.some((name) => early?.includes(name)));
    // Who hears of a portal of their own is not told twice.
    assertEquals(world.heard(VERA).length, 1);
    assertEquals(world.heard(21), []);
    await it.see("alive", 2, names);
    assertMatch(world.heard(EARLY)[0] ?? "", /^heard ✅ Ранний сигнал, регион .ru: прошло/);
    assertEquals(world.heard(ADMIN), []);
    // The alert takes it over as well.
    await it.see("alive", 40, names);
    await it.see("5xx", 2, names);
    world.said.length = 0;
    await world.read("ru", "outage");
    await it.watches.turned("ru", world.now);
    await it.see("alive", 5, names);
    assertEquals(world.heard(EARLY), [
      "heard 🔴 Сбой Bitrix24 · .ru",
      "edit 🟠 Несколько порталов отсюда не отвечают с 13:21 UTC.",
    ]);
    assertEquals(await world.owed(), []);
  }, { groups: [], administrators: [ADMIN] });
});

Deno.test("an early signal that an incident comes too late for ends by itself, and the next one is heard", async () => {
  const ADMIN = 7;
  await withWatching(async (it, world) => {
    const names = ["a", "b", "c"].map((name) => `${name}.bitrix24.ru`);
    await it.watch(ANNA, names[0]);
    await it.watch(BORIS, names[1]);
    await it.watch(VERA, names[2]);
    await it.see("5xx", 62, names);
    assertEquals(world.heard(ADMIN), ["heard early .ru 3"]);
    it.region = "trouble";
    await it.watches.turned("ru", world.now);
    await it.see("alive", 3, names);
    it.region = "well";
    await it.see("alive", 40, names);
    await it.see("5xx", 2, names);
    assertEquals(world.heard(ADMIN), ["heard early .ru 3"]);
  }, { groups: [], administrators: [ADMIN] });
});

Deno.test("bad readings that open no incident yet take no early signal over; the incident does", async () => {
  const ADMIN = 7;
  const EARLY = 20;
  await withWatching(async (it, world) => {
    await world.subscribe(EARLY);
    await world.rule(EARLY, rule({ signals: true }));
    const names = ["a", "b", "c"].map((name) => `${name}.bitrix24.ru`);
    await it.watch(ANNA, names[0]);
    await it.watch(BORIS, names[1]);
    await it.watch(VERA, names[2]);
    await it.see("5xx", 3, names);
    it.region = "trouble";
    await it.see("5xx", 2, names);
    it.region = "well";
    await it.see("5xx", 2, names);
    assertEquals(world.heard(ADMIN), ["heard early .ru 3"]);
    assertEquals(world.heard(EARLY).length, 1);
    it.region = "trouble";
    await it.see("5xx", 1, names);
    await world.read("ru", "outage", { details: "CRM" });
    await it.watches.turned("ru", world.now);
    await world.deliver();
    assertMatch(world.whole(EARLY)[1] ?? "", /^edit 🟠 .*\n?.*Bitrix24 это подтвердил/s);
    await it.see("alive", 3, names);
    assertEquals(world.heard(EARLY), []);
  }, { groups: [], administrators: [ADMIN] });
});

Deno.test("a probe that was under way when its portal was forgotten leaves nothing behind", async () => {
  await withWatching(async (it, world) => {
    const { chats, database } = world.stores;
    await it.watch(ANNA);
    const [portal] = await it.watches.all(["ru"]);
    assert(portal);
    await chats.forget(ANNA);
    for (const at of [world.now, world.now + MINUTE]) {
      const seen = { sight: "5xx", attempts: 2, ms: 1, detail: "", renamedTo: null, at } as const;
      const evidence = { address: portal.address, ...seen };
      await it.watches.look(portal, { evidence, link: "good", region: "well" }, at);
    }
    const rows = await database.rows(
      `SELECT address FROM portal_watches UNION ALL SELECT portal FROM changes`,
    );
    assertEquals(rows, []);
  });
});

Deno.test("a portal that becomes one of the chat's own by its new name is watched if either was", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA, "new.bitrix24.ru");
    const old = await it.portals.add(ANNA, { address: COMPANY, region: "ru" }, world.now);
    await it.portals.rename(ANNA, old?.addedAt ?? 0, "new.bitrix24.ru");
    const portals = await it.portals.of(ANNA);
    assertEquals(portals.map((one) => [one.address, one.isWatched]), [["new.bitrix24.ru", true]]);
  });
});

Deno.test("ALERT_ON_ISSUES off: no sign; ALERT_ON_RECOVERY off: its end is an edit", async () => {
  const of = (policy: Required<ConfiguredChats>["policy"]) =>
    ({ groups: [], administrators: [], policy }) as const;
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.see("5xx");
    await it.see("alive");
    assertEquals(world.heard(ANNA), []);
  }, of({ issues: false, degraded: true, recovery: true }));
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.see("5xx");
    await it.see("alive");
    assertEquals(world.heard(ANNA).at(-1), "edit ✅ Портал снова отвечает.");
    assertEquals(world.said.filter((one) => one.how === "heard").length, 0);
  }, of({ issues: true, degraded: true, recovery: false }));
});

Deno.test("lag: the alert and its end say how long before Bitrix24 it was seen, and only where it was", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.see("5xx", 12);
    world.heard(ANNA);
    await world.read("ru", "outage");
    await world.deliver();
    assertMatch(
      world.whole(BORIS).join(),
      /С 12:12 UTC · 10\.11\.2026, 12:12 UTC\nПервые признаки в 12:00 UTC, Bitrix24 объявил в 12:12 UTC\.\n/,
    );
    await world.pass(29 * MINUTE);
    await world.read("ru", "operational");
    await world.deliver();
    assertMatch(
      world.whole(BORIS).join(),
      /Длительность: 29 минут · объявлен через 12 минут после первых признаков\./,
    );
    // The next one came without a sign.
    await it.see("alive", 40);
    world.said.length = 0;
    await world.read("ru", "outage");
    await world.pass(MINUTE);
    await world.read("ru", "operational");
    await world.deliver();
    assert(!/призна/.test(world.whole(BORIS).join()));
  });
});

Deno.test("lag: by the host's own time of its announcement; no sign of an hour ago, nor after it", async () => {
  const told = async (minutes: number, ago: number | null) => {
    let said = "";
    await withWatching(async (it, world) => {
      await it.watch(ANNA);
      await it.see("5xx", minutes);
      const hostTime = ago === null ? null : world.now - ago * MINUTE;
      await world.read("ru", "outage", { hostTime });
      await world.deliver();
      said = /Первые признаки.*/.exec(world.whole(BORIS).join())?.[0] ?? "";
    });
    return said;
  };
  assertEquals(await told(12, 2), "Первые признаки в 12:00 UTC, Bitrix24 объявил в 12:10 UTC.");
  assertEquals(await told(12, 12), "");
  assertEquals(await told(61, null), "");
  assertEquals(await told(1, null), "");
});

Deno.test("lag: a clock that is set moves the first sign with the rest", async () => {
  await withWatching(async (it, world) => {
    await it.watch(ANNA);
    await it.see("5xx", 12);
    await world.read("ru", "outage");
    await world.deliver();
    await world.setClock(3 * 3_600_000);
    await world.pass(MINUTE);
    await world.read("ru", "operational");
    await world.deliver();
    assertMatch(world.whole(BORIS).join(), /через 12 минут после/);
  });
});
