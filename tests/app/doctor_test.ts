import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { examined } from "../commands/doctor_world.ts";
import { startHranaServer } from "../hrana/server.ts";
import { startSocksProxy } from "../proxy.ts";
import { freePort, sqlite3 } from "../support.ts";
import { ADMIN, ANNA, GROUP, TOKEN, withWorld, type World } from "../world.ts";

const STOPPED = { isStarted: false };
const FORUM = -1_001_000_000_077;
const CHANNEL = -1_001_000_000_088;
const BIG = -1_001_000_000_099;
/** So often as nobody warns of it. */
const CALM = { CHECK_INTERVAL: "60" };

/** The one line that begins so. */
function line(lines: readonly string[], beginning: string): string {
  const found = lines.filter((it) => it.startsWith(beginning));
  assertEquals(found.length, 1, `${beginning}\n${lines.join("\n")}`);
  return found[0] ?? "";
}

function start(world: World): void {
  world.telegram.say(ADMIN, ADMIN, "/start");
}

Deno.test("doctor: before the first start all is well, and nothing is made", async () => {
  await withWorld(async (world) => {
    start(world);
    const port = String(freePort());
    const { code, printed, lines } = await examined(world, { ...CALM, HEALTH_PORT: port });
    assertEquals(code, 0, printed);
    assert(!/❌|⚠️/.test(printed), printed);
    assertEquals(lines.at(-2), "Всё в порядке.");
    line(lines, "✅ Настройки: ошибок нет. Регионы: ru; чатов для алертов: 1; администраторов: 1.");
    line(lines, `✅ База данных ${world.databaseFile}: ещё нет, появится при первом запуске.`);
    line(lines, `✅ Порт для /health свободен: 127.0.0.1:${port}.`);
    line(lines, `✅ Telegram (${world.telegram.apiRoot}): токен принят, бот @sandbox_bot.`);
    line(lines, "✅ Часы: ");
    line(lines, `✅ Чат ${GROUP} (GROUP_ID, GROUP_IDS): писать можно.`);
    line(lines, `✅ Чат ${ADMIN} (ADMIN_CHAT_ID): писать можно.`);
    const region = lines.indexOf(`✅ Регион ru (${new URL(world.bitrix24.url).host}): работает.`);
    assertMatch(
      lines[region + 1] ?? "",
      /^ {3}http:.*\?reg=ru&userLang=ru → HTTP 200, .* operational:$/,
    );
    assertMatch(lines[region + 2] ?? "", /^ {3}\{"result":"notice",.*"Всё отлично работает",/);
    assertEquals([...Deno.readDirSync(world.folder)], []);
    assert(
      !world.telegram.calls.some(({ method }) => /^(getupdates|send(?!chataction))/.test(method)),
    );
  }, STOPPED);
});

Deno.test("doctor: beside a running bot it says who works on the database, and holds up nobody", async () => {
  const HEALTH_PORT = String(freePort());
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    await world.ask("/status");
    const { code, printed, lines } = await examined(world, { HEALTH_PORT });
    assertEquals(code, 0, printed);
    line(lines, `✅ База данных ${world.databaseFile}: открывается, размер `);
    const holder = line(lines, "✅ С базой данных сейчас работает бот: ");
    assertMatch(holder, new RegExp(`process ${Deno.pid} on .*, version 0\\.0\\.0-test\\.$`));
    line(lines, `✅ Бот работает, 127.0.0.1:${HEALTH_PORT} отвечает: ok: telegram ok,`);
    await world.ask("/start");
    await world.stop();
    const after = await examined(world, CALM);
    line(after.lines, "✅ С базой данных сейчас никто не работает.");
    assertEquals(world.logged("WARNING").filter((it) => /lock|database/i.test(it)), []);
  }, { env: { ...CALM, HEALTH_PORT } });
});

Deno.test("doctor: what a running bot says is wrong with it", async () => {
  const HEALTH_PORT = String(freePort());
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    world.telegram.kick(GROUP);
    await world.stop();
    await world.start();
    await world.alert(ADMIN, "писать не получается");
    const { code, lines } = await examined(world, { HEALTH_PORT });
    assertEquals(code, 1);
    const at = lines.findIndex((it) => it.startsWith("⚠️ Бот работает, но не всё в порядке."));
    assertMatch(lines[at] ?? "", /отвечает: degraded: telegram ok/);
    assertMatch(lines[at + 1] ?? "", new RegExp(`^ {3}${GROUP}: .*kicked`));
  }, { env: { ...CALM, HEALTH_PORT } });
});

