// What other users of the machine can do to the program.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { freePort, withFolder } from "../support.ts";
import { ADMIN, withWorld } from "../world.ts";
import { daemon, run } from "./program.ts";

const BINARY = Deno.env.get("BITRIX24_BOT_BINARY");
const STRANGER = 61_234;
const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;
const STOPPED = { isStarted: false };

const modeOf = (path: string) => ((Deno.statSync(path).mode ?? 0) & 0o777).toString(8);

Deno.test({
  name:
    "end to end: what others left in the temporary folder is not read, and nothing is left there",
  ignore: !BINARY,
  async fn() {
    await withFolder(async (TMPDIR) => {
      const cache = `${TMPDIR}/deno-compile-bitrix24-bot.cache`;
      await Deno.writeTextFile(cache, "planted");
      await Deno.utime(cache, new Date(0), new Date(1_000));
      const before = Deno.statSync(cache);
      await withFolder(async (cwd) => {
        for (const args of [["--version"], ["export"], ["import", "none"]]) {
          await run(args, { cwd, env: { TMPDIR } });
        }
      });
      assertEquals(await Array.fromAsync(Deno.readDir(TMPDIR), (it) => it.name), [
        "deno-compile-bitrix24-bot.cache",
      ]);
      const { atime, mtime } = Deno.statSync(cache);
      assertEquals([atime, mtime], [before.atime, before.mtime]);
    });
  },
});

Deno.test("end to end: started by hand, what it writes is its owner's alone, and readable secrets are told", async () => {
  await withWorld(async (world) => {
    const { DATABASE_URL: _database, LOG_FILE: _log, BOT_TOKEN = "", ...env } = world.env;
    const { folder } = world;
    await Deno.chmod(folder, 0o755);
    await Deno.writeTextFile(`${folder}/.env`, `BOT_TOKEN=${BOT_TOKEN}\n`);
    await Deno.chmod(`${folder}/.env`, 0o644);
    const it = daemon({ ...world, folder, env } as typeof world, {});
    await world.ask("/start");
    const files = ["data", "data/bot.db", "data/bot.db-wal", "data/bot.log"];
    assertEquals(files.map((it) => modeOf(`${folder}/${it}`)), ["700", "600", "600", "600"]);
    const { code, log } = await it.end("SIGTERM");
    assertEquals(code, 0, log);
    assertMatch(log, / WARNING .*[Oo]ther users.*chmod 600 \.env/);
  }, STOPPED);
});

Deno.test("end to end: the .env of a folder that others may write to is not obeyed, and that is said", async (t) => {
  await withWorld(async ({ bitrix24 }) => {
    await withFolder(async (cwd) => {
      await Deno.writeTextFile(`${cwd}/.env`, `STATUS_URL=${bitrix24.url}\nDATABASE_URL=file:x.db`);
      const obeyed = async () => {
        const before = bitrix24.requests.length;
        const { stderr } = await run(["check", "-t", "1"], { cwd, env: { REQUEST_TIMEOUT: "1" } });
        const isTold = /^\.env is not read, because its folder /m.test(stderr);
        const isObeyed = bitrix24.requests.length > before;
        assertEquals(isTold, !isObeyed, stderr);
        return isObeyed;
      };
      const rows: [string, number, number | null, boolean][] = [
        ["ours", 0o755, null, true],
        ["ours, a group may write", 0o775, null, true],
        ["everybody may write", 0o777, null, false],
        ["everybody may write, sticky as /tmp", 0o1777, null, false],
        ["another user's", 0o755, STRANGER, false],
      ];
      for (const [name, mode, owner, expected] of rows) {
        await t.step({
          name,
          ignore: owner !== null && !isRoot,
          async fn() {
            await Deno.chmod(cwd, mode);
            if (owner !== null) await Deno.chown(cwd, owner, owner);
            assertEquals(await obeyed(), expected);
          },
        });
      }
      await t.step({
        name: "root's, with a file of another user's, as in a container",
        ignore: !isRoot,
        async fn() {
          await Deno.chown(cwd, 0, 0);
          await Deno.chmod(cwd, 0o755);
          await Deno.chown(`${cwd}/.env`, STRANGER, STRANGER);
          assertEquals(await obeyed(), true);
        },
      });
      await t.step("by the other commands neither", async () => {
        await Deno.chmod(cwd, 0o777);
        for (const args of [["backup", "copy.db"], ["export"], ["health"], ["run"]]) {
          const { stderr } = await run(args, { cwd, env: { HEALTH_PORT: "1" } });
          assertMatch(stderr, /^\.env is not read/, args[0]);
          assert(!stderr.includes("x.db"), stderr);
        }
      });
    });
  }, STOPPED);
});

Deno.test("end to end: whoever takes the port first keeps the bot from nothing but its port", async () => {
  await withWorld(async (world) => {
    const port = freePort();
    const other = Deno.listen({ hostname: "127.0.0.1", port });
    const it = daemon(world, { HEALTH_PORT: String(port) });
    // Either may come first.
    world.telegram.say(ADMIN, ADMIN, "/start");
    await world.alert(ADMIN, "Здравствуйте");
    await world.alert(ADMIN, `127.0.0.1:${port}`);
    assertStringIncludes((await world.ask("/health", ADMIN, ADMIN)).text ?? "", "HEALTH_PORT");
    other.close();
    const answer = async () => await (await fetch(`http://127.0.0.1:${port}/live`)).text();
    while (await answer().catch(() => null) !== "alive\n") {
      await new Promise((done) => setTimeout(done, 50));
    }
    const { text } = await world.ask("/health", ADMIN, ADMIN);
    assert(!text?.includes("HEALTH_PORT"), text);
    const { code, log } = await it.end("SIGTERM");
    assertEquals(code, 0, log);
    assertMatch(log, / ERROR .*health server does not listen.*another program holds the port/);
    assertEquals(world.fromBot(ADMIN).filter((it) => it.text?.includes(`:${port}`)).length, 1);
  }, STOPPED);
});

Deno.test("end to end: a HEALTH_HOST that can never be listened on is named, with 78", async (t) => {
  await withWorld(async (world) => {
    const rows = [["HEALTH_HOST", "192.0.2.1"], ["HEALTH_HOST", "no-such-host.invalid"]] as const;
    for (const [name, value] of rows) {
      await t.step(value, async () => {
        const env = { ...world.env, HEALTH_PORT: String(freePort()), [name]: value };
        const { code, stderr } = await run([], { env, cwd: world.folder });
        assertEquals(code, 78, stderr);
        assertMatch(stderr, /^HEALTH_HOST: is no address of this machine.* Example: HEALTH_HOST=/m);
      });
    }
  }, STOPPED);
});
