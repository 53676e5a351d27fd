import fc from "fast-check";
import { ConfigError, parseConfig, SETTING_NAMES } from "../../src/settings/config.ts";
import { leastCountedGapMs, thresholdsOf } from "../../src/settings/derived.ts";
import { TEST_CERT } from "../proxy.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows, fail } from "../assert.ts";

const TOKEN = "987654321:AAF-k3yForTests_only0123456789abcdefg";
const noFile = (): string => {
  throw new Deno.errors.NotFound("no such file");
};

Deno.test("parseConfig() needs nothing but a token, the rest has defaults", () => {
  const config = parseConfig({ BOT_TOKEN: TOKEN }, noFile);
  assertEquals(config, {
    botToken: TOKEN,
    groupIds: [],
    adminIds: [],
    allowedChats: [],
    checkIntervalSeconds: 30,
    regions: ["ru"],
    statusUrl: null,
    portalDomains: [],
    requestTimeoutSeconds: 10,
    retryAttempts: 3,
    retryDelaySeconds: 5,
    failureThreshold: 1,
    recoveryThreshold: 2,
    alertOnIssues: true,
    alertOnDegraded: true,
    alertOnRecovery: true,
    remindAfterMinutes: 60,
    databaseUrl: "file:data/bot.db",
    databaseAuthToken: null,
    retentionDays: 730,
    healthHost: "127.0.0.1",
    healthPort: 8080,
    heartbeatUrl: null,
    logLevel: "INFO",
    logFile: "data/bot.log",
    logFormat: "text",
    telegramApiRoot: "https://api.telegram.org",
    telegramProxy: null,
    caFile: null,
    noticeFile: null,
    notices: { ru: {}, en: {} },
    timezone: "Europe/Moscow",
    lang: "ru",
    warnings: [
      "ADMIN_CHAT_ID is not set; nobody can use the administration menu",
      "Neither GROUP_ID nor GROUP_IDS is set; alerts go to subscribed chats only",
    ],
  });
});

Deno.test("a reading counts when it comes no sooner than a tick may, and ten seconds are always enough", () => {
  const gap = (CHECK_INTERVAL: string) =>
    leastCountedGapMs(parseConfig({ BOT_TOKEN: TOKEN, CHECK_INTERVAL }, noFile));
  assertEquals(["1", "5", "10", "60"].map(gap), [400, 4_400, 9_400, 9_400]);
});

Deno.test("what protects from flapping goes by minutes, and by intervals where these are for trying out", () => {
  const minute = (CHECK_INTERVAL: string) =>
    thresholdsOf(parseConfig({ BOT_TOKEN: TOKEN, CHECK_INTERVAL }, noFile)).minuteMs;
  assertEquals(["1", "9", "10", "30", "900"].map(minute), [1_000, 9_000, 60_000, 60_000, 60_000]);
});

Deno.test("parseConfig() takes an empty variable for one that is not set", () => {
  const empty = Object.fromEntries(SETTING_NAMES.map((name) => [name, "  "]));
  const config = parseConfig({ ...empty, BOT_TOKEN: TOKEN }, noFile);
  assertEquals(config, parseConfig({ BOT_TOKEN: TOKEN }, noFile));
});

