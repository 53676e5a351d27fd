import { type Health, healthOf, Link } from "../../src/health/health.ts";
import { connectService, type Service, type ServiceEnvironment } from "../../src/health/systemd.ts";
import { redact } from "../../src/log/logger.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { arrayLogger } from "../delivering/doubles.ts";
import { withFolder } from "../support.ts";

const TOKEN = "123456789:AAE-sandbox_token_that_is_no_secret";

/** What systemd would be: a socket of the real kind, and what has been said on it. */
class Manager {
  readonly #socket: Deno.DatagramConn;
  readonly log = Object.assign(arrayLogger(), {
    critical: (message: string) => this.log.lines.push({ level: "CRITICAL", message, fields: {} }),
    with: () => this.log,
  });
  health: () => Health = () => wellAt("first check");

  constructor(readonly path: string) {
    this.#socket = Deno.listenDatagram({ transport: "unixpacket", path });
  }

  connect(
    env: ServiceEnvironment = {},
    options: { readyPatienceMs?: number; elapsed?: () => number } = {},
  ): Service {
    const service = connectService({ NOTIFY_SOCKET: this.path, ...env }, {
      // deno-lint-ignore no-explicit-any -- critical() answers with a number here, which nobody reads
      logger: this.log as any,
      redact,
      lookMs: 1,
      ...options,
    });
    assert(service);
    return service;
  }

  /** The next datagram, as the assignments it is made of. */
  async heard(): Promise<Record<string, string>> {
    const [bytes] = await this.#socket.receive();
    const lines = new TextDecoder().decode(bytes).split("\n");
    return Object.fromEntries(lines.map((it) => it.split(/=(.*)/s, 2)));
  }

  /** Waits for a datagram with this assignment; what came on the way to it. */
  async until(name: string, value: string): Promise<Record<string, string>[]> {
    const all = [];
    while (true) {
      const it = await this.heard();
      all.push(it);
      if (it[name] === value) return all;
    }
  }

  close(): void {
    this.#socket.close();
  }
}

async function withManager(use: (manager: Manager) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const manager = new Manager(`${folder}/notify`);
    try {
      await use(manager);
    } finally {
      manager.close();
    }
  });
}

/** All is well, and a check was complete at this time. */
function wellAt(lastCheck: string, error: string | null = null): Health {
  const link = new Link();
  link.answered(0);
  const health = healthOf({
    version: "",
    startedAt: 0,
    telegram: link,
    database: link,
    healthServer: new Link(),
    views: [],
    monitoringOn: true,
    lastCheckAt: 0,
    longestCheckGapMs: 1,
    longestReadingAgeMs: 1,
    errorsLastHour: 0,
    reasons: [],
    unreachable: [],
    links: [],
  }, 0);
  return { ...health, last_check: lastCheck, telegram: { ...health.telegram, error } };
}

const WATCH = { longestCheckGapMs: 60_000 };
const STARTING = "Starting: asking Telegram";

Deno.test("service: ready with the first poll, not before; then what it does; then its stop", async () => {
  await withManager(async (it) => {
    const service = it.connect();
    assertEquals(await it.heard(), { STATUS: "Starting" });
    service.polled();
    service.watch(() => it.health(), WATCH);
    assertEquals(await it.heard(), { STATUS: STARTING }, "a poll before the start is none");
    service.polled();
    assertEquals(await it.heard(), {
      READY: "1",
      STATUS: "Watching : all operational; Telegram answers",
    });
    service.polled();
    it.health = () => wellAt("next", "no answer in time");
    const unreachable = "Watching : all operational; Telegram unreachable: no answer in time";
    assertEquals(
      await it.heard(),
      { STATUS: unreachable },
      "neither READY nor the same line twice",
    );
    service.stopping();
    assertEquals(await it.heard(), { STOPPING: "1", STATUS: "Stopping" });
    service.polled();
    service.watch(() => it.health(), WATCH);
    await service.close();
    assertEquals(it.log.lines, []);
  });
});

Deno.test("service: who never hears of the first poll is ready all the same, in time", async () => {
  await withManager(async (it) => {
    const service = it.connect({}, { readyPatienceMs: 1 });
    service.watch(() => it.health(), WATCH);
    await it.until("READY", "1");
    await service.close();
  });
});

Deno.test("service: a start that waits for a locked database is given the time", async () => {
  await withManager(async (it) => {
    const service = it.connect();
    assertEquals(await it.heard(), { STATUS: "Starting" });
    const EXTEND_TIMEOUT_USEC = "60000000";
    service.waitsForDatabase();
    const STATUS = "Starting: waiting for the database, which another program holds locked";
    assertEquals(await it.heard(), { EXTEND_TIMEOUT_USEC, STATUS });
    service.waitsForDatabase();
    assertEquals(await it.heard(), { EXTEND_TIMEOUT_USEC });
    await service.close();
  });
});

