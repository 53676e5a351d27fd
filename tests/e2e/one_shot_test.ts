import { parse } from "../../src/deps/csv.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { freePort, holdLock, sqlite3, withFolder } from "../support.ts";
import { OLD_TABLES } from "../import/predecessor.ts";
import { ADMIN, ANNA, withWorld, type World } from "../world.ts";
import { daemon, run, runForHead } from "./program.ts";

const STOPPED = { isStarted: false };

Deno.test("end to end: check prints the status and ends as monitoring plugins do", async (t) => {
  await withWorld(async ({ bitrix24, folder: cwd }) => {
    const env = { STATUS_URL: bitrix24.url, REQUEST_TIMEOUT: "1" };
    const check = (...args: string[]) => run(["check", ...args], { env, cwd });
    await t.step("0 operational, on standard output alone", async () => {
      const { code, stdout, stderr } = await check();
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /^BITRIX24 OK - ru: operational \| time=\d\.\d{3}s ru=0;1;2;0;3\n/);
    });
    await t.step("1 degraded", async () => {
      bitrix24.degraded("ru");
      assertEquals((await check()).code, 1);
    });
    await t.step("2 outage, of another region than that of the settings", async () => {
      bitrix24.outage("kz", "Недоступна CRM.");
      const { code, stdout } = await check("--region", "kz");
      assertEquals(code, 2);
      assertMatch(stdout, /^BITRIX24 CRITICAL - kz: outage \(CRM\) \|[^]*\nkz: Недоступна CRM\./);
    });
    await t.step("--json: everything, with the worst of all regions", async () => {
      const { code, stdout } = await check("--json", "--region=ru,kz");
      assertEquals(code, 2);
      const { status, regions } = JSON.parse(stdout);
      assertEquals([status, regions.ru.status, regions.kz.status], [
        "outage",
        "degraded",
        "outage",
      ]);
      assertStringIncludes(regions.kz.details, "Недоступна CRM.");
      assertMatch(regions.kz.checked, /^\d{4}-.*Z$/);
    });
    await t.step("3 unknown, asked once, never well", async () => {
      for (const page of ["json", "html"] as const) bitrix24.fault(page, { kind: "hang" });
      const before = bitrix24.requests.length;
      const { code, stdout } = await check();
      assertEquals(code, 3);
      assertStringIncludes(stdout, "BITRIX24 UNKNOWN - ru: status unreadable (");
      assertEquals(bitrix24.requests.length - before, 2, "the feed and the page, once each");
      assertEquals(JSON.parse((await check("--json")).stdout).status, "unreadable");
    });
    await t.step("3 with a first line on standard output, whatever is wrong", async () => {
      const wrong: [string[], Record<string, string>, RegExp][] = [
        [["--region", "россия"], {}, /--region: has "россия", which is no region/],
        [["--region", ""], { REGIONS: "kz" }, /--region is empty/],
        [["--region", "kz", "--region="], {}, /--region is empty/],
        [["--region"], {}, /argument missing/],
        [["--nope"], {}, /unknown option '--nope'.*check --help/],
        [["kz"], {}, /unexpected argument "kz"/],
        [["-t", "soon"], {}, /-t soon is no number of seconds/],
        [["-t", "0"], {}, /-t 0 is no number of seconds/],
        [[], { REGIONS: "?", STATUS_URL: "x" }, /REGIONS: .*STATUS_URL: /],
      ];
      for (const [args, more, problem] of wrong) {
        const answer = await run(["check", ...args], { env: { ...env, ...more }, cwd });
        assertEquals([answer.code, answer.stderr], [3, ""], args.join(" "));
        assertMatch(answer.stdout, /^BITRIX24 UNKNOWN - [^\n|]*\n$/);
        assertMatch(answer.stdout, problem);
      }
    });
    await t.step("3 when the host hangs, before whoever called it gives up", async () => {
      const hanging = { ...env, REQUEST_TIMEOUT: "60" };
      const { code, stdout } = await run(["check", "-t", "0.3"], { env: hanging, cwd });
      assertEquals(code, 3);
      assertStringIncludes(stdout, "ru: status unreadable (no answer within 0.3 s)");
    });
    for (const page of ["json", "html"] as const) bitrix24.fault(page, undefined);
    bitrix24.well("ru");
    await t.step("settings that it does not use may be wrong", async () => {
      const more = { CHECK_INTERVAL: "soon", BOT_TOKEN: "x", GROUP_ID: "?", DATABASE_URL: "?" };
      const answer = await run(["check", "-v"], { env: { ...env, ...more }, cwd });
      assertEquals([answer.code, answer.stderr], [0, ""]);
    });
    await t.step("a region named twice over is asked once, several are all asked", async () => {
      const { code, stdout } = await check("--region", "ru", "--region", "kz,ru");
      assertEquals(code, 2);
      assertMatch(stdout, /^BITRIX24 CRITICAL - ru: operational, kz: outage \(CRM\) \|/);
    });
  }, STOPPED);
});

