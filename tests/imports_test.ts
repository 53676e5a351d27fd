import { filesBelow, importsOf, withoutCommentLines } from "../scripts/imports.ts";
import { assert, assertEquals } from "./assert.ts";

// Who may import whom. The arrows are what keeps the rules testable without Telegram, without a
// database and without a clock, so a machine watches them.

/** A file of src/, by its path there. */
interface Source {
  readonly path: string;
  readonly code: string;
}

/** Adapters: each knows its own part, core and domain, and no other adapter. */
const ADAPTERS = [
  "env_file.ts",
  "store/",
  "status/",
  "telegram/",
  "aside.ts",
  "machine.ts",
  "heartbeat.ts",
  "http.ts",
  "http_listener.ts",
  "schedule.ts",
  "service.ts",
];

/** Parts that were cut out of one file: only that file may import them, and they nothing of ours. */
const ONLY_OWNERS: Readonly<Record<string, string>> = {
  "config_names.ts": "config.ts",
  "config_values.ts": "config.ts",
  "http_exchange.ts": "http_listener.ts",
  "http_listener.ts": "http.ts",
  "log_ids.ts": "log_line.ts",
  "log_line.ts": "logger.ts",
  "log_file.ts": "logger.ts",
};

/** A package, and the only places that may import it. */
const ONLY_IMPORTERS: readonly { name: RegExp; places: string[]; typesIn?: string[] }[] = [
  { name: /^grammy\/types$/, places: ["telegram/"], typesIn: ["telegram/", "demo/"] },
  { name: /^(grammy|@grammyjs\/.*)$/, places: ["telegram/"] },
  { name: /^(@libsql\/.*|libsql)$/, places: ["store/driver.ts"], typesIn: ["store/"] },
  { name: /^@logtape\//, places: ["logger.ts", "log_line.ts", "log_file.ts"] },
  { name: /^@std\//, places: ["deps/"] },
  { name: /^croner$/, places: ["schedule.ts"] },
  { name: /^hono(\/|$)/, places: ["http.ts", "demo/"] },
];

/** Words that only some places may use. */
const ONLY_USERS: readonly { word: RegExp; places: string[] }[] = [
  { word: /\bDeno\.(args|exit)\b/, places: ["main.ts"] },
  { word: /\bDeno\.env\b/, places: ["main.ts", "deps/"] },
  // The program may run nothing but itself.
  { word: /\bDeno\.Command\b/, places: ["aside.ts"] },
  { word: /\bconsole\./, places: ["main.ts", "demo/"] },
];

Deno.test("the sources keep to the arrows", () => {
  const root = new URL("../src", import.meta.url).pathname;
  const paths = filesBelow(root).filter((path) => /(?<!\.d)\.ts$/.test(path));
  assert(paths.length > 5);
  const broken = paths.flatMap((path) =>
    violations({ path, code: Deno.readTextFileSync(`${root}/${path}`) })
  );
  assertEquals(broken, []);
});

Deno.test("violations() knows what is allowed and what is not", async (t) => {
  const allowed: [string, string][] = [
    ["domain/a.ts", 'import { b } from "./b.ts";'],
    ["core/a.ts", 'import { b } from "../domain/b.ts";'],
    ["core/a.ts", 'import { stringify } from "../deps/csv.ts";'],
    ["store/a.ts", 'import type { Row } from "@libsql/client"; import "../core/b.ts";'],
    ["store/driver.ts", 'import("@libsql/client"); import "../deps/private_folder.ts";'],
    ["store/a.ts", 'import type { Logger } from "../logger.ts";'],
    ["status/html/a.ts", 'import "../b.ts";\nimport "../../domain/c.ts";\nimport "htmlparser2";'],
    ["telegram/a.ts", 'import "../deps/csv.ts";\nimport "@grammyjs/runner";'],
    ["telegram/texts/a.ts", 'import type { Update } from "grammy/types";'],
    ["demo/a.ts", 'import type { Update } from "grammy/types"; console.log(1);'],
    ["demo/a.ts", 'import { Hono } from "hono";\nimport "./b.ts";'],
    ["config.ts", 'import { text } from "./config_values.ts";'],
    ["config.ts", 'import { serviceAccount } from "./core/service_accounts.ts";'],
    ["config.ts", 'import { longestReadingMs } from "./domain/retries.ts";'],
    ["config_values.ts", 'import { regionOf } from "./domain/region.ts";'],
    ["logger.ts", 'import "./log_line.ts";\nimport "./log_file.ts";\nimport "@logtape/logtape";'],
    ["log_line.ts", 'import { redactByPattern } from "@logtape/redaction";'],
    ["log_file.ts", 'import type { LogRecord } from "@logtape/logtape";'],
    ["app.ts", 'import "./config.ts";\nimport "./telegram/bot.ts";\nimport "./http.ts";'],
    ["demo.ts", 'import "./app.ts";\nimport "./demo/telegram.ts";'],
    ["main.ts", 'import "./app.ts";\nDeno.exit(Deno.args.length);'],
    ["commands/a.ts", 'import "../app.ts";\nimport "../demo.ts";\nimport "../store/b.ts";'],
    ["domain/a.ts", "// Deno.env, await and Date.now() are for others."],
  ];
  const refused: [string, string][] = [
    ["domain/a.ts", 'import "../core/b.ts";'],
    ["domain/a.ts", 'import type { Logger } from "../logger.ts";'],
    ["domain/a.ts", 'import { Cron } from "croner";'],
    ["domain/a.ts", "const now = Date.now();"],
    ["domain/a.ts", "const now = new Date();"],
    ["domain/a.ts", "await something();"],
    ["domain/a.ts", "Deno.readTextFileSync(x);"],
    ["core/a.ts", 'import "../store/store.ts";'],
    ["core/a.ts", 'import { Hono } from "hono";'],
    ["core/a.ts", 'import { redact } from "../logger.ts";'],
    ["store/a.ts", 'import "../telegram/b.ts";'],
    ["store/a.ts", 'import { createClient } from "@libsql/client";'],
    ["store/a.ts", 'import { redact } from "../logger.ts";'],
    ["store/a.ts", 'import type { Config } from "../config.ts";'],
    ["http.ts", 'import "./schedule.ts";'],
    ["http.ts", 'import "./store/store.ts";'],
    ["telegram/a.ts", 'import { createClient } from "@libsql/client";'],
    ["telegram/a.ts", 'const x = await import("../store/store.ts");'],
    ["status/a.ts", 'import { Bot } from "grammy";'],
    ["status/a.ts", 'import type { Update } from "grammy/types";'],
    ["demo/a.ts", 'import { Bot } from "grammy";'],
    ["demo/a.ts", 'import { x } from "grammy/types";'],
    ["demo/a.ts", 'import "../telegram/b.ts";'],
    ["demo/a.ts", "Deno.exit(0);"],
    ["config.ts", 'import "./domain/reading.ts";'],
    ["logger.ts", 'import type { Config } from "./config.ts";'],
    ["config.ts", 'import "./log_line.ts";'],
    ["config.ts", 'import { getLogger } from "@logtape/logtape";'],
    ["logger.ts", 'import "./config_values.ts";'],
    ["config_values.ts", 'import type { Config } from "./config.ts";'],
    ["config_values.ts", 'import { getLogger } from "@logtape/logtape";'],
    ["log_line.ts", 'import type { Fields } from "./logger.ts";'],
    ["log_file.ts", 'import "./log_line.ts";'],
    ["app.ts", 'import { redact } from "./log_line.ts";'],
    ["main.ts", 'import { text } from "./config_values.ts";'],
    ["store/a.ts", 'import type { LevelWord } from "../log_line.ts";'],
    ["domain/a.ts", 'import "../deps/csv.ts";'],
    ["core/a.ts", 'import { stringify } from "@std/csv";'],
    ["app.ts", 'import { getLogger } from "@logtape/logtape";'],
    ["app.ts", 'import "./main.ts";'],
    ["app.ts", 'import "./demo/telegram.ts";'],
    ["app.ts", 'import "./demo.ts";'],
    ["demo.ts", 'import "./main.ts";'],
    ["commands/a.ts", 'import "../main.ts";'],
    ["commands/a.ts", 'import "../demo/telegram.ts";'],
    ["commands/a.ts", "Deno.exit(1);"],
    ["commands/a.ts", 'import "@libsql/client";'],
    ["app.ts", 'import "./commands/run.ts";'],
    ["demo.ts", 'import "./commands/run.ts";'],
    ["store/a.ts", 'import "../app.ts";'],
    ["app.ts", 'Deno.env.get("HOME");'],
    ["app.ts", 'import { Cron } from "croner";'],
    ["store/a.ts", "console.error(1);"],
    ["store/a.ts", 'new Deno.Command("sh");'],
    ["store/a.ts", 'import { stringify } from "@std/csv";'],
  ];
  for (const [path, code] of allowed) {
    await t.step(`${path} may ${code}`, () => assertEquals(violations({ path, code }), []));
  }
  for (const [path, code] of refused) {
    await t.step(`${path} must not ${code}`, () => {
      assertEquals(violations({ path, code }).length, 1);
    });
  }
});

function violations({ path, code }: Source): string[] {
  const broken: string[] = [];
  for (const { specifier, isTypeOnly } of importsOf(code)) {
    const isOurs = specifier.startsWith(".");
    const isFine = isOurs
      ? mayImport(path, resolve(path, specifier), isTypeOnly)
      : mayImportPackage(path, specifier, isTypeOnly);
    if (!isFine) broken.push(`${path} imports ${specifier}`);
  }
  const spoken = withoutCommentLines(code);
  for (const { word, places } of ONLY_USERS) {
    if (word.test(spoken) && !isIn(path, places)) broken.push(`${path} uses ${word.source}`);
  }
  // The rules are plain functions of what they are given: no waiting, no clock, no surroundings.
  const impure = /\bawait\b|\bDeno\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b/;
  if (path.startsWith("domain/") && impure.test(spoken)) broken.push(`${path} is not pure`);
  return broken;
}

function mayImport(from: string, to: string, isTypeOnly: boolean): boolean {
  const part = partOf(from);
  if (to === "../deno.json") return part === "build.ts";
  const owner = ONLY_OWNERS[to];
  if (owner !== undefined) return part === owner;
  // Settings name regions, and only the table knows these.
  if (to === "domain/region.ts" && isIn(part, ["config.ts", "config_values.ts"])) return true;
  // How long a reading takes is for who asks, and for who waits for it.
  if (to === "domain/retries.ts" && part === "config.ts") return true;
  if (part === "main.ts") return true;
  if (to === "build.ts") {
    return isTypeOnly && ["app.ts", "front.ts", "turn.ts", "demo.ts", "commands/"].includes(part);
  }
  if (part === "app.ts") return !isIn(to, ["main.ts", "commands/", "demo.ts", "demo/"]);
  // The settings stand alone, but for facts that others go by as well.
  if (part === "config.ts" && to === "core/service_accounts.ts") return true;
  // Standard error is written before there are settings, and after the log is closed.
  if (part === "logger.ts" && to === "outlet.ts") return true;
  // What of the composition has to be there first.
  if (part === "front.ts") {
    return isTypeOnly
      ? to === "logger.ts"
      : ["config.ts", "http.ts"].includes(to) || isIn(to, ["core/"]);
  }
  // Whose turn it is to work on the database.
  if (part === "turn.ts") {
    return isTypeOnly
      ? ["service.ts"].includes(to) || isIn(to, ["core/", "config.ts"])
      : ["config.ts", "machine.ts"].includes(to) || isIn(to, ["store/"]);
  }
  // One program's words: each is a small composition root of its own.
  if (part === "commands/") return to !== "main.ts" && !to.startsWith("demo/");
  // It puts the real bot between the two sandboxes, which know nothing of the bot.
  if (part === "demo.ts") return !isIn(to, ["main.ts", "commands/"]);
  if (isIn(to, [part])) return true;
  if (part === "core/" || ADAPTERS.includes(part)) {
    if (to === "logger.ts") return isTypeOnly;
    if (part === "core/") return isIn(to, ["domain/", "deps/"]);
    return isIn(to, ["core/", "domain/", "deps/"]);
  }
  return false;
}

function mayImportPackage(from: string, name: string, isTypeOnly: boolean): boolean {
  if (isIn(from, ["domain/", "core/"])) return false;
  const rule = ONLY_IMPORTERS.find((it) => it.name.test(name));
  if (rule === undefined) return true;
  return isIn(from, rule.places) || (isTypeOnly && isIn(from, rule.typesIn ?? []));
}

/** The folder directly below src/ that a file belongs to, or the file itself. */
function partOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/") + 1) : path;
}

function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => place.endsWith("/") ? path.startsWith(place) : path === place);
}

function resolve(from: string, specifier: string): string {
  const path = new URL(specifier, `file:///work/src/${from}`).pathname;
  return path.startsWith("/work/src/") ? path.slice("/work/src/".length) : `..${path.slice(5)}`;
}
