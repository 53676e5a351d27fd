import type { DatabaseFacts } from "../../src/domain/facts.ts";
import type { Health } from "../../src/health/health.ts";
import { Rounds } from "../../src/checking/rounds.ts";
import { assertEquals } from "../assert.ts";
import { deferred } from "../delivering/doubles.ts";

const FACTS: DatabaseFacts = {
  incidents: 1,
  openIncidents: 0,
  subscribers: 2,
  pausedSubscribers: 0,
  sizeBytes: 4096,
  deliveries: { due: 3 },
  oldestDueAt: 5,
  alertsSent: 0,
};

const PARTS = ["telegram", "bitrix24", "database", "checks"] as const;

function given() {
  const it = {
    isOn: true,
    failing: null as typeof PARTS[number] | null,
    checked: Promise.resolve(),
    databaseError: null as Error | null,
    now: 1_000_000,
    counted: 0,
    completed: 0,
    database: [] as unknown[],
    unreadable: [] as string[],
  };
  const rounds = new Rounds({
    monitor: {
      get isOn() {
        return it.isOn;
      },
      checkAll: () => it.checked,
    },
    database: {
      async doing(_work, run) {
        const result = await run().catch((error) => {
          it.database.push(error);
          throw error;
        });
        it.database.push(null);
        return result;
      },
    },
    store: {
      ping: () => it.databaseError ? Promise.reject(it.databaseError) : Promise.resolve(),
      facts: () => Promise.resolve({ ...FACTS, incidents: ++it.counted }),
      unreadableRows: () => Promise.resolve(["subscribers 1"]),
    },
    health: () => {
      const [telegram, bitrix24, database, checks] = PARTS.map((part) => ({
        ok: part !== it.failing,
      }));
      return { status: "ok", telegram, bitrix24, database, checks } as Health;
    },
    now: () => it.now,
    troubles: { noteUnreadable: (rows) => it.unreadable.push(...rows) },
    heartbeat: { beat: () => it.completed++ },
  });
  return { it, rounds };
}

/** Everything that needs no more than other promises has happened. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

Deno.test("Rounds calls a round complete when all was read and stored and Telegram answers", async (t) => {
  await t.step("complete", async () => {
    const { it, rounds } = given();
    await rounds.begin();
    await settled();
    assertEquals([it.completed, it.database], [1, [null]]);
    assertEquals(it.unreadable, ["subscribers 1"]);
  });
  for (const part of PARTS) {
    await t.step(`not while this is not well: ${part}`, async () => {
      const { it, rounds } = given();
      it.failing = part;
      await rounds.begin();
      await settled();
      assertEquals(it.completed, 0);
    });
  }
  await t.step("not while monitoring is switched off", async () => {
    const { it, rounds } = given();
    it.isOn = false;
    await rounds.begin();
    await settled();
    assertEquals(it.completed, 0);
  });
  await t.step("not before the checks are through, and the next round does not wait", async () => {
    const { it, rounds } = given();
    const check = deferred();
    it.checked = check.promise;
    await rounds.begin();
    await rounds.begin();
    await settled();
    assertEquals(it.completed, 0);
    check.resolve();
    await settled();
    assertEquals(it.completed, 2);
  });
});

Deno.test("Rounds counts what the database holds once a minute, and remembers it through trouble", async () => {
  const { it, rounds } = given();
  assertEquals(rounds.figures, null);
  const round = async (laterMs: number) => {
    it.now += laterMs;
    await rounds.begin();
    await settled();
    return rounds.figures?.facts.incidents;
  };
  assertEquals(await round(0), 1);
  assertEquals(await round(59_000), 1);
  assertEquals(await round(1_000), 2);
  it.databaseError = new Error("locked");
  assertEquals(await round(60_000), 2);
  assertEquals(it.database.at(-1), it.databaseError);
  it.databaseError = null;
  // A clock that was set back.
  assertEquals(await round(-3_600_000), 3);
});