Deno.test("end to end: health asks the running daemon, past any proxy", async (t) => {
  await withWorld(async (world) => {
    const port = String(freePort());
    const nobody = `http://127.0.0.1:${freePort()}`;
    const env = { HEALTH_PORT: port, HTTP_PROXY: nobody, http_proxy: nobody };
    const health = (more = {}) => run(["health"], { env: { ...env, ...more }, cwd: world.folder });
    await t.step("1 while nobody answers", async () => {
      const { code, stdout, stderr } = await health();
      assertEquals([code, stdout], [1, ""]);
      assertMatch(
        stderr,
        /No answer from http:\/\/127\.0\.0\.1:\d+\/health: .*Is the bot running\?\n$/,
      );
    });
    const it = daemon(world, { HEALTH_PORT: port, HEALTH_HOST: "::" });
    await world.ask("/start");
    await world.ask("/start", ADMIN, ADMIN);
    await world.checks(2);
    await t.step("0 when it does its job", async () => {
      const { code, stdout, stderr } = await health({ HEALTH_HOST: "0.0.0.0" });
      assertEquals([code, stderr], [0, ""]);
      assertMatch(
        stdout,
        /^ok: telegram ok, bitrix24 ok \(ru operational\), database ok, checks ok\n$/,
      );
    });
    await t.step("0 where it listens on every address, or on the loopback of IPv6", async () => {
      for (const host of ["::", "::1", "localhost"]) {
        assertEquals((await health({ HEALTH_HOST: host })).code, 0, host);
      }
    });
    await t.step("1 when it does not, with the reason", async () => {
      for (const page of ["json", "html"] as const) {
        world.bitrix24.fault(page, { kind: "status", code: 500 });
      }
      await world.alert(ADMIN, "Не могу прочитать статус");
      assertMatch((await health()).stdout, /^failing: .*bitrix24 not readable \(ru unreadable\)/);
    });
    assertEquals((await it.end("SIGTERM")).code, 0);
    await t.step("1 when something else listens there", async () => {
      await using server = Deno.serve(
        { port: Number(port), hostname: "127.0.0.1", onListen() {} },
        () => new Response("<h1>It works!</h1>"),
      );
      const { code, stderr } = await health();
      assertEquals(code, 1);
      assertStringIncludes(stderr, "not the bot's answer");
      await server.shutdown();
    });
    await t.step("1 when there is no health server", async () => {
      const { code, stderr } = await health({ HEALTH_PORT: "0" });
      assertEquals(code, 1);
      assertStringIncludes(stderr, "HEALTH_PORT is 0");
    });
  }, STOPPED);
});

Deno.test("end to end: backup copies the database beside the running daemon, and replaces nothing", async (t) => {
  await withWorld(async (world) => {
    const { folder: cwd, databaseFile } = world;
    const backup = (...args: string[]) =>
      run(["backup", ...args], { env: { DATABASE_URL: `file:${databaseFile}` }, cwd });
    await t.step("1 without a database", async () => {
      const { code, stderr } = await backup("copy.db");
      assertEquals(code, 1);
      assertStringIncludes(stderr, "There is no database at ");
    });
    const it = daemon(world);
    await world.ask("/start");
    await t.step("0: the copy is sound, and its owner's alone", async () => {
      const { code, stdout, stderr } = await backup("copy.db");
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /^copy\.db: \d+ bytes, checked\n$/);
      assertEquals(await sqlite3(`${cwd}/copy.db`, "PRAGMA integrity_check"), "ok");
      assertEquals(await sqlite3(`${cwd}/copy.db`, "SELECT chat_id FROM subscribers"), `${ANNA}`);
      const { mode } = await Deno.stat(`${cwd}/copy.db`);
      assertEquals((mode ?? 0) & 0o777, 0o600);
    });
    await t.step("0 while somebody else holds the write lock", async () => {
      const lock = await holdLock(databaseFile);
      const { code, stderr } = await backup("under_lock.db");
      await lock.release();
      assertEquals(code, 0, stderr);
    });
    for (const [file, problem] of [["copy.db", "exists already"], ["bot.db", "exists already"]]) {
      await t.step(`1: ${file} ${problem}`, async () => {
        const before = await Deno.readFile(`${cwd}/copy.db`);
        const { code, stderr } = await backup(file ?? "");
        assertEquals(code, 1);
        assertStringIncludes(stderr, problem ?? "");
        assertEquals(await Deno.readFile(`${cwd}/copy.db`), before);
      });
    }
    await t.step("1: a folder that is not there", async () => {
      const { code, stderr } = await backup("nowhere/copy.db");
      assertEquals(code, 1);
      assertStringIncludes(stderr, "nowhere/copy.db");
    });
    assertEquals((await it.end("SIGTERM")).code, 0);
    await t.step("1: a damaged database", async () => {
      await Deno.writeTextFile(databaseFile, "no database at all ".repeat(500));
      const { code, stderr } = await backup("damaged.db");
      assertEquals(code, 1);
      assertStringIncludes(stderr, "The database is damaged");
    });
    const left = [...Deno.readDirSync(cwd)].map((entry) => entry.name);
    assert(!left.some((name) => /damaged|partial/.test(name)), left.join(" "));
  }, STOPPED);
});