Deno.test("parseConfig() reads every spelling it promises", async (t) => {
  const cases: [Record<string, string>, Record<string, unknown>][] = [
    [{ GROUP_ID: "-100123", GROUP_IDS: "-5, -100123,,7" }, { groupIds: [-100123, -5, 7] }],
    [{ GROUP_ID: " 42 " }, { groupIds: [42] }],
    [{ GROUP_ID: "-9007199254740991" }, { groupIds: [-9007199254740991] }],
    [{ ADMIN_CHAT_ID: "1,2 ,1" }, { adminIds: [1, 2] }],
    [{ REGIONS: "RU, kz,ru" }, { regions: ["ru", "kz"] }],
    [{ REGIONS: "com,en,bitrix24.com.br,.kz,la" }, { regions: ["com", "br", "kz", "es"] }],
    [{ CHECK_INTERVAL: "1", RETRY_DELAY: "0.25" }, {
      checkIntervalSeconds: 1,
      retryDelaySeconds: 0.25,
    }],
    [{ STATUS_URL: "http://127.0.0.1:9000/" }, { statusUrl: "http://127.0.0.1:9000" }],
    [{ TELEGRAM_API_ROOT: "http://bot-api:8081/x/" }, { telegramApiRoot: "http://bot-api:8081/x" }],
    [{ TELEGRAM_PROXY: "socks5h://u:p%23@proxy:1080/" }, {
      telegramProxy: "socks5h://u:p%23@proxy:1080/",
    }],
    [{ TELEGRAM_PROXY: "socks5://u:p@proxy:1080" }, { telegramProxy: "socks5://u:p@proxy:1080" }],
    [{ DATABASE_URL: "file:/var/lib/x/bot.db" }, { databaseUrl: "file:/var/lib/x/bot.db" }],
    [{ DATABASE_URL: "libsql://x.turso.io", DATABASE_AUTH_TOKEN: "a.b.c" }, {
      databaseUrl: "libsql://x.turso.io",
      databaseAuthToken: "a.b.c",
    }],
    [{ REMIND_AFTER: "0" }, { remindAfterMinutes: 0 }],
    [{ REMIND_AFTER: "0.5" }, { remindAfterMinutes: 0.5 }],
    [{ RETENTION_DAYS: "0" }, { retentionDays: 0 }],
    [{ RETENTION_DAYS: "36500" }, { retentionDays: 36_500 }],
    [{ HEALTH_HOST: "::", HEALTH_PORT: "0" }, { healthHost: "::", healthPort: 0 }],
    [{ LOG_LEVEL: "warn", LOG_FORMAT: "JSON" }, { logLevel: "WARNING", logFormat: "json" }],
    [{ LOG_LEVEL: "debug" }, { logLevel: "DEBUG" }],
    [{ TIMEZONE: "Asia/Almaty", BOT_LANG: "EN" }, { timezone: "Asia/Almaty", lang: "en" }],
    ...["true", "1", "YES", "On"].map((word) => flagCase(word, true)),
    ...["false", "0", "No", "OFF"].map((word) => flagCase(word, false)),
  ];
  for (const [env, expected] of cases) {
    await t.step(JSON.stringify(env), () => {
      const config: Record<string, unknown> = {
        ...parseConfig({ BOT_TOKEN: TOKEN, ...env }, noFile),
      };
      for (const [field, value] of Object.entries(expected)) assertEquals(config[field], value);
    });
  }
});

