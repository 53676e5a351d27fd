import { assertEquals, assertMatch } from "../assert.ts";
import { startTlsFront, TEST_CERT } from "../proxy.ts";
import { sqlite3, withFolder } from "../support.ts";
import { withWorld } from "../world.ts";
import { daemon, run } from "./program.ts";

const STOPPED = { isStarted: false };
const UNKNOWN = 3;
const CONFIG = 78;

Deno.test("end to end: a company's own authority is trusted by CA_FILE, from .env too", async (t) => {
  await withWorld(async ({ bitrix24, folder: cwd }) => {
    const front = startTlsFront(Number(new URL(bitrix24.url).port));
    const STATUS_URL = `https://localhost:${front.port}`;
    await Deno.writeTextFile(`${cwd}/ca.pem`, TEST_CERT);
    const check = (env: Record<string, string>) =>
      run(["check"], { cwd, env: { STATUS_URL, ...env } });
    await t.step("without it: unknown", async () => assertEquals((await check({})).code, UNKNOWN));
    await t.step("with it: read", async () => {
      const { code, stdout } = await check({ CA_FILE: "ca.pem" });
      assertEquals(code, 0, stdout);
    });
    await t.step("in .env: read", async () => {
      await Deno.writeTextFile(`${cwd}/.env`, "CA_FILE=ca.pem\n");
      assertEquals((await check({})).code, 0);
    });
    await t.step("that is none: 3 and 78, by its name", async () => {
      await Deno.writeTextFile(`${cwd}/.env`, "CA_FILE=.env\n");
      const checked = await check({});
      assertEquals(checked.code, UNKNOWN);
      assertMatch(checked.stdout, /CA_FILE: names a file without a certificate/);
      const started = await run([], { cwd });
      assertEquals(started.code, CONFIG);
      assertMatch(started.stderr, /^CA_FILE: names a file without a certificate/m);
    });
    await front.close();
  }, STOPPED);
});

Deno.test("end to end: a log that would damage the database: 78, and nothing is written", async () => {
  await withWorld(async (world) => {
    await sqlite3(world.databaseFile, "CREATE TABLE t (x)");
    const before = await Deno.readFile(world.databaseFile);
    await Deno.symlink(world.databaseFile, `${world.folder}/log`);
    for (const LOG_FILE of [world.databaseFile, `${world.folder}/log`]) {
      const { code, stderr } = await run([], {
        cwd: world.folder,
        env: { ...world.env, LOG_FILE },
      });
      assertEquals(code, CONFIG, stderr);
      assertMatch(stderr, /^LOG_FILE: names the same file as DATABASE_URL/m);
      assertEquals(await Deno.readFile(world.databaseFile), before);
    }
  }, STOPPED);
});

Deno.test("end to end: an .env in UTF-16 is named as that", async () => {
  await withFolder(async (cwd) => {
    const units = [0xfeff, ...[..."BOT_TOKEN=1:a\n"].map((it) => it.charCodeAt(0))];
    await Deno.writeFile(`${cwd}/.env`, new Uint8Array(new Uint16Array(units).buffer));
    const { code, stderr } = await run([], { cwd });
    assertEquals(code, CONFIG);
    assertMatch(stderr, /^\.env is not read, because it is UTF-16.*\nBOT_TOKEN: is not set/);
  });
});

Deno.test("end to end: the predecessor's .env: read as it is, each name that is gone is told", async () => {
  await withWorld(async (world) => {
    const names = ["URL", "SUBSCRIBERS_FILE", "CACHE_TTL", "DEDUP_WINDOW", "CHEK_INTERVAL"];
    const { BOT_TOKEN, ...env } = world.env;
    // "Бот" in windows-1251, with a byte that is no UTF-8.
    const head = new Uint8Array([0x23, 0xc1, 0xee, 0xf2, 0x0a]);
    const lines = [
      `BOT_TOKEN=${BOT_TOKEN}`,
      ...names.map((it) => `${it}=1`),
      "HTTPS_PROXY=http://x",
    ];
    const rest = new TextEncoder().encode(lines.join("\r\n"));
    await Deno.writeFile(`${world.folder}/.env`, new Uint8Array([...head, ...rest]));
    const it = daemon({ ...world, env, folder: world.folder } as typeof world);
    await world.ask("/start");
    const { code, log } = await it.end("SIGTERM");
    assertEquals(code, 0, log);
    for (const name of names) assertMatch(log, new RegExp(` WARNING .*\\b${name} is `));
    assertMatch(log, /^\.env: HTTPS_PROXY has no effect here/m);
  }, STOPPED);
});

Deno.test("end to end: an .env that Docker made a folder is told with what to type", async () => {
  await withFolder(async (cwd) => {
    await Deno.mkdir(`${cwd}/.env`);
    const { code, stderr } = await run([], { cwd });
    assertEquals(code, CONFIG);
    assertMatch(stderr, /^\.env is a folder, .*rmdir \.env; install -m 644 \.env\.example \.env\n/);
  });
});

Deno.test("end to end: own wording that is wrong: 78, its file, line and cure, also by the doctor", async (t) => {
  await withWorld(async (world) => {
    const { folder: cwd } = world;
    const env = { ...world.env, NOTICE_FILE: "notices.txt" };
    const rows: [name: string, content: string, expected: RegExp][] = [
      [
        "an unknown token",
        "[over ru]\nx\n{duratoin}\n",
        /line 3: \{duratoin\} is no token .*\{duration\}/,
      ],
      ["an unknown name", "[customers ru]\nx\n", /line 1: \[customers ru\] is none .*clients/],
      [
        "too long at the longest",
        `[over en]\n${"x".repeat(217)}{regions}\n`,
        /line 1: .*257.*shorten it by 1/,
      ],
    ];
    for (const [name, content, expected] of rows) {
      await t.step(name, async () => {
        await Deno.writeTextFile(`${cwd}/notices.txt`, content);
        const started = await run([], { cwd, env });
        assertEquals(started.code, CONFIG, started.stderr);
        assertMatch(started.stderr, /^NOTICE_FILE: in notices\.txt, line \d/m);
        assertMatch(started.stderr, expected);
        const examined = await run(["doctor"], { cwd, env });
        assertEquals(examined.code, CONFIG, examined.stdout);
        assertMatch(examined.stdout, /❌ NOTICE_FILE: in notices\.txt, line \d/);
      });
    }
    await t.step("no file: 78; the plugin looks at no such setting", async () => {
      await Deno.remove(`${cwd}/notices.txt`);
      const { code, stderr } = await run([], { cwd, env });
      assertEquals(code, CONFIG, stderr);
      assertMatch(stderr, /^NOTICE_FILE: names a file that does not exist or cannot be read/m);
      assertEquals((await run(["check"], { cwd, env })).code, 0);
    });
    await t.step(
      "right, in a file that nobody may write to: it starts, and the doctor says so",
      async () => {
        await Deno.writeTextFile(`${cwd}/notices.txt`, "[over ru]\nУра, {regions}!\n", {
          mode: 0o444,
        });
        const examined = await run(["doctor"], { cwd, env });
        assertMatch(examined.stdout, /✅ NOTICE_FILE: в файле notices\.txt ошибок нет/);
        const it = daemon(world, { NOTICE_FILE: "notices.txt" });
        await world.ask("/start");
        assertEquals((await it.end("SIGTERM")).code, 0);
      },
    );
  }, STOPPED);
});
