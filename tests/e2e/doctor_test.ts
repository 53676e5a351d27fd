import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { startSocksProxy } from "../proxy.ts";
import { freePort } from "../support.ts";
import { ADMIN, TOKEN, withWorld } from "../world.ts";
import { daemon, run, runForHead } from "./program.ts";

const STOPPED = { isStarted: false };
const SECRETS = {
  DATABASE_AUTH_TOKEN: "database-token-7731",
  HEARTBEAT_URL: "https://127.0.0.1:9/heartbeat-key-7731",
  TELEGRAM_PROXY: "socks5://proxy-user:proxy-pass-7731@",
};

Deno.test("end to end: doctor before the first start, beside the running bot, and when something is wrong", async (t) => {
  await withWorld(async (world) => {
    const { folder: cwd } = world;
    world.telegram.say(ADMIN, ADMIN, "/start");
    const HEALTH_PORT = String(freePort());
    const env: Record<string, string> = { ...world.env, HEALTH_PORT };
    const doctor = (more: Record<string, string> = {}) =>
      run(["doctor"], { env: { ...env, ...more }, cwd });
    await t.step("0 before the first start", async () => {
      const { code, stdout, stderr } = await doctor();
      assertEquals([code, stderr], [0, ""], stdout);
      assertMatch(stdout, /^🩺 bitrix24-bot \d+\.\d+\.\d+/);
      assertStringIncludes(stdout, "появится при первом запуске");
      assertEquals([...Deno.readDirSync(cwd)], []);
    });
    const bot = daemon(world, { HEALTH_PORT, CHECK_INTERVAL: "60" });
    await world.ask("/status");
    await t.step("0 beside the running bot, which is named", async () => {
      const { code, stdout } = await doctor();
      assertEquals(code, 0, stdout);
      assertStringIncludes(stdout, `сейчас работает бот: process ${bot.child.pid} on `);
      assertMatch(stdout, /✅ Бот работает, 127\.0\.0\.1:\d+ отвечает: ok/);
      await world.ask("/stats");
    });
    const { code, log } = await bot.end("SIGTERM");
    assertEquals(code, 0, log);
    assert(!/ (WARNING|ERROR) store/.test(log), log);
    await t.step("1 with secrets of all kinds, none of which is shown", async () => {
      const proxy = startSocksProxy({ credentials: { user: "a", password: "b" } });
      const { code, stdout, stderr } = await doctor({
        ...SECRETS,
        TELEGRAM_PROXY: `${SECRETS.TELEGRAM_PROXY}127.0.0.1:${proxy.port}`,
      });
      await proxy.close();
      assertEquals([code, stderr], [1, ""]);
      assertStringIncludes(stdout, "TELEGRAM_PROXY: the proxy refuses the user or the password");
      assertStringIncludes(stdout, "❌ HEARTBEAT_URL: 127.0.0.1:9 недоступен");
      for (const secret of ["7731", "proxy-user", TOKEN.slice(10), "heartbeat-key", "Админ"]) {
        assert(!stdout.includes(secret), secret);
      }
    });
    await t.step(
      "78 with wrong settings and an .env that is a folder, all on standard output",
      async () => {
        await Deno.mkdir(`${cwd}/.env`);
        const { BOT_TOKEN: _token, ...rest } = env;
        const { code, stdout, stderr } = await run(["doctor"], {
          env: { ...rest, BOT_LANG: "en", TELEGRAM_PROXY: "http://u:pass7731@h/path" },
          cwd,
        });
        await Deno.remove(`${cwd}/.env`);
        assertEquals([code, stderr], [78, ""]);
        assertMatch(stdout, /^❌ \.env is a folder, .*rmdir \.env/m);
        assertMatch(stdout, /^❌ BOT_TOKEN: is not set; @BotFather gives one/m);
        assertMatch(stdout, /^❌ TELEGRAM_PROXY: has something behind the port/m);
        assert(!stdout.includes("7731"), stdout);
      },
    );
    await t.step("read by somebody who soon has enough, and asked how it is called", async () => {
      const { code, head } = await runForHead(["doctor"], { env, cwd });
      assertEquals(code, 0);
      assertMatch(head, /^🩺/);
      assertEquals((await run(["doctor", "a", "b"], { env, cwd })).code, 64);
      assertMatch((await run(["doctor", "--help"], { env, cwd })).stdout, /Exit codes: 0 all well/);
    });
  }, STOPPED);
});
