import { assert, assertEquals } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ANNA, withWorld } from "../world.ts";
import { daemon } from "./program.ts";

const MIB = 1024 * 1024;

/** Memory of a process, now or at most so far, in bytes. */
async function memory(pid: number, what: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}

Deno.test("end to end: sixty people ask for the file of 30,000 incidents, and share it", async () => {
  await withWorld(async (world) => {
    const people = Array.from({ length: 60 }, (_, index) => 3000 + index);
    for (const id of people) world.telegram.addUser({ id, first_name: `Имя ${id}` });
    const bot = daemon(world);
    try {
      world.telegram.say(ANNA, ANNA, "/start");
      await world.nextMessage(ANNA, 0, "the welcome");
      await sqlite3(
        world.databaseFile,
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
         INSERT INTO incidents (region, components, description, status, start_time, end_time)
         SELECT 'ru', 'CRM', 'Сбой ' || i || ' ' || hex(randomblob(100)), 'resolved',
           datetime('now'), datetime('now') FROM n`,
      );
      const idle = await memory(bot.child.pid, "VmRSS");
      for (const id of people) world.telegram.say(id, id, "/export");
      await world.telegram.until(
        () => people.every((id) => world.fromBot(id).some((it) => it.document)),
        "a file for everybody",
        60_000,
      );
      const peak = await memory(bot.child.pid, "VmHWM");
      const files = people.map((id) =>
        world.fromBot(id).find((it) => it.document)?.document?.file_id
      );
      assertEquals(new Set(files).size, 1);
      assert(peak - idle < 120 * MIB, `${Math.round((peak - idle) / MIB)} MiB more`);
    } finally {
      await bot.end("SIGTERM");
    }
  }, { isStarted: false });
});