Deno.test("doctor: a wrong token, or an address without a Bot API, is told with where to mend it", async (t) => {
  await withWorld(async (world) => {
    await t.step("token", async () => {
      const wrong = `${TOKEN.slice(0, -1)}X`;
      const { code, printed, lines } = await examined(world, { ...CALM, BOT_TOKEN: wrong });
      assertEquals(code, 1);
      assertStringIncludes(line(lines, "❌ Telegram ("), "токен не принят (401 Unauthorized)");
      line(lines, "⚠️ Чаты из настроек: не проверены");
      assert(!printed.includes(wrong) && !printed.includes(wrong.slice(10)));
    });
    await t.step("nobody", async () => {
      const root = `http://127.0.0.1:${freePort()}`;
      const { lines } = await examined(world, { ...CALM, TELEGRAM_API_ROOT: root });
      const told = line(lines, `❌ Telegram (${root}): нет связи (`);
      assertEquals(told.match(/refused/g)?.length, 1, told);
      assert(!told.includes("/bot"), told);
    });
    await t.step("address", async () => {
      const { code, lines } = await examined(world, {
        ...CALM,
        BOT_LANG: "en",
        TELEGRAM_API_ROOT: world.bitrix24.url,
      });
      assertEquals(code, 1);
      assertMatch(
        line(lines, "❌ Telegram ("),
        /no Bot API answers there \(HTTP 404.*Check TELEGRAM_API_ROOT and BOT_TOKEN\.$/,
      );
    });
  }, STOPPED);
});

Deno.test("doctor: each chat of the settings, and what keeps the bot from writing there", async () => {
  await withWorld(async (world) => {
    const { telegram } = world;
    const members = { [ANNA]: "creator" } as const;
    telegram.addGroup({ id: FORUM, title: "Форум", isForum: true, members });
    telegram.addGroup({ id: CHANNEL, title: "Канал", type: "channel", members });
    telegram.readd(CHANNEL, "member");
    telegram.addGroup({ id: -700, title: "Старая", type: "group", members });
    telegram.migrate(-700, BIG);
    telegram.kick(GROUP);
    const { code, printed, lines } = await examined(world, {
      ...CALM,
      GROUP_IDS: `${FORUM},${CHANNEL},-700,-55`,
      ADMIN_CHAT_ID: String(ADMIN),
      ALLOWED_CHATS: `-66,${ANNA}`,
    });
    assertEquals(code, 1);
    const kicked = line(lines, `❌ Чат ${GROUP} (GROUP_ID, GROUP_IDS): писать нельзя: `);
    assertMatch(kicked, /bot was kicked.*Добавьте бота в этот чат/);
    assertStringIncludes(line(lines, `⚠️ Чат ${FORUM} `), "это форум");
    assertStringIncludes(line(lines, `❌ Чат ${CHANNEL} `), "в канале — публиковать");
    line(lines, `⚠️ Группа -700 из настроек стала супергруппой ${BIG}.`);
    assertStringIncludes(line(lines, "❌ Чат -55 "), "chat not found");
    assertStringIncludes(line(lines, `❌ Чат ${ADMIN} `), "нажмёт /start");
    line(lines, "⚠️ Чат -66 (ALLOWED_CHATS): писать нельзя: ");
    // Names and titles of people and chats are nobody's business.
    for (const name of ["Форум", "Канал", "Старая", "Дежурные", "Анна", "Админ"]) {
      assert(!printed.includes(name), name);
    }
  }, STOPPED);
});

Deno.test("doctor: an administrator who has blocked the bot is found without a message", async () => {
  await withWorld(async (world) => {
    start(world);
    world.telegram.block(ADMIN);
    const { code, lines } = await examined(world, CALM);
    assertEquals(code, 1);
    assertMatch(line(lines, `❌ Чат ${ADMIN} `), /bot was blocked by the user.*разблокируют/);
    assertEquals(world.fromBot(ADMIN), []);
  }, STOPPED);
});

Deno.test("doctor: a proxy that refuses the password, one that is dead, and one that is not used", async (t) => {
  await withWorld(async (world) => {
    start(world);
    const proxy = startSocksProxy({ credentials: { user: "other", password: "other" } });
    await t.step("refused", async () => {
      const address = `127.0.0.1:${proxy.port}`;
      const { code, printed, lines } = await examined(world, {
        ...CALM,
        TELEGRAM_PROXY: `socks5://anna:se7731@${address}`,
      });
      assertEquals(code, 1);
      line(lines, `✅ TELEGRAM_PROXY: прокси socks5://${address} принимает соединения`);
      assertStringIncludes(
        line(lines, "❌ Telegram ("),
        "TELEGRAM_PROXY: the proxy refuses the user or the password",
      );
      assert(!printed.includes("7731") && !printed.includes("anna"));
    });
    await proxy.close();
    await t.step("dead", async () => {
      const address = `127.0.0.1:${proxy.port}`;
      const TELEGRAM_PROXY = `http://anna:se7731@${address}`;
      const { code, printed, lines } = await examined(world, { ...CALM, TELEGRAM_PROXY });
      assertEquals(code, 1);
      assertMatch(
        line(lines, `❌ TELEGRAM_PROXY: прокси http://${address} недоступен`),
        /refused.*Проверьте адрес и порт в TELEGRAM_PROXY/,
      );
      assert(!printed.includes("7731") && !printed.includes("anna"));
    });
    await t.step("spared", async () => {
      const { lines } = await examined(world, {
        ...CALM,
        TELEGRAM_PROXY: `http://127.0.0.1:${proxy.port}`,
        NO_PROXY: "127.0.0.1",
      });
      line(lines, "⚠️ TELEGRAM_PROXY не используется: NO_PROXY называет 127.0.0.1:");
    });
  }, STOPPED);
});

Deno.test("doctor: what a status host answers is shown word for word, and how it is read", async (t) => {
  await withWorld(async (world) => {
    const { bitrix24 } = world;
    start(world);
    await t.step("an outage, of a code that no list has, is only odd", async () => {
      bitrix24.outage("zz", "Недоступна CRM.");
      const { code, lines } = await examined(world, { ...CALM, REGIONS: "zz" });
      assertEquals(code, 0);
      assertStringIncludes(line(lines, "⚠️ Регион zz ("), "сбой; кода нет в списке Bitrix24");
    });
    await t.step("a page in its place, with what terminals obey", async () => {
      const body = `<b>\u001b[2J\u202eПочти</b>\n${"я".repeat(600)}`;
      for (const place of ["json", "html"] as const) bitrix24.fault(place, { kind: "body", body });
      const { code, printed, lines } = await examined(world, CALM);
      assertEquals(code, 1);
      const at = lines.findIndex((it) => it.startsWith("❌ Регион ru ("));
      assertStringIncludes(lines[at] ?? "", "статус не прочитан: ответ ");
      assertMatch(
        lines[at + 1] ?? "",
        /json_status\.php.* → HTTP 200, прочитано как unreadable, not JSON:$/,
      );
      assertMatch(lines[at + 2] ?? "", /^ {3}<b>\\u001b\[2J\\u202eПочти<\/b>\\nя{400,}…$/);
      assertMatch(
        lines[at + 3] ?? "",
        /\/ → HTTP 200, прочитано как unreadable, the page shows neither/,
      );
      assert(!printed.includes("\u001b") && !printed.includes("\u202e"));
    });
    await t.step("an error with words of its own, then nothing at all", async () => {
      bitrix24.fault("json", { kind: "status", code: 403, body: "Your IP is blocked" });
      bitrix24.fault("html", { kind: "reset" });
      const { lines } = await examined(world, { ...CALM, BOT_LANG: "en" });
      const at = lines.findIndex((it) => it.startsWith("❌ Region ru ("));
      assertMatch(lines[at + 1] ?? "", /→ HTTP 403, read as unreadable, HTTP 403:$/);
      assertEquals(lines[at + 2], "   Your IP is blocked");
      assertMatch(lines[at + 3] ?? "", /\/ → no answer, read as unreadable, /);
    });
    await t.step("read from the page", async () => {
      bitrix24.fault("html", undefined);
      const { code, lines } = await examined(world, CALM);
      assertEquals(code, 0);
      assertStringIncludes(
        line(lines, "⚠️ Регион ru ("),
        "работает; лента не читается, прочитано со страницы",
      );
    });
    await t.step("a host that hangs is not waited for", async () => {
      bitrix24.fault("json", { kind: "hang" });
      bitrix24.fault("html", { kind: "hang" });
      const { code, lines } = await examined(world, CALM);
      assertEquals(code, 1);
      assertStringIncludes(
        line(lines, "❌ Регион ru ("),
        "(feed and page: no answer within 1000 ms)",
      );
    });
  }, STOPPED);
});

Deno.test("doctor: what is wrong with the database", async (t) => {
  await withWorld(async (world) => {
    const { databaseFile: file } = world;
    await world.ask("/start", ADMIN, ADMIN);
    await world.stop();
    await t.step("it is another bot's: 78, as at a start", async () => {
      await sqlite3(file, "UPDATE settings SET value = '42' WHERE name = 'bot_id'");
      const { code, lines } = await examined(world, CALM);
      assertEquals(code, 78);
      assertMatch(line(lines, "❌ DATABASE_URL: "), /belongs to the bot with the id 42/);
      await sqlite3(file, "UPDATE settings SET value = '123456789' WHERE name = 'bot_id'");
    });
    await t.step("it is in a place where nothing can be written", async () => {
      const { code, lines } = await examined(world, {
        ...CALM,
        DATABASE_URL: "file:/proc/none/bot.db",
      });
      assertEquals(code, 1);
      assertMatch(line(lines, "❌ Папка /proc/none: "), /chown/);
    });
    await t.step("it is gone, and there is a backup", async () => {
      await Deno.mkdir(`${world.folder}/backups`);
      const copy = `${world.folder}/backups/bot-2026-11-27T10-00-00Z.db`;
      await sqlite3(file, `VACUUM INTO '${copy}'`);
      // What is still in the log of the file must not come up under another one.
      for (const part of ["", "-wal", "-shm"]) await Deno.remove(file + part).catch(() => {});
      const { code, lines } = await examined(world, CALM);
      assertEquals(code, 0);
      assertMatch(line(lines, "⚠️ Базы данных нет, но есть её копия "), /\(подписчиков: 1\)/);
    });
    await t.step("it is damaged", async () => {
      await Deno.writeFile(file, new Uint8Array(20_000).fill(0x41));
      const { code, lines } = await examined(world, CALM);
      assertEquals(code, 1);
      assertStringIncludes(line(lines, `❌ База данных ${file}: `), "файл повреждён");
    });
  });
});

Deno.test("doctor: a database server that is new, that a bot works on, and that does not answer", async () => {
  await withWorld(async (world) => {
    start(world);
    const server = startHranaServer(`${world.folder}/server.db`);
    const env = { ...CALM, DATABASE_URL: server.url };
    line((await examined(world, env)).lines, `✅ База данных ${server.url}: ещё нет, появится`);
    const bot = world.another(env);
    await bot.start();
    const beside = await examined(world, env);
    assertEquals(beside.code, 0, beside.printed);
    line(beside.lines, `✅ С базой данных сейчас работает бот: process ${Deno.pid} on `);
    await bot.stop();
    line((await examined(world, env)).lines, "✅ С базой данных сейчас никто не работает.");
    await server.close();
    const away = await examined(world, env);
    assertEquals(away.code, 1);
    assertMatch(
      line(away.lines, `❌ База данных ${server.url}: `),
      /Сервер базы данных не отвечает\..*DATABASE_AUTH_TOKEN/,
    );
  }, STOPPED);
});

Deno.test("doctor: the port of the health server is somebody else's, or never to be had", async () => {
  await withWorld(async (world) => {
    start(world);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    void listener.accept().then((it) => it.close());
    const taken = await examined(world, { ...CALM, HEALTH_PORT: String(port) });
    assertEquals(taken.code, 1);
    line(taken.lines, `❌ 127.0.0.1:${port} занят другой программой`);
    const never = await examined(world, { ...CALM, HEALTH_HOST: "192.0.2.1", HEALTH_PORT: "8099" });
    assertEquals(never.code, 78);
    line(never.lines, "❌ HEALTH_HOST: is no address of this machine to listen on");
  }, STOPPED);
});

Deno.test("doctor: a clock that is wrong by Telegram's, and a webhook", async () => {
  await withWorld(async (world) => {
    start(world);
    await using relay = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const { pathname } = new URL(request.url);
        const answer = await fetch(world.telegram.apiRoot + pathname, {
          method: request.method,
          headers: { "content-type": "application/json" },
          body: await request.text() || null,
        });
        const body = pathname.endsWith("/getWebhookInfo")
          ? '{"ok":true,"result":{"url":"https://example.org/path-7731"}}'
          : await answer.text();
        const date = new Date(Date.now() - 2 * 3_600_000).toUTCString();
        return new Response(body, { status: answer.status, headers: { date } });
      },
    );
    const { code, printed, lines } = await examined(world, {
      ...CALM,
      TELEGRAM_API_ROOT: `http://127.0.0.1:${relay.addr.port}`,
    });
    assertEquals(code, 1);
    line(lines, "⚠️ Telegram: у бота стоит webhook на example.org.");
    assert(!printed.includes("7731"));
    assertMatch(line(lines, "❌ Часы этой машины спешат"), /2 часа.*timedatectl set-ntp true$/);
  }, STOPPED);
});

Deno.test("doctor: wrong settings are told in the same lines as at a start, and nothing else is asked", async () => {
  await withWorld(async (world) => {
    const { code, lines } = await examined(world, {
      BOT_LANG: "en",
      GROUP_ID: "x",
      CHECK_INTERVAL: "0",
    });
    assertEquals(code, 78);
    assertMatch(
      line(lines, "❌ GROUP_ID: "),
      /not a whole number; .* Example: GROUP_ID=-1001234567890$/,
    );
    line(lines, "❌ CHECK_INTERVAL: ");
    assertMatch(lines.at(-2) ?? "", /^With these settings the bot does not start/);
    assertEquals([world.telegram.calls.length, world.bitrix24.requests.length], [0, 0]);
  }, STOPPED);
});
