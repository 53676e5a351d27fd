import { Unstored } from "../../src/delivering/unstored.ts";
import { advance } from "../../src/domain/advance.ts";
import { audienceOf } from "../../src/domain/audience.ts";
import { newRegion, type RegionState } from "../../src/domain/incident.ts";
import { USUAL } from "../../src/domain/rule.ts";
import { reading } from "../domain/readings.ts";
import { assertEquals } from "../assert.ts";
import { arrayLogger, turnedClock } from "../delivering/doubles.ts";

const THRESHOLDS = { failure: 1, recovery: 2, longestGapMs: 3_600_000, minuteMs: 60_000 };
const PATIENCE_MS = 30_000;

function given({ isAnnounced = true, isOurs = true, rule = USUAL } = {}) {
  const clock = turnedClock();
  const said: string[] = [];
  let nextId = 1;
  const unstored = new Unstored({
    patienceMs: PATIENCE_MS,
    decide: (state, it) => advance(state, it, THRESHOLDS),
    audienceOf: (change) =>
      audienceOf(change, { issues: isAnnounced, degraded: true, recovery: true }),
    chats: () => [-1],
    ruleOf: () => rule,
    isOurs: () => isOurs,
    tell: (chat, incident, { isSilent }) => {
      said.push(
        `${chat} ${isSilent ? "finds" : "hears"} ${incident.isOpen ? "it began" : "it is over"}`,
      );
      return Promise.resolve(nextId++);
    },
    correct: (chat, id, incident) => {
      said.push(`${chat} sees in ${id} ${incident.isOpen ? "it goes on" : "it is over"}`);
      return Promise.resolve();
    },
    logger: arrayLogger(),
    after: clock.after,
  });
  let state: RegionState = newRegion("ru");
  unstored.stored("ru", state);
  return {
    said,
    unstored,
    clock,
    /** A reading, stored or not. */
    async read(status: "operational" | "outage", isStored: boolean) {
      const it = reading(status, { at: clock.elapsed() });
      unstored.read("ru", it);
      if (isStored) {
        ({ state } = advance(state, it, THRESHOLDS));
        if (state.incident) state = { ...state, incident: { ...state.incident, id: 7 } };
        unstored.stored("ru", state, it);
      }
      clock.turn(PATIENCE_MS);
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

Deno.test("what cannot be stored within an interval is told to the chats of the settings, once", async () => {
  const it = given();
  await it.read("operational", true);
  for (let time = 0; time < 5; time++) await it.read("outage", false);
  assertEquals(it.said, ["-1 hears it began"]);
  assertEquals(it.unstored.alertIn("ru", -1), 1);
  it.unstored.taken("ru", -1);
  await it.read("outage", true);
  assertEquals([it.said.length, it.unstored.alertIn("ru", -1)], [1, null]);
});

Deno.test("a good reading that waited since before the outage ends nothing when it is stored", async () => {
  const it = given();
  await it.read("operational", true);
  const waiting = reading("operational", { at: it.clock.elapsed() });
  it.unstored.read("ru", waiting);
  await it.read("outage", false);
  const { state } = advance(newRegion("ru"), waiting, THRESHOLDS);
  it.unstored.stored("ru", state, waiting);
  assertEquals(it.said, ["-1 hears it began"]);
  assertEquals(it.unstored.alertIn("ru", -1), 1);
  assertEquals(it.unstored.incidentIn("ru")?.severity, "outage");
});

Deno.test("what is stored in time is told past the database to nobody", async () => {
  const it = given();
  await it.read("operational", true);
  await it.read("outage", true);
  await it.read("outage", true);
  assertEquals(it.said, []);
});

Deno.test("what this process did not see begin is told past the database to nobody", async () => {
  const it = given();
  for (let time = 0; time < 3; time++) await it.read("outage", false);
  assertEquals(it.said, []);
});

Deno.test("what is not announced, or another bot may tell, is told past the database to nobody", async () => {
  for (const options of [{ isAnnounced: false }, { isOurs: false }]) {
    const it = given(options);
    await it.read("operational", true);
    await it.read("outage", false);
    assertEquals(it.said, []);
  }
});

Deno.test("an outage that was told past the database, and is over before that is back, is corrected", async (t) => {
  await t.step("while the database is still in trouble", async () => {
    const it = given();
    await it.read("operational", true);
    await it.read("outage", false);
    await it.read("operational", false);
    await it.read("operational", false);
    assertEquals(it.said, ["-1 hears it began", "-1 hears it is over", "-1 sees in 1 it is over"]);
    assertEquals(it.unstored.hasHeardEnd("ru", -1), true);
  });
  await t.step("by the first thing that it stores", async () => {
    const it = given();
    await it.read("operational", true);
    await it.read("outage", false);
    await it.read("operational", true);
    assertEquals(it.said, ["-1 hears it began", "-1 sees in 1 it is over"]);
    assertEquals(it.unstored.alertIn("ru", -1), null);
  });
});

Deno.test("the end of an outage that was stored is told, too, when it cannot be", async () => {
  const it = given();
  await it.read("operational", true);
  await it.read("outage", true);
  await it.read("operational", false);
  await it.read("operational", false);
  assertEquals(it.said, ["-1 hears it is over"]);
  assertEquals(it.unstored.hasHeardEnd("ru", -1), true);
});

Deno.test("a chat of the settings is told past the database only what its rule has it hear", async () => {
  const quiet = { from: 0, to: 1_439, zone: "UTC" };
  const rules = {
    "another region": { ...USUAL, regions: ["kz"] },
    "a silent night": { ...USUAL, quiet: { ...quiet, night: "silent" as const } },
    "woken by outages": { ...USUAL, quiet: { ...quiet, night: "wake" as const } },
    "all in the morning": { ...USUAL, quiet: { ...quiet, night: "morning" as const } },
  };
  const said: Record<string, string[]> = {};
  for (const [what, rule] of Object.entries(rules)) {
    const it = given({ rule });
    await it.read("operational", true);
    await it.read("outage", false);
    said[what] = it.said;
  }
  assertEquals(said, {
    "another region": [],
    "a silent night": ["-1 finds it began"],
    "woken by outages": ["-1 hears it began"],
    "all in the morning": [],
  });
});