Deno.test("service: who stands by has started, says so, feeds the watchdog, and begins when its turn comes", async () => {
  await withManager(async (it) => {
    const service = it.connect({ WATCHDOG_USEC: "60000000" });
    assertEquals(await it.heard(), { STATUS: "Starting" });
    service.standsBy("process 7 on here");
    const STATUS = "Standing by: another bot works on this database (process 7 on here)";
    assertEquals(await it.heard(), { READY: "1", STATUS });
    assertEquals(await it.heard(), { WATCHDOG: "1" });
    service.watch(() => it.health(), WATCH);
    await it.until("STATUS", STARTING);
    service.polled();
    await it.until("STATUS", "Watching : all operational; Telegram answers");
    await service.close();
  });
});

Deno.test("service: the watchdog is fed while the checks run, and only then", async () => {
  await withManager(async (it) => {
    let now = 0;
    // Each look is five seconds after the one before, or so it seems.
    const service = it.connect({ WATCHDOG_USEC: "60000000", WATCHDOG_PID: String(Deno.pid) }, {
      elapsed: () => now += 5_000,
    });
    const isFed = (said: Record<string, string>[]) => said.some((it) => it.WATCHDOG === "1");
    service.watch(() => it.health(), { longestCheckGapMs: 60_000 });
    service.polled();
    const stalled = "no check has been complete since";
    const said: Record<string, string>[] = [];
    do said.push(await it.heard()); while (!said.at(-1)?.STATUS?.includes(stalled));
    assert(isFed(said), "it was fed at first");
    assert(!isFed(said.slice(-1)), "it was fed although no check came");
    const fed = said.filter((it) => it.WATCHDOG === "1").length;
    assert(fed <= 13, `it was fed ${fed} times in a minute`);
    assertEquals(it.log.lines.map((line) => line.level), ["CRITICAL"]);

    it.health = () => wellAt("at last");
    assertEquals((await it.heard()).WATCHDOG, "1");
    await service.close();
  });
});

Deno.test("service: a watchdog that is not there, or is somebody else's, is not fed", async (t) => {
  const others: ServiceEnvironment[] = [
    {},
    { WATCHDOG_USEC: "" },
    { WATCHDOG_USEC: "0" },
    { WATCHDOG_USEC: "soon" },
    { WATCHDOG_USEC: "60000000", WATCHDOG_PID: String(Deno.pid + 1) },
  ];
  for (const env of others) {
    await t.step(JSON.stringify(env), async () => {
      await withManager(async (it) => {
        const service = it.connect(env);
        service.watch(() => it.health(), WATCH);
        service.polled();
        service.stopping();
        const said = await it.until("STOPPING", "1");
        assertEquals(said.filter((it) => "WATCHDOG" in it), []);
        await service.close();
      });
    });
  }
});

Deno.test("service: neither a token nor a second line gets into the status", async () => {
  await withManager(async (it) => {
    const service = it.connect();
    service.failed(`https://api.telegram.org/bot${TOKEN}/getMe\nREADY=1`);
    const { STATUS = "", ...rest } = await it.heard();
    assertEquals(rest, {});
    assertStringIncludes(STATUS, "Cannot start: https://api.telegram.org/bot");
    assert(!STATUS.includes(TOKEN.slice(10)), STATUS);
    await service.close();
  });
});

Deno.test("service: where nobody listens, it is one warning and the bot goes on", async (t) => {
  await t.step("nobody was asked for", () => {
    const logger = arrayLogger() as never;
    assertEquals(connectService({ WATCHDOG_USEC: "1000000" }, { logger, redact }), null);
    assertEquals(connectService({ NOTIFY_SOCKET: "" }, { logger, redact }), null);
  });
  await t.step("no socket of this machine", () => {
    const logger = arrayLogger();
    const env = { NOTIFY_SOCKET: "vsock:2:1234" };
    assertEquals(connectService(env, { logger: logger as never, redact }), null);
    assertEquals(logger.lines.map((it) => it.level), ["WARNING"]);
  });
  for (const NOTIFY_SOCKET of ["/nowhere/at/all", "@bitrix24-bot/nobody/listens"]) {
    await t.step(NOTIFY_SOCKET, async () => {
      const logger = arrayLogger();
      const service = connectService({ NOTIFY_SOCKET }, { logger: logger as never, redact });
      assert(service);
      service.watch(() => wellAt("now"), WATCH);
      service.polled();
      service.stopping();
      await service.close();
      assertEquals(logger.lines.map((it) => it.level), ["WARNING"]);
    });
  }
  await t.step("who listened has gone", async () => {
    await withFolder(async (folder) => {
      const manager = new Manager(`${folder}/notify`);
      const service = manager.connect();
      await manager.heard();
      manager.close();
      service.stopping();
      await service.close();
      assertEquals(manager.log.lines.map((it) => it.level), ["WARNING"]);
    });
  });
});
