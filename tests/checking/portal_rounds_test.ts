import { PortalRounds } from "../../src/checking/portal_rounds.ts";
import type { RegionView } from "../../src/checking/monitor.ts";
import type { LinkSight, PortalEvidence, PortalSight } from "../../src/domain/evidence.ts";
import { type Incident, newRegion } from "../../src/domain/incident.ts";
import type { Reading } from "../../src/domain/reading.ts";
import { assert, assertEquals } from "../assert.ts";
import { reading } from "../domain/readings.ts";

/** Rounds over portals, with a clock in hand; what was asked and stored, in words. */
class Rig {
  seconds = 1_000;
  portals = ["a.bitrix24.ru", "b.bitrix24.ru", "c.bitrix24.ru"];
  link: LinkSight = "good";
  sight: PortalSight = "alive";
  status: Reading["status"] = "operational";
  incident: Incident | null = null;
  ageMs = 0;
  isOn = true;
  isHeld = true;
  isDown = false;
  hangs = false;
  readonly asked: { address: string; second: number }[] = [];
  readonly stored: string[] = [];
  readonly turned: string[] = [];
  readonly lines: string[] = [];
  readonly rounds: PortalRounds;

  constructor() {
    const now = () => this.seconds * 1_000;
    const views = () => [{
      region: "ru",
      latest: { ...reading(this.status), at: now() - this.ageMs },
      state: { ...newRegion("ru"), incident: this.incident },
    } as unknown as RegionView];
    this.rounds = new PortalRounds({
      watches: {
        all: (regions) => {
          if (this.isDown) return Promise.reject(new Error("database"));
          return Promise.resolve(
            this.portals.map((address) => ({ address, region: regions[0] ?? "" })),
          );
        },
        look: ({ address }, { evidence, link, region }) => {
          this.stored.push(`${address} ${evidence.sight} ${link} ${region}`);
          return Promise.resolve();
        },
        turned: (region) => {
          if (this.isDown) return Promise.reject(new Error("database"));
          this.turned.push(region);
          return Promise.resolve();
        },
        tidy: () => Promise.resolve(),
      },
      witnesses: {
        link: () => Promise.resolve({ sight: this.link } as never),
        portal: (address, signal) => {
          this.asked.push({ address, second: this.seconds });
          const evidence = { address, sight: this.sight, at: now() } as unknown as PortalEvidence;
          return this.hangs
            ? new Promise((_, reject) =>
              signal?.addEventListener("abort", () => reject(signal.reason))
            )
            : Promise.resolve(evidence);
        },
      },
      monitor: {
        views,
        get isOn() {
          return rig.isOn;
        },
      },
      periodSeconds: 60,
      maxAgeMs: 90_000,
      attempt: (run) => run().then(() => {}, () => {}),
      turn: {
        get isHeld() {
          return rig.isHeld;
        },
      },
      logger: { debug: (line) => this.lines.push(line) },
      now,
      elapsed: now,
    });
    // deno-lint-ignore no-this-alias
    const rig = this;
  }

  /** So many seconds, each with its look. */
  async pass(seconds: number): Promise<void> {
    for (let it = 0; it < seconds; it++) {
      await this.rounds.look();
      // Probes go on without it.
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      this.seconds++;
    }
  }
}

Deno.test("look(): each portal once in a minute, at its own second, whoever else is there", async () => {
  const rig = new Rig();
  rig.portals = Array.from({ length: 120 }, (_, index) => `p${index}.bitrix24.ru`);
  await rig.pass(180);
  for (const address of rig.portals) {
    const seconds = rig.asked.filter((it) => it.address === address).map((it) => it.second);
    assertEquals(seconds.length, 3, address);
    assertEquals([60, 60], seconds.slice(1).map((it, index) => it - (seconds[index] ?? 0)));
  }
  const most = Math.max(
    ...Map.groupBy(rig.asked, (it) => it.second).values().map((it) => it.length),
  );
  assert(most <= 9, `${most} of 120 in one second`);
  const before = rig.asked.length;
  rig.portals.splice(0, 119);
  await rig.pass(120);
  assert(rig.asked.length - before < 240);
});

Deno.test("look(): a portal whose probe still runs is not asked again; a stop ends it", async () => {
  const rig = new Rig();
  rig.hangs = true;
  await rig.pass(200);
  assertEquals(rig.asked.length, 3);
  await rig.rounds.stop(1_000);
  assertEquals(rig.stored, []);
  await rig.pass(60);
  assertEquals(rig.asked.length, 3);
});

Deno.test("look(): after a long silence nobody is asked twice", async () => {
  const rig = new Rig();
  await rig.pass(1);
  rig.seconds += 3_600;
  await rig.pass(1);
  assertEquals(rig.asked.filter((it) => it.second > 3_600).length, 3);
});

Deno.test("look(): without a good link of our own nobody is asked", async () => {
  const rig = new Rig();
  for (const link of ["half", "dead"] as const) {
    rig.link = link;
    await rig.pass(60);
  }
  assertEquals([rig.asked, rig.stored], [[], []]);
});

Deno.test("look(): nobody is asked while monitoring is off or another bot has the database", async () => {
  const rig = new Rig();
  rig.isOn = false;
  await rig.pass(60);
  rig.isOn = true;
  rig.isHeld = false;
  await rig.pass(60);
  assertEquals(rig.asked, []);
});

Deno.test("look(): how the region stands is what was read of it lately", async () => {
  const rig = new Rig();
  rig.portals = ["a.bitrix24.ru"];
  rig.sight = "5xx";
  const stands = async () => {
    await rig.pass(60);
    return rig.stored.pop();
  };
  assertEquals(await stands(), "a.bitrix24.ru 5xx good well");
  rig.status = "degraded";
  assertEquals(await stands(), "a.bitrix24.ru 5xx good trouble");
  rig.status = "unreadable";
  assertEquals(await stands(), "a.bitrix24.ru 5xx good unknown");
  rig.status = "operational";
  rig.ageMs = 100_000;
  assertEquals(await stands(), "a.bitrix24.ru 5xx good unknown");
  rig.incident = { id: 1 } as Incident;
  assertEquals(await stands(), "a.bitrix24.ru 5xx good trouble");
});

Deno.test("look(): an incident takes over once, be it that the database fails at first", async () => {
  const rig = new Rig();
  rig.incident = { id: 1 } as Incident;
  rig.isDown = true;
  await rig.pass(3);
  rig.isDown = false;
  await rig.pass(5);
  assertEquals(rig.turned, ["ru"]);
  rig.incident = null;
  await rig.pass(1);
  rig.incident = { id: 2 } as Incident;
  await rig.pass(2);
  assertEquals(rig.turned, ["ru", "ru"]);
});
