import { DatabaseFiles } from "../../src/store/database_files.ts";
import { Cards } from "../../src/store/cards.ts";
import { putBack, salvageFrom } from "../../src/store/salvage.ts";
import { advance } from "../../src/domain/advance.ts";
import type { Store } from "../../src/store/store.ts";
import { assertEquals } from "../assert.ts";
import { reading } from "../domain/readings.ts";
import { sqlite3, withFolder, withStore } from "../support.ts";

const GROUP = { groups: [-1], administrators: [] };
const THRESHOLDS = { failure: 1, recovery: 1, longestGapMs: 3_600_000, minuteMs: 60_000 };

function opens(store: Store, region: string) {
  return store.advanceRegion(
    region,
    (state) => advance(state, reading("outage", { region }), THRESHOLDS),
    () => ({ who: "everyone", notify: true, ground: "announced" }),
  );
}

Deno.test("what lies beside a database that took the place of another is its own, and stays", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    const names = ["", "-wal", "-shm"];
    for (const name of names) await Deno.writeTextFile(file + name, "old");
    const place = new DatabaseFiles(file);
    assertEquals(place.loss, null);
    // Made before the old ones go: else they could be the same by their numbers.
    for (const name of ["", "-wal"]) await Deno.writeTextFile(`${folder}/new.db${name}`, "new");
    for (const name of ["", "-wal"]) await Deno.rename(`${folder}/new.db${name}`, file + name);
    assertEquals(place.loss, "replaced");
    await place.clear();
    const left = [...Deno.readDirSync(folder)].map((it) => it.name).sort();
    assertEquals(left, ["bot.db", "bot.db-wal"]);
    assertEquals(await Deno.readTextFile(`${file}-wal`), "new");
    await Deno.remove(file);
    assertEquals(place.loss, "removed");
  });
});

Deno.test("what is open is carried over with what was told of it, but where another incident is open", async () => {
  await withStore(async (before) => {
    for (const region of ["ru", "kz"]) await opens(before.store, region);
    for (const delivery of await before.outbox.claim(1, 10)) {
      const { latestChangeId: shown } = delivery;
      const step = { state: "sent", messageId: 7, isAlert: true, shown, told: shown } as const;
      await before.outbox.record([{ delivery, step }], 1);
      for (const next of await before.outbox.claim(1, 10)) {
        const { latestChangeId: shown } = next;
        await before.outbox.record([{ delivery: next, step: { ...step, shown, told: shown } }], 1);
      }
    }
    const hand = { chatId: -1, incidentId: 1, person: 7 };
    await new Cards(before).press(hand, 1);
    const salvage = await salvageFrom(before.database, [-1]);
    await withStore(async (after) => {
      // Somebody else's row, so that no change has the id that it had before.
      await opens(after.store, "uz");
      await opens(after.store, "kz");
      await after.database.write((it) => putBack(it, salvage));
      const regions = (await after.store.incidents({ open: true, limit: 9 })).map((it) =>
        it.region
      );
      assertEquals(regions.sort(), ["kz", "ru", "uz"]);
      const told = await sqlite3(
        after.file,
        `SELECT c.region, d.shown_change = c.id, d.told_change = c.id FROM deliveries d
         JOIN changes c ON c.id = d.change_id WHERE d.message_id = 7`,
      );
      assertEquals(told, "ru|1|1");
      // Who has it in hand still has, and the card still is to say so.
      const held = await sqlite3(
        after.file,
        `SELECT i.region, c.holder_id, d.state FROM cards c JOIN incidents i ON i.id = c.incident_id
         JOIN changes e ON e.card_of = i.id JOIN deliveries d ON d.change_id = e.id`,
      );
      assertEquals(held, "ru|7|due");
    }, GROUP);
  }, GROUP);
});