Deno.test("parseConfig() says what is wrong with a setting", async (t) => {
  const cases: [string, string, string][] = [
    ["BOT_TOKEN", `"${TOKEN}"`, "in quotes"],
    ["BOT_TOKEN", TOKEN.replace(":", ": "), "space"],
    ["BOT_TOKEN", `${TOKEN} # mine`, "comment"],
    ["BOT_TOKEN", `bot${TOKEN}`, 'begins with "bot"'],
    ["BOT_TOKEN", "@my_bot", "bot's name"],
    ["BOT_TOKEN", TOKEN.replace(":", ""), "no colon"],
    ["BOT_TOKEN", "12345:short", "at least 20"],
    ["GROUP_ID", "@mygroup", "/getid"],
    ["GROUP_ID", "https://t.me/mygroup", "/getid"],
    ["GROUP_ID", "-1,-2", "GROUP_IDS"],
    ["GROUP_ID", "1.5", "whole number"],
    ["GROUP_ID", "9007199254740992", "too large"],
    ["GROUP_ID", "0", "no chat"],
    ["GROUP_IDS", "-1,abc", '"abc"'],
    ["GROUP_IDS", ",", "nothing in it"],
    ["ADMIN_CHAT_ID", "-100123", "people"],
    ["ADMIN_CHAT_ID", "1, 1087968824", "every anonymous administrator of any group"],
    ["ADMIN_CHAT_ID", "777000", "Telegram itself"],
    ["ADMIN_CHAT_ID", "136817688", "in the name of a channel"],
    ["CHECK_INTERVAL", "0", "from 1 to 86400"],
    ["CHECK_INTERVAL", "60s", "whole number"],
    ["CHECK_INTERVAL", "60 # a minute", "comment"],
    ["CHECK_INTERVAL", "'60'", "in quotes"],
    ["RETRY_DELAY", "0,5", "decimal comma"],
    ["RETRY_DELAY", "-1", "from 0 to 300"],
    ["RETRY_ATTEMPTS", "11", "from 1 to 10"],
    ["REQUEST_TIMEOUT", "1e3", "whole number"],
    ["REMIND_AFTER", "1441", "from 0 to 1440"],
    ["REMIND_AFTER", "1h", "not a number"],
    ["RETENTION_DAYS", "36501", "from 0 to 36500"],
    ["RETENTION_DAYS", "-1", "from 0 to 36500"],
    ["RETENTION_DAYS", "1.5", "whole number"],
    ["HEALTH_PORT", "65536", "from 0 to 65535"],
    ["HEALTH_HOST", "http://0.0.0.0:80", "HEALTH_PORT"],
    ["HEALTH_HOST", "0.0.0.0:80", "HEALTH_PORT"],
    ["REGIONS", "ru,r1", '"r1"'],
    ["STATUS_URL", "status.bitrix24.ru", "https://"],
    ["STATUS_URL", "https://status.bitrix24.ru/json_status.php", '"/json_status.php", a page'],
    ["STATUS_URL", "https://status.bitrix24.ru/index.html/", "a page"],
    ["TELEGRAM_API_ROOT", "https://api.telegram.org/bot123:x/getMe", "the token in it"],
    ["TELEGRAM_PROXY", "http://user:1#2@proxy:3128", "%23"],
    ["TELEGRAM_PROXY", "socks5h://user:1?2@proxy:1080", "%3F"],
    ["TELEGRAM_PROXY", "http://user:1/2@proxy:3128", "%2F"],
    ["TELEGRAM_PROXY", "socks5://proxy:1080/x", "behind the port"],
    ["GROUP_ID", "\u22121001234567890", "(U+2212)"],
    ["GROUP_ID", "–1001234567890", "(U+2013) in it, a typographic minus"],
    ["GROUP_IDS", "-5,—1001234567890", "(U+2014)"],
    ["ADMIN_CHAT_ID", "123\u200b456", "(U+200B)"],
    ["BOT_TOKEN", "123456789:AAE-sandbox_token_that_is_no_secret\u200b", "(U+200B)"],
    ["TIMEZONE", "Europe/Moscow\u2060", "(U+2060)"],
    ["REGIONS", "ru,\u200ekz", "(U+200E)"],
    ["CHECK_INTERVAL", "6\u00a00", "cannot be seen (U+00A0)"],
    ["CA_FILE", "/etc/ssl/none.pem", "cannot be read"],
    ["STATUS_URL", "localhost:8080", "https://"],
    ["STATUS_URL", "https://u:p@host", "password"],
    ["STATUS_URL", "https://host/?reg=ru", "base address"],
    ["STATUS_URL", "https://host/#ru", "base address"],
    ["TELEGRAM_API_ROOT", "ftp://x", "https://"],
    ["TELEGRAM_PROXY", "socks4://x:1", "socks5://"],
    ["DATABASE_URL", "data/bot.db", "file:<path>"],
    ["DATABASE_URL", "file::memory:", ":memory:"],
    ["DATABASE_URL", "file:bot.db?mode=ro", "no ?"],
    ["DATABASE_URL", "file://data/bot.db", "two slashes"],
    ["DATABASE_URL", "file:100%.db", "%"],
    ["DATABASE_URL", "libsql://x?authToken=abc", "DATABASE_AUTH_TOKEN"],
    ["DATABASE_AUTH_TOKEN", "a b", "space"],
    ["ALERT_ON_ISSUES", "maybe", "neither"],
    ["LOG_LEVEL", "LOUD", "none of DEBUG"],
    ["LOG_FORMAT", "xml", "none of text, json"],
    ["TIMEZONE", "Moscow", "time zone"],
    ["BOT_LANG", "de", "none of ru, en"],
  ];
  for (const [variable, value, expected] of cases) {
    await t.step(`${variable}=${value}`, () => {
      const { problems } = errorOf({ BOT_TOKEN: TOKEN, [variable]: value });
      assertEquals(problems.map((it) => it.variable), [variable]);
      assertStringIncludes(problems[0]?.problem ?? "", expected);
    });
  }
});

Deno.test("parseConfig() reports every wrong setting at once, a line each", () => {
  const error = errorOf(Object.fromEntries(wrongEverywhere("\n!")));
  const named = [...error.problems.map((it) => it.variable)].sort();
  // Any text is a file name.
  const wrong = SETTING_NAMES.filter((it) => it !== "LOG_FILE");
  assertEquals(named, [...wrong].sort());
  const lines = error.report().split("\n");
  assertEquals(lines.length, wrong.length);
  for (const line of lines) assert(/^([A-Z_]+): .+\. Example: \1=.+$/.test(line), line);
});

Deno.test("parseConfig() accepts the example it gives for each setting", async (t) => {
  const { problems } = errorOf(Object.fromEntries(wrongEverywhere("\n!")));
  // A token that looks like one would be taken for a leak by everybody's scanners.
  const given = problems.filter((it) => !it.variable.startsWith("BOT_TOKEN"));
  for (const { variable, example } of given.filter((it) => !it.example.includes("<"))) {
    await t.step(variable, () => {
      parseConfig({ BOT_TOKEN: TOKEN, [variable]: example }, noFile);
    });
  }
});

