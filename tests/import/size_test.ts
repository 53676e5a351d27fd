// deno-lint-ignore-file no-console -- the figures are what this is for
import { assert, assertEquals, assertObjectMatch } from "../assert.ts";
import { sqlite3, withFolder } from "../support.ts";
import { importInto, OLD_TABLES, oldFile } from "./predecessor.ts";

// A hundred thousand were taken in ten times the time of ten thousand, in the same memory.
const INCIDENTS = 3_000;
const SUBSCRIBERS = 300;
/** What is taken in one transaction. */
const BATCH = 50;

function numbers(count: number): string {
  return `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
}

Deno.test("importPredecessor() takes over a large file in many small steps, and lets others work", async () => {
  await withFolder(async (folder) => {
    const file = await oldFile(
      folder,
      `${OLD_TABLES}
       ${numbers(INCIDENTS)} INSERT INTO incidents (start_time, end_time, duration, description,
           region, status, components)
         SELECT strftime('%Y-%m-%dT%H:%M:%S.123456+03:00', 1420000000 + i * 3000, 'unixepoch'),
           strftime('%Y-%m-%dT%H:%M:%S.123456+03:00', 1420000000 + i * 3000 + 1000, 'unixepoch'),
           '00:16:40', 'Недоступны: CRM, Почта. ' || i, iif(i % 5, 'ru', 'kz'), 'resolved', 'CRM,Почта'
         FROM n;
       ${numbers(SUBSCRIBERS)} INSERT INTO subscribers (chat_id) SELECT 1000000 + i FROM n;`,
    );
    let steps = 0;
    let longestMs = 0;
    const rest = (ms: number) => {
      steps++;
      longestMs = Math.max(longestMs, ms);
      return new Promise<void>((resolve) => setTimeout(resolve, 0));
    };
    const from = performance.now();
    const report = await importInto(folder, file, { rest });
    const seconds = (performance.now() - from) / 1_000;
    console.log(
      `${INCIDENTS} incidents and ${SUBSCRIBERS} subscribers in ${seconds.toFixed(1)} s, ` +
        `${steps} transactions, the longest ${longestMs.toFixed(0)} ms`,
    );
    assertObjectMatch(report, {
      incidents: { found: INCIDENTS, taken: INCIDENTS, withoutEnd: 0 },
      subscribers: { found: SUBSCRIBERS, taken: SUBSCRIBERS },
      problemCount: 0,
    });
    assert(steps >= (INCIDENTS + SUBSCRIBERS) / BATCH);
    const sql = `SELECT COUNT(*), COUNT(DISTINCT imported_from), MIN(id), MAX(id),
      SUM(strftime('%s', end_time) - strftime('%s', start_time) = 1000) FROM incidents`;
    assertEquals(
      await sqlite3(`${folder}/bot.db`, sql),
      `${INCIDENTS}|${INCIDENTS}|1|${INCIDENTS}|${INCIDENTS}`,
    );
  });
});