Deno.test("end to end: export writes the incidents, to a pipe or to a file", async (t) => {
  await withWorld(async (world) => {
    const { folder: cwd, databaseFile } = world;
    const env = { DATABASE_URL: `file:${databaseFile}` };
    const it = daemon(world);
    await incidents(world, 2_500);
    await t.step("to standard output, beside the daemon", async () => {
      const { code, stdout, stderr } = await run(["export"], { env, cwd });
      assertEquals([code, stderr], [0, ""]);
      const rows = parse(stdout, { separator: ";" });
      assertEquals(rows.length, 2_501);
      assertEquals(rows[2_500]?.[3], "Incident 2500");
    });
    await t.step("to a reader that goes away: no complaint", async () => {
      const { code, head, stderr } = await runForHead(["export"], { env, cwd });
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(head, "id;region;");
    });
    await t.step("to a file, once", async () => {
      const first = await run(["export", "incidents.csv"], { env, cwd });
      assertEquals([first.code, first.stdout, first.stderr], [0, "", ""]);
      const text = await Deno.readTextFile(`${cwd}/incidents.csv`);
      assertEquals(text.charAt(0), "\ufeff");
      assertStringIncludes(text, ";Incident 2500;");
      const second = await run(["export", "incidents.csv"], { env, cwd });
      assertEquals(second.code, 1);
      assertStringIncludes(second.stderr, "exists already");
    });
    assertEquals((await it.end("SIGTERM")).code, 0);
  }, STOPPED);
  await t.step("1: no database, or another program's", async () => {
    await withFolder(async (cwd) => {
      const none = await run(["export"], { cwd });
      assertEquals([none.code, none.stdout], [1, ""]);
      assertStringIncludes(none.stderr, "There is no database at file:data/bot.db");
      assertEquals([...Deno.readDirSync(cwd)], [], "nothing is made");
      await sqlite3(`${cwd}/other.db`, "CREATE TABLE t (x)");
      const other = await run(["export"], { cwd, env: { DATABASE_URL: "file:other.db" } });
      assertEquals([other.code, other.stdout], [1, ""]);
      assertStringIncludes(other.stderr, "no database of the bot");
    });
  });
});

async function incidents(world: World, count: number): Promise<void> {
  await world.ask("/start");
  await sqlite3(
    world.databaseFile,
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     INSERT INTO incidents (region, description) SELECT 'ru', 'Incident ' || i FROM n`,
  );
}

Deno.test("end to end: import takes over the predecessor's database, once", async (t) => {
  await withFolder(async (cwd) => {
    await sqlite3(
      `${cwd}/old.db`,
      `${OLD_TABLES} INSERT INTO incidents (start_time, end_time, region, status) VALUES
         ('2026-11-01T10:00:00.123456+03:00', '2026-11-01T11:00:00.123456+03:00', 'ru', 'resolved'),
         ('2026-11-02 10:00:00', '2026-11-02 11:00:00', CAST(x'f0f3' AS TEXT), 'resolved');
       INSERT INTO subscribers (chat_id) VALUES (${ANNA}), (9007199254740993);`,
    );
    const env = { DATABASE_URL: "file:bot.db" };
    for (const time of ["first", "second"]) {
      await t.step(`the ${time} run`, async () => {
        const { code, stdout, stderr } = await run(["import", "old.db"], { cwd, env });
        assertEquals([code, stderr], [0, ""]);
        const taken = time === "first" ? "2 taken over, 0" : "0 taken over, 2";
        assertStringIncludes(stdout, `Incidents: 2 found, ${taken} here already.`);
        assertStringIncludes(
          stdout,
          "  subscribers #9007199254740993 is no id that a chat can have",
        );
        const rows = await sqlite3(`${cwd}/bot.db`, "SELECT start_time, end_time FROM incidents");
        assertEquals(rows.split("\n"), [
          "2026-11-01 07:00:00|2026-11-01 08:00:00",
          "2026-11-02 10:00:00|2026-11-02 11:00:00",
        ]);
        assertEquals(await sqlite3(`${cwd}/bot.db`, "SELECT chat_id FROM subscribers"), `${ANNA}`);
      });
    }
    await t.step("1: what is none", async () => {
      for (const file of ["nothing.db", "bot.db"]) {
        const { code, stdout, stderr } = await run(["import", file], { cwd, env });
        assertEquals([code, stdout], [1, ""]);
        assertMatch(stderr, /^bitrix24-bot import: .*\n$/);
      }
    });
  });
});