Deno.test("parseConfig() reads the token from BOT_TOKEN_FILE", async (t) => {
  const env = { BOT_TOKEN_FILE: "/run/secrets/t" };
  await t.step("without the line break at its end", () => {
    assertEquals(parseConfig(env, () => `${TOKEN}\n`).botToken, TOKEN);
  });
  await t.step("and says so when it cannot, without path or content", () => {
    const missing = errorOf({ BOT_TOKEN_FILE: TOKEN });
    assertEquals(missing.problems.map((it) => it.variable), ["BOT_TOKEN_FILE"]);
    assert(!missing.report().includes(TOKEN));
    const garbage = errorOf(env, () => `bot${TOKEN}`);
    assertStringIncludes(garbage.report(), "names a file whose content begins with");
    assert(!garbage.report().includes(TOKEN));
  });
  await t.step("and refuses two tokens", () => {
    const both = errorOf({ ...env, BOT_TOKEN: TOKEN }, () => TOKEN);
    assertEquals(both.problems.map((it) => it.variable), ["BOT_TOKEN_FILE"]);
  });
});

Deno.test("parseConfig() looks at nothing but what a command uses", () => {
  const env = { BOT_TOKEN: "nonsense", BOT_TOKEN_FILE: "/nowhere", GROUP_ID: "?", REGIONS: "kz" };
  const { botToken, groupIds, regions } = parseConfig(env, noFile, { only: ["regions"] });
  assertEquals([botToken, groupIds, regions], ["", [], ["kz"]]);
  assertThrows(() => parseConfig({ REGIONS: "?" }, noFile, { only: ["regions"] }));
});

Deno.test("parseConfig() wants of CA_FILE what can be trusted", async (t) => {
  const env = { BOT_TOKEN: TOKEN, CA_FILE: "ca.pem" };
  const body = TEST_CERT.split("\n").slice(1, -2).join("\n");
  await t.step("certificates, among whatever text", () => {
    const two = `Company CA\r\n${TEST_CERT.replaceAll("\n", "\r\n")}\n${TEST_CERT}`;
    assertEquals(parseConfig(env, () => two).caFile, "ca.pem");
  });
  const rows: [string, string, string][] = [
    ["nothing", "", "without a certificate"],
    ["a key", TEST_CERT.replaceAll("CERTIFICATE", "PRIVATE KEY"), "without a certificate"],
    ["DER", atob(body.replaceAll("\n", "")), "without a certificate"],
    ["cut short", TEST_CERT.replace(body, body.slice(0, 200)), "is damaged"],
    ["no base64", TEST_CERT.replace(body, "äöü"), "is damaged"],
    ["empty", TEST_CERT.replace(body, ""), "is damaged"],
  ];
  for (const [name, content, expected] of rows) {
    await t.step(name, () => {
      const { problems } = errorOf(env, () => content);
      assertEquals(problems.map((it) => it.variable), ["CA_FILE"]);
      assertStringIncludes(problems[0]?.problem ?? "", expected);
    });
  }
});

Deno.test("parseConfig() names the slip where a setting is missed", () => {
  const { problems } = errorOf(
    { BOT_TOKN: TOKEN, CHECK_INTERVAL: "0", CHEK_INTERVAL: "60" },
    noFile,
  );
  assertEquals(problems.map((it) => it.variable), ["CHECK_INTERVAL", "BOT_TOKEN"]);
  assertStringIncludes(
    problems[0]?.problem ?? "",
    "; CHEK_INTERVAL is no setting, is this one meant?",
  );
  assertStringIncludes(problems[1]?.problem ?? "", "; BOT_TOKN is no setting, is this one meant?");
});

Deno.test("parseConfig() tells of names that look like settings and are none", async (t) => {
  const told = (name: string) =>
    parseConfig({ BOT_TOKEN: TOKEN, GROUP_ID: "-1", ADMIN_CHAT_ID: "1", [name]: "x" }, noFile)
      .warnings;
  const slips: [string, string][] = [
    ["CHEK_INTERVAL", "CHECK_INTERVAL"],
    ["CHCEK_INTERVAL", "CHECK_INTERVAL"],
    ["check_interval", "CHECK_INTERVAL"],
    ["REGION", "REGIONS"],
    ["ADMIN_CHAT_IDS", "ADMIN_CHAT_ID"],
    ["BOTTOKEN", "BOT_TOKEN"],
    ["TELEGRAM_PROXI", "TELEGRAM_PROXY"],
  ];
  for (const [name, meant] of slips) {
    await t.step(name, () => {
      assertEquals(told(name), [`${name} is no setting and is not read; is ${meant} meant?`]);
    });
  }
  const predecessors = [
    "URL",
    "SUBSCRIBERS_FILE",
    "CACHE_TTL",
    "HEALTH_CHECK_INTERVAL",
    "DEDUP_WINDOW",
    "GROUP_INTERVAL",
  ];
  for (const name of predecessors) {
    await t.step(`${name}, of the predecessor`, () => {
      const [warning = ""] = told(name);
      assertStringIncludes(warning, `${name} is a setting of the bot before this one`);
    });
  }
  for (const name of ["PATH", "HOME", "LANG", "TZ", "SOURCE_COMMIT", "COMPOSE_PROJECT_NAME"]) {
    await t.step(`${name}: nothing`, () => assertEquals(told(name), []));
  }
});

