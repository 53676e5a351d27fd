import { Portals } from "../../src/store/portals.ts";
import { assertEquals } from "../assert.ts";
import { withStore } from "../support.ts";

const DAY = 24 * 3_600_000;

Deno.test("tellWanted(): once a week, when the numbers are others, and never a name", async () => {
  await withStore(async ({ database, chats }) => {
    const portals = new Portals(database);
    const told: string[] = [];
    const tell = (now: number) =>
      portals.tellWanted({
        watched: ["ru"],
        administrators: [7],
        text(wanted) {
          const text = wanted.map((it) => `${it.region} ${it.chats}`).join();
          told.push(text);
          return text;
        },
        now,
      });
    await tell(0);
    await portals.add(1, { address: "a.bitrix24.fr", region: "fr" }, 1);
    await portals.add(1, { address: "b.bitrix24.fr", region: "fr" }, 1);
    await portals.add(1, { address: "c.bitrix24.ru", region: "ru" }, 1);
    await portals.add(1, { address: "own.com", region: null }, 1);
    await tell(10 * DAY);
    await portals.add(2, { address: "d.bitrix24.fr", region: "fr" }, 1);
    await portals.add(2, { address: "e.bitrix24.de", region: "de" }, 1);
    await tell(16 * DAY);
    assertEquals(told, ["fr 1"]);
    await tell(17 * DAY);
    await tell(30 * DAY);
    assertEquals(told, ["fr 1", "fr 2,de 1"]);
    // A clock that was set back far is no reason to be silent for years.
    await portals.drop(2, (await portals.of(2))[1]?.addedAt ?? 0);
    await tell(1 * DAY);
    assertEquals(told.length, 3);
    const notices = await database.rows(`SELECT problem FROM changes WHERE kind = 'notice'`);
    assertEquals(notices.map((it) => it["problem"]), told);
    void chats;
  });
});

Deno.test("portals added at the same moment are told apart; a known one is not added twice", async () => {
  await withStore(async ({ database }) => {
    const portals = new Portals(database);
    for (const address of ["a.bitrix24.ru", "b.bitrix24.ru", "a.bitrix24.ru"]) {
      await portals.add(1, { address, region: "ru" }, 5);
    }
    const list = await portals.of(1);
    assertEquals(list.map((it) => [it.address, it.addedAt]), [["a.bitrix24.ru", 5], [
      "b.bitrix24.ru",
      6,
    ]]);
    await portals.drop(1, 5);
    await portals.drop(1, 5);
    assertEquals((await portals.of(1)).map((it) => it.address), ["b.bitrix24.ru"]);
    assertEquals(await portals.locate(1, 5, "kz"), null);
  });
});
