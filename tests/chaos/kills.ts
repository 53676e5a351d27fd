// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task kills [COUNT [SEED]]`: kills the program so often amid telling many chats, and counts what
// came twice. BITRIX24_BOT_BINARY names a compiled program; otherwise it is the source that is killed.
import "../../src/deps/runtime.ts";
import { type Arena, withArena } from "./arena.ts";
import { castOf } from "./cast.ts";
import { countOwed, readLedger } from "./ledger.ts";
import { brokenPromises, countDuplicates, describe } from "./promises.ts";
import { Random } from "./random.ts";
import { type Record, withUncertain } from "./record.ts";

const COUNT = 100;
const SEED = 1;
const PRIVATE_CHATS = 120;
/** So many that the one whose turn has come was quiet for long enough not to be a relapse. */
const REGIONS = 24;
/** A life lasts for so many messages at most, and a moment. */
const MOST_SENDS = 12;
const MOST_PAUSE_MS = 60;
const LONGEST_LIFE_MS = 2_500;
const SETTLED_WITHIN_MS = 300_000;

/** Of every region in turn: bad, worse, well. Each of them is heard with a sound. */
class Feed {
  readonly #arena: Arena;
  readonly #regions: readonly string[];
  #count = 0;

  constructor(arena: Arena, regions: readonly string[]) {
    this.#arena = arena;
    this.#regions = regions;
  }

  get isOver(): boolean {
    return this.#count % 3 === 0;
  }

  /** Says something new once the last was decided and most have heard it. */
  advance(mostOwed: number): void {
    const { world } = this.#arena;
    if (readLedger(world.databaseFile).changes.length < this.#count) return;
    if (countOwed(world.databaseFile, []) > mostOwed) return;
    const round = Math.floor(this.#count / 3);
    const region = this.#regions[round % this.#regions.length] ?? "";
    const result = (["warning", "error", "notice"] as const)[this.#count++ % 3] ?? "notice";
    if (result === "notice") world.bitrix24.well(region);
    else {
      const statusInfo = `Недоступна CRM: ${round}.`;
      world.bitrix24.set(region, { result, statusInfo, id: 9_100 + round });
    }
  }
}

async function main(): Promise<number> {
  const [count = COUNT, seed = SEED] = Deno.args.map(Number);
  const random = new Random(seed);
  const chats = castOf(PRIVATE_CHATS).filter((it) => it.kind === "private");
  const regions = Array.from(
    { length: REGIONS },
    (_, index) => `q${String.fromCharCode("a".charCodeAt(0) + index)}`,
  );
  const started = performance.now();
  return await withArena({ chats, regions }, async (arena) => {
    arena.line.answerMs = () => random.answerMs();
    const { world, watch } = arena;
    world.telegram.fault = (method, payload) => void watch.noteCall(method, payload);
    const feed = new Feed(arena, regions);
    for (let kill = 1; kill <= count || !feed.isOver; kill++) {
      feed.advance(chats.length / 4);
      arena.start();
      const enough = watch.sends + random.whole(1, MOST_SENDS);
      await world.telegram.until(() => watch.sends >= enough, "messages", LONGEST_LIFE_MS)
        .catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, random.next() * MOST_PAUSE_MS));
      await arena.end("SIGKILL");
      if (kill % 50 === 0) console.log(`${kill} kills, ${watch.sends} messages`);
    }
    arena.start();
    await world.bitrix24.until(
      () => countOwed(world.databaseFile, []) === 0,
      "all to be told",
      SETTLED_WITHIN_MS,
    );
    await arena.end("SIGTERM");
    const record: Record = {
      ...readLedger(world.databaseFile),
      told: withUncertain(watch.told(), arena.runs),
      runs: arena.runs,
      recipients: chats.map(({ id }) => ({ ids: [id], isReachable: true })),
      violations: arena.violations(),
      badReadings: new Map(),
    };
    return report(record, (performance.now() - started) / 1000);
  });
}

function report(record: Record, seconds: number): number {
  const kills = record.runs.filter((it) => it.signal === "SIGKILL");
  const sent = record.told.filter((it) => it.how === "sent");
  const sum = (counts: readonly number[]) => counts.reduce((all, it) => all + it, 0);
  const most = (counts: readonly number[]) => Math.max(...counts);
  const duplicates = record.runs.map((_, run) => countDuplicates(record, run));
  const inFlight = record.runs.map((it) => it.inFlight);
  const begun = record.runs.map((it) => it.begun.length);
  console.log(`${kills.length} kills in ${seconds.toFixed(0)} s, ${sent.length} messages`);
  console.log(`calls in flight at the kills: ${sum(inFlight)}, at most ${most(inFlight)} at one`);
  console.log(`attempts noted as begun: ${sum(begun)}, at most ${most(begun)} at one`);
  console.log(
    `messages that came twice: ${sum(duplicates)}, at most ${most(duplicates)} of a kill`,
  );
  const over = duplicates.filter((it, run) => it > (inFlight[run] ?? 0)).length;
  console.log(`kills with more of them than calls in flight: ${over}`);
  const broken = brokenPromises(record);
  const worst = duplicates.some((it, run) => it > (begun[run] ?? 0));
  if (worst) console.log("More came twice than was begun");
  if (broken.length > 0) console.log(`Promises broken:\n${describe(broken, record)}`);
  return broken.length > 0 || worst ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main());