Deno.test("parseConfig() warns of a region that Bitrix24 does not know", () => {
  const env = { BOT_TOKEN: TOKEN, REGIONS: "ru,qq,com", GROUP_ID: "-1", ADMIN_CHAT_ID: "1" };
  const { warnings } = parseConfig(env, noFile);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0] ?? "", "REGIONS has qq, which");
});

Deno.test("parseConfig() warns of a short interval", () => {
  const env = { BOT_TOKEN: TOKEN, CHECK_INTERVAL: "29", GROUP_ID: "-1", ADMIN_CHAT_ID: "1" };
  const { warnings } = parseConfig(env, noFile);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0] ?? "", "CHECK_INTERVAL is 29 s");
});

Deno.test("parseConfig() warns of a token that travels unencrypted to another machine", () => {
  const env = { BOT_TOKEN: TOKEN, GROUP_ID: "-1", ADMIN_CHAT_ID: "1" };
  const warned = (root: string) =>
    parseConfig({ ...env, TELEGRAM_API_ROOT: root }, noFile).warnings
      .filter((it) => it.startsWith("TELEGRAM_API_ROOT is http://"));
  const clear = ["http://api.telegram.org", "http://10.0.0.7:8081", "http://localhost.example"];
  for (const root of [...clear, "http://[2001:db8::1]"]) assertEquals(warned(root).length, 1, root);
  const safe = [
    "https://api.telegram.org",
    "http://localhost:8081",
    "http://127.0.0.2",
    "http://[::1]",
  ];
  for (const root of safe) assertEquals(warned(root), [], root);
});

Deno.test("ConfigError never shows the token, whichever variables it was pasted into", () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9_-]{20,40}$/);
  const token = fc.tuple(fc.integer({ min: 1e8, max: 1e10 }), secret);
  const slip = fc.constantFrom(
    (it: string) => it,
    (it: string) => `"${it}"`,
    (it: string) => ` ${it} # comment`,
    (it: string) => `bot${it}`,
    (it: string) => `https://api.telegram.org/bot${it}/getMe`,
    (it: string) => `1,${it}`,
    (it: string) => it.replace(":", ": "),
    (it: string) => it.replace(/^.*:/, ""),
  );
  const places = fc.subarray([...SETTING_NAMES], { minLength: 1 });
  fc.assert(fc.property(token, slip, places, ([id, secret], slip, places) => {
    const value = slip(`${id}:${secret}`);
    const env = Object.fromEntries(places.map((name) => [name, value]));
    const error = errorOf({ ...env, CHECK_INTERVAL: "wrong" }, () => `${value}!`);
    const told = [error.message, error.stack, error.report(), JSON.stringify(error)].join("\n");
    assert(!told.includes(secret), told);
  }));
});

Deno.test("parseConfig() throws nothing but ConfigError, with one line per problem", () => {
  const env = fc.dictionary(fc.constantFrom(...SETTING_NAMES), fc.string({ unit: "binary" }));
  fc.assert(fc.property(env, (env) => {
    const error = errorOf({ ...env, CHECK_INTERVAL: "wrong" });
    assertEquals(error.report().split(/\r\n|[\n\r\u2028\u2029]/).length, error.problems.length);
  }));
});

function flagCase(word: string, value: boolean): [Record<string, string>, Record<string, unknown>] {
  const env = { ALERT_ON_ISSUES: word, ALERT_ON_DEGRADED: word, ALERT_ON_RECOVERY: word };
  return [env, { alertOnIssues: value, alertOnDegraded: value, alertOnRecovery: value }];
}

function wrongEverywhere(value: string): [string, string][] {
  return SETTING_NAMES.map((name) => [name, `x ${value}`]);
}

function errorOf(env: Record<string, string>, readFile = noFile): ConfigError {
  try {
    parseConfig(env, readFile);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  fail("there was no ConfigError");
}
