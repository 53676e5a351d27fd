import fc from "fast-check";
import { type Logging, type LoggingOptions, redact, setUpLogging } from "../../src/log/logger.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertObjectMatch,
  assertStringIncludes,
} from "../assert.ts";

const TOKEN = "987654321:AAF-k3yForTests_only0123456789abcdefg";
const NOON = Date.UTC(2026, 6, 4, 12, 0, 0, 7);
const HOUR_MS = 3_600_000;

interface Bench {
  readonly logging: Logging;
  readonly stderr: string[];
  readonly file: string;
  readonly clock: { now: number };
}

Deno.test("Logger writes one line per event: time, level, area, message, fields", async () => {
  await withLogging({ level: "DEBUG" }, async ({ logging, stderr, file }) => {
    const log = logging.logger("callback");
    log.debug("Pressed", { data: "menu:main", chat: -1003313600592 });
    log.info("Answered", { took: "1 s", again: false, skipped: undefined, chat: null });
    log.warning("Late {chat}", { by: { seconds: [1, 2n] } });
    log.error("Failed", { error: new Error("no\nluck", { cause: new TypeError("down") }) });
    log.critical("Giving up");
    assertEquals(stderr, [
      "2026-07-04T12:00:00.007Z DEBUG callback Pressed data=menu:main chat=-1003313600592#f4b5cfdf",
      '2026-07-04T12:00:00.007Z INFO callback Answered took="1 s" again=false chat=null',
      '2026-07-04T12:00:00.007Z WARNING callback Late {chat} by={"seconds":[1,"2"]}',
      '2026-07-04T12:00:00.007Z ERROR callback Failed error="Error: no\\nluck; caused by TypeError: down"',
      "2026-07-04T12:00:00.007Z CRITICAL callback Giving up",
    ]);
    assertEquals(await linesOf(file), stderr);
  });
});

Deno.test("Logger writes JSON lines with the same level words", async () => {
  await withLogging({ format: "json" }, async ({ logging, stderr, file }) => {
    logging.logger("poll").with({ update: 7 }).warning("Odd", {
      time: "mine",
      error: new Error("x"),
    });
    const expected = {
      time: "2026-07-04T12:00:00.007Z",
      level: "WARNING",
      area: "poll",
      message: "Odd",
      update: 7,
      time_: "mine",
      error: "Error: x",
    };
    assertEquals(stderr.map((line) => JSON.parse(line)), [expected]);
    assertEquals(await linesOf(file), stderr);
  });
});

Deno.test("setUpLogging() keeps what is below the level out of the log", async () => {
  const words = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;
  for (const [index, level] of words.entries()) {
    await withLogging({ level }, ({ logging, stderr }) => {
      const log = logging.logger("x");
      log.debug("m");
      log.info("m");
      log.warning("m");
      log.error("m");
      log.critical("m");
      assertEquals(stderr.map((line) => line.split(" ")[1]), words.slice(index));
    });
  }
});

