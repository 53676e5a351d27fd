import { createHttpClient } from "../../src/telegram/http_client.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import {
  HIDDEN_HOST,
  startHttpProxy,
  startSocksProxy,
  startTlsFront,
  TEST_CERT,
  type TestProxy,
} from "../proxy.ts";
import { freePort } from "../support.ts";
import { ANNA, TOKEN, withWorld, type World } from "../world.ts";
import { daemon } from "./program.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";
/** Each needs percent-encoding in an address. */
const CREDENTIALS = { user: "bot@office", password: "p/ä:s%s#word-7731" };
const USERINFO = [CREDENTIALS.user, CREDENTIALS.password].map(encodeURIComponent).join(":");

type Kind = "http" | "https" | "socks5" | "socks5h";

function startProxy(kind: Kind, options: Parameters<typeof startSocksProxy>[0] = {}): TestProxy {
  if (kind.startsWith("socks5")) return startSocksProxy(options);
  return startHttpProxy({ ...options, tls: kind === "https" });
}

/** No way leads to Telegram but the proxy: nobody else knows the host of TELEGRAM_API_ROOT. */
async function settings(world: World, apiPort: number, proxy: string) {
  const scheme = apiPort === apiPortOf(world) ? "http" : "https";
  await Deno.writeTextFile(`${world.folder}/cert.pem`, TEST_CERT);
  return {
    TELEGRAM_API_ROOT: `${scheme}://${HIDDEN_HOST}:${apiPort}`,
    TELEGRAM_PROXY: proxy,
    CA_FILE: `${world.folder}/cert.pem`,
  };
}

function apiPortOf(world: World): number {
  return Number(new URL(world.telegram.apiRoot).port);
}

/** Nothing that a bot leaves behind, or says, has the password in it. */
async function assertSecret(world: World, ...texts: string[]): Promise<void> {
  texts.push(await Deno.readTextFile(`${world.folder}/bot.log`));
  for (const text of texts) {
    for (const form of [CREDENTIALS.password, encodeURIComponent(CREDENTIALS.password), "7731"]) {
      assert(!text.includes(form), `the proxy's password is in: ${text}`);
    }
    assert(!text.includes(TOKEN.slice(10)), "the token is in there");
  }
}

const CASES: { kind: Kind; hasCredentials: boolean; root: "http" | "https" }[] = [
  { kind: "http", hasCredentials: false, root: "http" },
  { kind: "http", hasCredentials: true, root: "https" },
  { kind: "https", hasCredentials: false, root: "http" },
  { kind: "https", hasCredentials: true, root: "https" },
  { kind: "socks5", hasCredentials: false, root: "https" },
  { kind: "socks5", hasCredentials: true, root: "http" },
  { kind: "socks5h", hasCredentials: true, root: "https" },
];

for (const { kind, hasCredentials, root } of CASES) {
  const access = hasCredentials ? "with user and password" : "open to all";
  Deno.test(`end to end: ${kind} proxy, ${access}, carries every call to an ${root} Telegram`, async () => {
    await withWorld(async (world) => {
      const proxy = startProxy(kind, hasCredentials ? { credentials: CREDENTIALS } : {});
      const front = startTlsFront(apiPortOf(world));
      const apiPort = root === "http" ? apiPortOf(world) : front.port;
      const healthPort = freePort();
      const it = daemon(world, {
        ...await settings(
          world,
          apiPort,
          `${kind}://${hasCredentials ? `${USERINFO}@` : ""}127.0.0.1:${proxy.port}`,
        ),
        HEALTH_PORT: String(healthPort),
      });
      await world.ask("/start");
      world.bitrix24.outage("ru", OUTAGE);
      await world.alert(ANNA, ALERT);
      const health = await (await fetch(`http://127.0.0.1:${healthPort}/health`)).text();
      const { code, log, stdout } = await it.end("SIGTERM");
      await proxy.close();
      await front.close();

      assertEquals(code, 0, log);
      assertEquals(proxy.refused, []);
      // The status host is not among them.
      const verb = kind.startsWith("socks5") ? "SOCKS" : root === "https" ? "CONNECT" : "POST";
      assertEquals([...new Set(proxy.relayed)], [`${verb} ${HIDDEN_HOST}:${apiPort}`]);
      assertEquals(world.violations(), []);
      await assertSecret(world, log, stdout, health);
    }, { isStarted: false });
  });
}

Deno.test("end to end: a proxy that goes away and comes back, with news meanwhile", async () => {
  await withWorld(async (world) => {
    const proxy = startProxy("socks5", { credentials: CREDENTIALS });
    const env = await settings(
      world,
      apiPortOf(world),
      `socks5://${USERINFO}@127.0.0.1:${proxy.port}`,
    );
    const it = daemon(world, env);
    await world.ask("/start");
    await proxy.close();
    world.bitrix24.outage("ru", OUTAGE);
    await world.checks(2);
    const again = startProxy("socks5", { credentials: CREDENTIALS, port: proxy.port });
    await world.alert(ANNA, ALERT);
    await world.ask("/getid");
    const { code, log } = await it.end("SIGTERM");
    await again.close();
    assertEquals(code, 0, log);
    assertStringIncludes(log, "Polling works again");
    assertStringIncludes(log, "TELEGRAM_PROXY: the proxy cannot be reached");
    await assertSecret(world, log);
  }, { isStarted: false });
});

