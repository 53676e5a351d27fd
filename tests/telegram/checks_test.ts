import type { RegionView } from "../../src/checking/monitor.ts";
import type { LinkEvidence, PortalEvidence } from "../../src/domain/evidence.ts";
import { newRegion } from "../../src/domain/incident.ts";
import type { Reading } from "../../src/domain/reading.ts";
import { Checks, type Subject } from "../../src/telegram/checks.ts";
import { assert, assertEquals } from "../assert.ts";
import { reading } from "../domain/readings.ts";

const NOW = 1_800_000_000_000;

function view(region: string, latest: Reading | null): RegionView {
  return {
    region,
    latest,
    latestReadable: latest,
    state: newRegion(region),
    blindSince: null,
    overdue: false,
    translated: null,
    unaskedAgeMs: null,
  };
}

function subject(address: string | null, region: string | null = "ru"): Subject {
  return { region, address, addedAt: 0 };
}

/** Checks between doubles, which say what they were asked for. */
class Scene {
  readonly asked: string[] = [];
  elapsed = 0;
  portal: (address: string) => Promise<PortalEvidence> = (address) =>
    Promise.resolve({
      address,
      sight: "alive",
      attempts: 1,
      ms: 40,
      detail: "",
      renamedTo: null,
      at: NOW,
    });
  link: () => Promise<LinkEvidence> = () =>
    Promise.resolve({
      sight: "good",
      telegramAt: NOW,
      vendor: { host: "vendor.example", isThere: true, detail: "" },
      at: NOW,
    });

  constructor(readonly known: Reading | null, readonly fresh: Reading | null = known) {}

  readonly checks = new Checks({
    witnesses: {
      portal: (address) => {
        this.asked.push(address);
        return this.portal(address);
      },
      link: (region) => {
        this.asked.push(`link of ${region}`);
        return this.link();
      },
    },
    monitor: {
      views: () => [view("ru", this.known), view("kz", this.known)],
      freshViews: ({ regions }) => {
        this.asked.push(...regions.map((it) => `.${it}`));
        return Promise.resolve(regions.map((it) => view(it, this.fresh)));
      },
    },
    now: () => NOW,
    elapsed: () => this.elapsed,
    stop: new AbortController().signal,
  });

  async find(chatId: number, ...subjects: Subject[]) {
    const begun = this.checks.begin(chatId, subjects);
    assert(typeof begun !== "string", String(begun));
    return await begun.findings;
  }
}

Deno.test("/check asks the region, its portals and the link, each of them once, and no other region", async () => {
  const scene = new Scene(reading("operational", { at: NOW }));
  const found = await scene.find(1, subject("a.bitrix24.ru"), subject("b.bitrix24.ru"));
  assertEquals(scene.asked.toSorted(), [
    ".ru",
    "a.bitrix24.ru",
    "b.bitrix24.ru",
    "link of ru",
    "link of ru",
  ]);
  assertEquals(found.map((it) => [it.sight, it.portal?.sight, it.link?.sight]), [
    ["well", "alive", "good"],
    ["well", "alive", "good"],
  ]);
});

Deno.test("/check in an outage tells the latest reading and asks nobody: ten thousand may want to know", async () => {
  const scene = new Scene(reading("outage", { at: NOW - 30_000 }));
  const [found] = await scene.find(1, subject("a.bitrix24.ru"));
  assertEquals(found?.sight, "outage");
  assertEquals([found?.portal, found?.link], [null, null]);
  assertEquals(scene.asked, []);
});

Deno.test("/check after an outage reads the region anew, and asks the portal only when it is over", async () => {
  const still = new Scene(
    reading("outage", { at: NOW - 600_000 }),
    reading("outage", { at: NOW }),
  );
  assertEquals((await still.find(1, subject("a.bitrix24.ru")))[0]?.portal, null);
  assertEquals(still.asked, [".ru"]);
  const over = new Scene(
    reading("outage", { at: NOW - 600_000 }),
    reading("operational", { at: NOW }),
  );
  const [found] = await over.find(1, subject("a.bitrix24.ru"));
  assertEquals([found?.sight, found?.portal?.sight], ["well", "alive"]);
});

Deno.test("/check of a region that is not watched, or not known, asks the portal all the same", async () => {
  const scene = new Scene(reading("operational", { at: NOW }));
  const found = await scene.find(
    1,
    subject("a.bitrix24.de", "de"),
    subject("crm.company.ru", null),
  );
  assertEquals(found.map((it) => [it.sight, it.portal?.sight]), [
    ["unwatched", "alive"],
    ["unwatched", "alive"],
  ]);
  assert(!scene.asked.some((it) => it.startsWith(".")));
});

Deno.test("/check never fails: who gives no answer has not been asked, and nobody vouched for the link", async () => {
  const scene = new Scene(reading("operational", { at: NOW }));
  scene.portal = () => Promise.reject(new Error("The bot is stopping"));
  scene.link = () => Promise.reject(new Error("The bot is stopping"));
  const [found] = await scene.find(1, subject("a.bitrix24.ru"));
  assertEquals([found?.portal?.sight, found?.portal?.attempts, found?.link], ["unasked", 0, null]);
});

Deno.test("/check: one in five seconds for each chat, whatever the others do", async () => {
  const scene = new Scene(reading("operational", { at: NOW }));
  await scene.find(1, subject("a.bitrix24.ru"));
  scene.elapsed = 4_999;
  assertEquals(scene.checks.begin(1, [subject("a.bitrix24.ru")]), "tooOften");
  await scene.find(2, subject("a.bitrix24.ru"));
  scene.elapsed = 5_000;
  await scene.find(1, subject("a.bitrix24.ru"));
});

Deno.test("/check: twenty at once, and whoever is the next has not used up a turn", async () => {
  const scene = new Scene(reading("operational", { at: NOW }));
  const answer = Promise.withResolvers<PortalEvidence>();
  scene.portal = () => answer.promise;
  const running = Array.from(
    { length: 20 },
    (_, index) => scene.find(index + 1, subject("a.bitrix24.ru")),
  );
  assertEquals(scene.checks.begin(21, [subject("a.bitrix24.ru")]), "busy");
  answer.reject(new Error("enough"));
  await Promise.all(running);
  await scene.find(21, subject("a.bitrix24.ru"));
});
