// deno-lint-ignore-file no-console -- the figures are for people
// The server's long year in minutes: the compiled program, whose time leaps (warp.ts), lives through
// simulated days with a real file, and with everything that befalls a machine in a year (plan.ts).
//
// `deno task test:year`: 30 days from the 17th of March, with clocks set forward under an outage on the
// twelfth; of these as many as there is time for in four minutes, on two cores that do nothing else all
// of them. The long form, however long it takes: YEAR_DAYS=365 deno task test:year. YEAR_SEED=N has
// other days.
import { assert, assertEquals } from "../assert.ts";
import { live, textOf } from "./live.ts";
import { planOf } from "./plan.ts";
import { compileWarped } from "./program.ts";
import {
  growth,
  longestLife,
  type Truth,
  wrongDescriptors,
  wrongFiles,
  wrongHistory,
  wrongSigns,
  wrongTelling,
} from "./promises.ts";
import { ANNA, CHATS, CHECK_MINUTES, RETENTION_DAYS, Stage } from "./stage.ts";
import { tableOf } from "./table.ts";

const CI_DAYS = 30;
/** With compiling, less than four minutes. */
const CI_LIMIT_MS = 200_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Pools of connections keep those of a busy moment for a minute and a half. */
const MOST_CALLS = 12;
const MOST_GROWTH = 1.2;
const FROM = Date.parse("2027-03-17T00:00:00Z");
/** The clocks of Berlin go forward then. */
const CHANGE = Date.parse("2027-03-28T01:00:00Z");

const asked = Deno.env.get("YEAR_DAYS");
const days = Number(asked ?? CI_DAYS);
const seed = Number(Deno.env.get("YEAR_SEED") ?? 1);

async function play() {
  const limitMs = asked === undefined ? CI_LIMIT_MS : Infinity;
  const place = await Deno.makeTempDir({ prefix: "bitrix24-bot-year-program-" });
  try {
    const program = await compileWarped(place);
    await using stage = new Stage(FROM);
    const plan = planOf(seed, days, (CHANGE - FROM) / MINUTE_MS);
    const lived = await live(stage, { program, plan, days, from: FROM, limitMs });
    const truths = plan.filter((it) => it.kind === "outage").slice(0, lived.evenings.length)
      .map((it): Truth => ({
        text: textOf(it),
        from: FROM + it.at * MINUTE_MS,
        until: FROM + it.until * MINUTE_MS,
      }));
    return { ...lived, truths, news: stage.news, signs: stage.signs, noDisk: stage.noDisk, plan };
  } finally {
    await Deno.remove(place, { recursive: true });
  }
}

let playing: ReturnType<typeof play> | undefined;
const year = () => playing ??= play();

Deno.test("the program lives through the days", async () => {
  const { evenings, plan, noDisk, faults, complaints } = await year();
  console.log(`${evenings.length} of ${days} days, seed ${seed}\n${tableOf(evenings, plan)}`);
  console.log([...complaints].map(([what, count]) => `${count} × ${what}`).join("\n"));
  if (noDisk !== null) console.log(`No disk was full: ${noDisk}`);
  assertEquals(faults, []);
  assert(evenings.length > 0, "not even a day fits into the time there is");
});

Deno.test("its descriptors are those of the first day", async () => {
  const { evenings } = await year();
  assertEquals(wrongDescriptors(evenings), []);
  assert(evenings.every((it) => it.calls <= MOST_CALLS), "connections are piled up");
});

Deno.test("its files are those of the first day, a week's backups and six logs", async () => {
  assertEquals(wrongFiles((await year()).evenings), []);
});

Deno.test("its memory does not grow from the second fifth to the last", async () => {
  const { evenings } = await year();
  for (const life of [evenings, longestLife(evenings)]) {
    const times = growth(life);
    if (times === null) console.log(`${life.length} days are too few to tell`);
    else assert(times <= MOST_GROWTH, `by ${times.toFixed(2)} times in ${life.length} days`);
  }
});

Deno.test("every outage is in the history, once and with its times", async () => {
  const { truths, incidents } = await year();
  assertEquals(wrongHistory(truths, incidents, CHECK_MINUTES * MINUTE_MS), []);
});

Deno.test("what has been over for too long is forgotten, and nothing else", async () => {
  const { truths, remembered, endedAt } = await year();
  const isThere = (it: Truth) =>
    remembered.some(({ description }) => description.includes(it.text));
  const age = (it: Truth) => (endedAt - it.until) / DAY_MS;
  // Twice: it is looked for once a day, and a day's upkeep may have failed.
  assertEquals(truths.filter((it) => age(it) > RETENTION_DAYS + 2 && isThere(it)), []);
  assertEquals(truths.filter((it) => age(it) < RETENTION_DAYS && !isThere(it)), []);
});

Deno.test("whoever has a portal watched was told of each silence and its end, once, and nobody else", async () => {
  const { evenings, plan, signs } = await year();
  const silences = plan.filter((it) => it.kind === "portal silent").slice(0, evenings.length);
  assertEquals(wrongSigns(silences, signs.filter((it) => it.chatId === ANNA)), []);
  assertEquals(signs.filter((it) => it.chatId !== ANNA), []);
});

for (const chatId of CHATS) {
  Deno.test(`chat ${chatId} was told of each outage and its end, once`, async () => {
    const { truths, news } = await year();
    assertEquals(wrongTelling(truths, news.filter((it) => it.chatId === chatId)), []);
  });
}