Deno.test("end to end: a proxy that refuses the password: no call gets through, and the password nowhere", async (t) => {
  for (const kind of ["http", "https", "socks5", "socks5h"] as const) {
    await t.step(kind, async () => {
      await withWorld(async (world) => {
        const proxy = startProxy(kind, { credentials: { user: "other", password: "other" } });
        const front = startTlsFront(apiPortOf(world));
        const healthPort = freePort();
        const it = daemon(world, {
          ...await settings(world, front.port, `${kind}://${USERINFO}@127.0.0.1:${proxy.port}`),
          HEALTH_PORT: String(healthPort),
        });
        await world.checks(2);
        const health = await fetch(`http://127.0.0.1:${healthPort}/health`);
        const { telegram, bitrix24 } = await health.json();
        const { code, log, stdout } = await it.end("SIGTERM");
        await proxy.close();
        await front.close();
        assertEquals([code, telegram.ok, bitrix24.ok], [0, false, true]);
        assert(proxy.refused.length > 0);
        assertStringIncludes(log, "Polling failed");
        assertEquals(telegram.error, "TELEGRAM_PROXY: the proxy refuses the user or the password");
        assertStringIncludes(log, telegram.error);
        await assertSecret(world, log, stdout, JSON.stringify(telegram));
      }, { isStarted: false });
    });
  }
});

Deno.test("createHttpClient() passes credentials on as they are meant", async (t) => {
  const origin = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("reached"),
  );
  const cases: [string, string, string][] = [
    ["plain", "anna:secret", "anna:secret"],
    ["percent-encoded", USERINFO, `${CREDENTIALS.user}:${CREDENTIALS.password}`],
    ["an @ as it is", "anna:p@ss", "anna:p@ss"],
    ["a % as it is", "anna:100%", "anna:100%"],
    ["letters as they are", "анна:пароль", "анна:пароль"],
    ["codes of no letter", "anna:%FF%41", "anna:%FF%41"],
    ["a user alone", "anna", "anna:"],
    ["a password alone", ":secret", ":secret"],
  ];
  for (const kind of ["http", "socks5"] as const) {
    for (const [name, userinfo, meant] of cases) {
      // SOCKS5 knows no empty user and no empty password (RFC 1929).
      if (kind === "socks5" && /^:|:$/.test(meant)) continue;
      await t.step(`${kind}: ${name}`, async () => {
        const [user = "", ...password] = meant.split(":");
        const credentials = { user, password: password.join(":") };
        if (name === "percent-encoded") Object.assign(credentials, CREDENTIALS);
        const proxy = startProxy(kind, { credentials });
        using client = createHttpClient(`${kind}://${userinfo}@127.0.0.1:${proxy.port}`);
        const answer = await fetch(`http://${HIDDEN_HOST}:${origin.addr.port}/`, { client });
        assertEquals(await answer.text(), "reached");
        await proxy.close();
      });
    }
  }
  await origin.shutdown();
});

Deno.test("createHttpClient() goes past the proxy to a host that NO_PROXY names, and to no other", async () => {
  const origin = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("reached"),
  );
  // In a process of its own, whose environment is nobody else's.
  const ask = `
    const { createHttpClient } = await import(Deno.args[0]);
    using client = createHttpClient(Deno.args[1]);
    console.log(await (await fetch(Deno.args[2], { client })).text());`;
  for (const kind of ["http", "socks5"] as const) {
    const proxy = startProxy(kind);
    for (const [NO_PROXY, relayed] of [["localhost", 0], ["elsewhere.example", 1]] as const) {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["eval", "--unstable-net", "--no-check", ask],
          new URL("../../src/telegram/http_client.ts", import.meta.url).href,
          `${kind}://127.0.0.1:${proxy.port}`,
          `http://localhost:${origin.addr.port}/`,
        ],
        env: { NO_PROXY },
        stderr: "inherit",
      }).output();
      const answer = new TextDecoder().decode(stdout).trim();
      assertEquals([answer, proxy.relayed.length], ["reached", relayed]);
    }
    await proxy.close();
  }
  await origin.shutdown();
});

Deno.test("createHttpClient() does not show an address that it cannot understand", () => {
  for (const address of ["http://anna:7731@", "ftp://anna:7731@host", "anna:7731@host", ""]) {
    const error = assertThrows(() => createHttpClient(address));
    assert(error instanceof TypeError && !error.message.includes("7731"));
  }
});
