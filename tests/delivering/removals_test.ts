import { type Removal, Removals } from "../../src/delivering/removals.ts";
import { assertEquals } from "../assert.ts";

const MINUTE = 60_000;

/** Removals over rows in memory, with a Telegram that answers `remove`. */
class Scene {
  now = 1_800_000_000_000;
  rows: Removal[] = [];
  readonly asked: number[] = [];
  isRemoved = true;
  isAway = false;

  readonly started = () =>
    new Removals({
      rows: {
        list: () => this.#do(() => [...this.rows]),
        add: (it) => this.#do(() => void this.rows.push(it)),
        drop: ({ messageId }) =>
          this.#do(() => void (this.rows = this.rows.filter((it) => it.messageId !== messageId))),
      },
      remove: ({ messageId }) => {
        this.asked.push(messageId);
        return Promise.resolve(this.isRemoved);
      },
      logger: { debug() {}, info() {}, warning() {}, error() {} },
      now: () => this.now,
    });

  #do<T>(work: () => T): Promise<T> {
    return this.isAway ? Promise.reject(new Error("away")) : Promise.resolve(work());
  }
}

Deno.test("an answer is removed two minutes after it was sent, once", async () => {
  const scene = new Scene();
  const removals = scene.started();
  await removals.add(-1, 7);
  scene.now += 2 * MINUTE - 1;
  await removals.look();
  assertEquals(scene.asked, []);
  scene.now += 1;
  await removals.look();
  await removals.look();
  assertEquals(scene.asked, [7]);
  assertEquals(scene.rows, []);
});

Deno.test("an answer of an earlier run is removed as well, and what Telegram puts off is tried again", async () => {
  const scene = new Scene();
  await scene.started().add(-1, 7);
  const removals = scene.started();
  scene.now += 3 * MINUTE;
  scene.isRemoved = false;
  await removals.look();
  scene.isRemoved = true;
  await removals.look();
  assertEquals(scene.asked, [7, 7]);
  assertEquals(scene.rows, []);
});

Deno.test("what Telegram lets nobody remove any more, after two days, is forgotten", async () => {
  const scene = new Scene();
  await scene.started().add(-1, 7);
  scene.now += 48 * 60 * MINUTE;
  await scene.started().look();
  assertEquals([scene.asked, scene.rows], [[], []]);
});

Deno.test("a clock that was set back keeps no answer for longer", async () => {
  const scene = new Scene();
  const removals = scene.started();
  await removals.add(-1, 7);
  scene.now -= 60 * MINUTE;
  await removals.look();
  assertEquals(scene.asked, [7]);
});

Deno.test("without the database answers of this run are removed, and those before it when it is back", async () => {
  const scene = new Scene();
  await scene.started().add(-1, 7);
  const removals = scene.started();
  scene.isAway = true;
  await removals.add(-1, 8);
  scene.now += 2 * MINUTE;
  await removals.look().catch(() => {});
  scene.isAway = false;
  await removals.look();
  assertEquals(scene.asked.toSorted(), [7, 8]);
});

Deno.test("while the database is away no answer is removed twice, and none keeps the others waiting", async () => {
  const scene = new Scene();
  const removals = scene.started();
  await removals.add(-1, 7);
  await removals.add(-1, 8);
  await removals.look();
  scene.now += 2 * MINUTE;
  scene.isAway = true;
  for (let look = 0; look < 3; look++) await removals.look().catch(() => {});
  assertEquals(scene.asked, [7, 8]);
});