Deno.test("Logger keeps an event on one line whatever is in it", async () => {
  for (const format of ["text", "json"] as const) {
    await withLogging({ format }, async ({ logging, stderr, file }) => {
      const text = fc.string({ unit: "binary" });
      const values = fc.oneof(fc.anything(), text.map((it) => new Error(it)), text);
      fc.assert(fc.property(text, fc.dictionary(text, values), (message, fields) => {
        stderr.length = 0;
        logging.logger("x").info(`a\nb\r\u2028${message}`, { ...fields, stack: "Error\n  at x" });
        assertEquals(stderr.length, 1);
        // deno-lint-ignore no-control-regex -- exactly those must not be there
        assertNotMatch(stderr[0] ?? "", /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        if (format === "json") JSON.parse(stderr[0] ?? "");
      }));
      for (const line of await linesOf(file)) assertStringIncludes(line, "INFO");
    });
  }
});

Deno.test("Logger leaves no secret in the file or on standard error", async () => {
  const url = `https://api.telegram.org/bot${TOKEN}/getUpdates`;
  const inner = new TypeError(`error sending request for url (${url})`);
  const outer = Object.assign(new Error(`Network request failed`), { error: inner });
  const jwt = "eyJhbGciOiJFZERTQSJ9.eyJhIjoicnciLCJpZCI6ImIifQ.AbCdEf-12_34";
  const key = 'k3y/ "of\\ours"';
  const options = { secrets: ["plain-auth-secret", key], level: "DEBUG" } as const;
  for (const format of ["text", "json"] as const) {
    await withLogging({ ...options, format }, async ({ logging, stderr, file }) => {
      const log = logging.logger("telegram").with({ url });
      log.error(`Cannot reach ${url}`, { error: outer, cause: new Error("x", { cause: outer }) });
      log.error("Unexpected", { stack: new Error(url).stack, inspected: Deno.inspect(outer) });
      log.info("Nested", { options: { list: [url, { [TOKEN]: encodeURIComponent(TOKEN) }] } });
      log.info("Proxy", { proxy: "socks5://user:p%40ss@proxy:1080", list: ["http://u:pw@h/x@y"] });
      log.info("Database", { auth: jwt, header: `Bearer ${jwt}`, other: "plain-auth-secret" });
      log.info("More", { proxy: "http://user:p@ssw0rd@proxy/", list: [key], json: { key } });
      log.info("Key", { url: `https://hc.example/${encodeURIComponent(key)}`, key });
      log.info("Long", { page: `${"x".repeat(3_990)}${url}${"y".repeat(5_000)}` });
      const written = [...stderr, ...await linesOf(file), ...await logging.lastLines(99)].join(
        "\n",
      );
      for (
        const secret of ["AAF-k3y", "p%40ss", "pw@", "ssw0", "eyJhb", "AbCdEf", "plain-auth", "k3y"]
      ) {
        assert(!written.includes(secret), `${secret} in ${written}`);
      }
      assertStringIncludes(written, "api.telegram.org/bot[token]/getUpdates");
      assertStringIncludes(written, "socks5://[secret]@proxy:1080");
    });
  }
});

Deno.test("Logger writes the ids of chats and people at DEBUG only, above it a hash that the token keys", async () => {
  const said = async (options: Partial<LoggingOptions>) => {
    const lines: string[] = [];
    await withLogging({ level: "DEBUG", ...options }, ({ logging, stderr }) => {
      const log = logging.logger("bot");
      log.debug("Seen", { chat: -1001234567890 });
      log.info("command", { chat: -1001234567890, user: 5012345678, update: 812345678 });
      log.info("old", { chat: 1001, admin: "77", from: 12, nested: { to: -4001, count: 1234567 } });
      log.warning("Delivery will be tried again", {
        error: "400 Bad Request: group chat was upgraded; new id -1001234567890",
        json: '{"migrate_to_chat_id":-1001234567890}',
      });
      log.warning("Notice", { text: "Группа -4001 стала -1001234567890, её ввёл 5012345678." });
      log.error("Failed", {
        error: new Error("no chat -1001234567890", { cause: Error("5012345678") }),
      });
      log.info("Backed up", {
        backup: "/var/lib/bot-2026-11-23T10-02-31Z.db",
        sizeBytes: 1234567,
        took: "It took more than 3600000 ms",
        at: "10:02-11:30, 127.0.0.1:8080",
      });
      lines.push(...stderr);
      return Promise.resolve();
    });
    return lines;
  };
  for (const format of ["text", "json"] as const) {
    const [debug = "", ...others] = await said({ format, idKey: TOKEN });
    assertStringIncludes(debug, "-1001234567890");
    const group = /#[0-9a-f]{8}/.exec(debug)?.[0] ?? "";
    assertMatch(group, /^#/);
    const [command = "", ...rest] = others;
    assertStringIncludes(command, group);
    assertStringIncludes(command, "812345678");
    const all = others.join("\n");
    assertNotMatch(all, /1234567890|5012345678|4001|1001|=77|=12\b|"77"|:12\b/);
    assert(rest.slice(1, 4).every((line) => line.includes(group)), "found again by its hash");
    const backedUp = rest.at(-1) ?? "";
    for (
      const kept of ["bot-2026-11-23T10-02-31Z.db", "1234567", "3600000 ms", "10:02-11:30", ":8080"]
    ) {
      assertStringIncludes(backedUp, kept);
    }
    assertEquals(await said({ format, idKey: TOKEN }), [debug, ...others], "stable for one token");
    const [, other = ""] = await said({ format, idKey: "another" });
    assert(other !== "" && !other.includes(group), "another token, another hash");
  }
});

Deno.test("Logger takes a secret out before it hides ids: no half of one is left", async () => {
  const address = "https://hc.example/12345678-secret-part";
  await withLogging({ secrets: [TOKEN, address] }, ({ logging, stderr }) => {
    logging.logger("bot").warning("x", {
      a: `at ${address} for bot${TOKEN}/getMe`,
      b: `${TOKEN} -4001`,
    });
    const [line = ""] = stderr;
    assertNotMatch(line, /secret-part|AAF|4001/);
    assertStringIncludes(line, "[secret]");
    assertNotMatch(logging.hideIds(`${address} -4001 ${TOKEN}`), /secret-part|AAF|4001/);
    return Promise.resolve();
  });
});

Deno.test("redact() finds a token in any surroundings", () => {
  const token = fc.tuple(fc.integer({ min: 100_000 }), fc.stringMatching(/^[A-Za-z0-9_-]{20,40}$/));
  const around = fc.string();
  fc.assert(fc.property(around, token, around, (before, [id, secret], after) => {
    for (const colon of [":", "%3A", "%3a", "%253A"]) {
      const text = redact(`${before}${id}${colon}${secret} ${after}`);
      assertStringIncludes(text, "[token]");
      assert(!text.replace(before, "").includes(secret.slice(0, 20)), text);
    }
  }));
});

Deno.test("redact() leaves ordinary log text alone", () => {
  for (
    const text of [
      "2026-07-04T12:00:00.007Z INFO chat=-1003313600592 took=1234:5",
      "at file:///app/src/main.ts:1234:56",
      "http://127.0.0.1:8080/health and https://status.bitrix24.ru/json_status.php?reg=ru",
      "mail a@b.example, basic monitoring, incident 123: restored",
      "[2001:0db8:85a3::8a2e]:8080",
    ]
  ) assertEquals(redact(text), text);
});

Deno.test("redact() takes no more than linear time", () => {
  for (const piece of ["1", "a", "eyJ", "a://", "1:", "Bearer ", "1%25"]) {
    const text = piece.repeat(20_000);
    assert(redact(text).length <= text.length + 7);
  }
});

Deno.test("lastLines() gives the newest lines, oldest first", async (t) => {
  await withLogging({}, async ({ logging }) => {
    const log = logging.logger("x");
    for (let i = 1; i <= 300; i++) log.info(`Событие ${i} ${"—".repeat(40)}`);
    await t.step("and reads across the borders of its chunks", async () => {
      const lines = await logging.lastLines(250);
      assertEquals(lines.length, 250);
      assertMatch(lines[0] ?? "", / x Событие 51 —{40}$/);
      assertMatch(lines[249] ?? "", / x Событие 300 —{40}$/);
    });
    await t.step("and all there are when asked for more", async () => {
      assertEquals((await logging.lastLines(1_000)).length, 300);
    });
  });
});

Deno.test("lastLines() follows the rotation, which keeps five old files", async () => {
  await withLogging({ maxFileBytes: 1_000 }, async ({ logging, file }) => {
    const log = logging.logger("x");
    for (let i = 1; i <= 500; i++) log.info("Event", { number: i });
    const names = [...Deno.readDirSync(file.replace(/\/[^/]*$/, ""))].map((it) => it.name).sort();
    assertEquals(names, ["bot.log", ...[1, 2, 3, 4, 5].map((age) => `bot.log.${age}`)]);
    for (const name of names) {
      assert(Deno.statSync(file.replace("bot.log", name)).size <= 1_000, name);
    }
    const numbers = (await logging.lastLines(50)).map((line) => Number(line.split("number=")[1]));
    assertEquals(numbers, Array.from({ length: 50 }, (_, i) => 451 + i));
  });
});

Deno.test("lastLines() knows the lines of the run before", async () => {
  await withLogging({}, async ({ logging, file }) => {
    logging.logger("x").info("Before");
    await logging.dispose();
    await withLogging({ file }, async ({ logging }) => {
      logging.logger("x").info("After");
      assertEquals((await logging.lastLines(15)).map((it) => it.split(" ").at(-1)), [
        "Before",
        "After",
      ]);
    });
  });
});

Deno.test("setUpLogging() goes on without a file that cannot be written", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/taken`, "");
  // Its folder would have to be made where a file is.
  await withLogging({ file: `${folder}/taken/bot.log` }, async ({ logging, stderr }) => {
    logging.logger("x").info("One");
    logging.logger("x").info("Two");
    assertEquals(stderr.length, 3);
    assertMatch(
      stderr[0] ?? "",
      / WARNING log Cannot write the log file; going on .* error="\w+: /,
    );
    assertEquals(await logging.lastLines(2), stderr.slice(1));
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("setUpLogging() writes the file again once that is possible", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/taken`, "");
  const file = `${folder}/taken/bot.log`;
  await withLogging({ file }, async ({ logging, clock }) => {
    logging.logger("x").info("Lost to the file");
    await Deno.remove(`${folder}/taken`);
    clock.now += 10_000;
    logging.logger("x").info("Kept");
    assertEquals((await linesOf(file)).map((line) => line.split(" ").at(-1)), ["Kept"]);
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("lastLines() works from memory where no file is wanted", async () => {
  await withLogging({ file: null }, async ({ logging }) => {
    for (let i = 1; i <= 250; i++) logging.logger("x").info("Event", { number: i });
    assertEquals((await logging.lastLines(1))[0]?.endsWith("number=250"), true);
    assertEquals((await logging.lastLines(999)).length, 200);
  });
});

Deno.test("errorsLastHour() counts ERROR and CRITICAL of the last hour", async () => {
  await withLogging({ level: "CRITICAL" }, ({ logging, clock }) => {
    const log = logging.logger("x");
    log.warning("no error");
    log.error("below the level, and yet an error");
    clock.now += HOUR_MS / 2;
    log.critical("one more");
    assertEquals(logging.errorsLastHour(), 2);
    assertEquals(logging.errorsLastHour(NOON + HOUR_MS), 1);
    assertEquals(logging.errorsLastHour(NOON + 2 * HOUR_MS), 0);
  });
});

Deno.test("Logger survives values that cannot be printed", async () => {
  await withLogging({ format: "json" }, ({ logging, stderr }) => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const broken = new Proxy({}, { ownKeys: throwing });
    logging.logger("x").info("Odd", { circle, broken, symbol: Symbol("s"), big: 1n });
    assertObjectMatch(JSON.parse(stderr[0] ?? ""), { circle: "[unprintable]", big: "1" });
  });
});

function throwing(): never {
  throw new Error("no keys today");
}

async function withLogging(
  options: Partial<LoggingOptions>,
  work: (bench: Bench) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const file = options.file ?? `${folder}/logs/bot.log`;
  const stderr: string[] = [];
  const clock = { now: NOON };
  const logging = await setUpLogging({
    level: "INFO",
    file,
    format: "text",
    idKey: TOKEN,
    now: () => clock.now,
    stderr: (line) => stderr.push(line),
    ...options,
  });
  try {
    await work({ logging, stderr, file, clock });
  } finally {
    await logging.dispose();
    await Deno.remove(folder, { recursive: true });
  }
}

async function linesOf(file: string): Promise<string[]> {
  const text = await Deno.readTextFile(file);
  assert(text === "" || text.endsWith("\n"));
  return text.split("\n").slice(0, -1);
}
