import { filesBelow, importsOf, withoutCommentLines } from "../scripts/imports.ts";
import { assert, assertEquals } from "./assert.ts";

// Who may import whom. The arrows are what keeps the rules testable without Telegram, without a
// database and without a clock, so a machine watches them.

/** A file of src/, by its path there. */
interface Source {
  readonly path: string;
  readonly code: string;
}

/** The rooms below src/ and single files there, and what each may import besides its own. */
const ROOMS: Readonly<Record<string, { readonly values: string; readonly types?: string }>> = {
  "domain/": { values: "" },
  "deps/": { values: "" },
  "net/": { values: "" },
  "text/": { values: "" },
  "sandbox/": { values: "" },
  "build.ts": { values: "../deno.json" },
  "log/": { values: "time/" },
  "time/": { values: "deps/ domain/" },
  "settings/": { values: "deps/ domain/ text/" },
  "export/": { values: "deps/ domain/ time/" },
  "checking/": { values: "domain/ time/", types: "health/ log/" },
  "health/": { values: "domain/ net/ text/ time/", types: "checking/ log/" },
  "delivering/": { values: "domain/ health/ time/", types: "log/" },
  "status/": { values: "domain/ net/ text/ time/", types: "log/" },
  "evidence/": { values: "domain/ net/ text/ time/", types: "health/ log/" },
  "store/": { values: "deps/ domain/ text/ time/", types: "delivering/ log/" },
  "import/": { values: "deps/ domain/ store/ text/ time/" },
  "telegram/": {
    values: "delivering/ deps/ domain/ export/ net/ text/ time/",
    types: "checking/ health/ log/",
  },
  // The composition, in parts that make what belongs together.
  "app/": {
    values:
      "checking/ delivering/ deps/ domain/ evidence/ health/ log/ settings/ status/ store/ telegram/ time/",
    types: "build.ts",
  },
  "app.ts": {
    values: "app/ health/ log/ settings/ store/ telegram/ time/",
    types: "build.ts",
  },
  // The real bot between two stand-ins, which know nothing of the bot.
  "demo/": { values: "app.ts log/ sandbox/ settings/ time/", types: "build.ts" },
  // One program's words: each is a small composition root of its own.
  "commands/": {
    values: "app.ts app/ demo/demo.ts deps/ domain/ export/ health/ import/ log/ settings/ " +
      "net/ status/ store/ telegram/ text/ time/",
    types: "build.ts",
  },
  "main.ts": { values: "build.ts commands/ deps/ log/ settings/" },
};

/** What others may know of a room; the rest was cut out of these files. */
const ENTRANCES: Readonly<Record<string, string>> = {
  "log/": "log/log.ts log/logger.ts log/outlet.ts",
  "settings/": "settings/config.ts settings/derived.ts settings/env_file.ts",
};

/** A package, and the only places that may import it. Where none is named, none may. */
const ONLY_IMPORTERS: readonly { name: RegExp; places: string; typesIn?: string }[] = [
  { name: /^grammy\/types$/, places: "telegram/", typesIn: "telegram/ demo/ sandbox/" },
  { name: /^(grammy|@grammyjs\/.*)$/, places: "telegram/" },
  { name: /^(@libsql\/.*|libsql)$/, places: "store/driver.ts", typesIn: "store/" },
  { name: /^@logtape\//, places: "log/" },
  { name: /^@std\//, places: "deps/" },
  { name: /^croner$/, places: "time/schedule.ts" },
  { name: /^dotenv$/, places: "settings/env_file.ts" },
  { name: /^hono(\/|$)/, places: "health/http.ts demo/ sandbox/" },
  { name: /^htmlparser2$/, places: "status/" },
  { name: /^node:/, places: "deps/ log/ids.ts commands/" },
];

/** Words that only some places may use. */
const ONLY_USERS: readonly { word: RegExp; places: string }[] = [
  { word: /\bDeno\.(args|exit)\b/, places: "main.ts" },
  { word: /\bDeno\.env\b/, places: "main.ts deps/" },
  // The program may run nothing but itself.
  { word: /\bDeno\.Command\b/, places: "app/subprocess.ts" },
  { word: /\bconsole\./, places: "main.ts demo/ sandbox/" },
];

const ROOT = new URL("../src", import.meta.url).pathname;
const SOURCES: readonly Source[] = filesBelow(ROOT).filter((path) => /(?<!\.d)\.ts$/.test(path))
  .map((path) => ({ path, code: Deno.readTextFileSync(`${ROOT}/${path}`) }));

Deno.test("the sources keep to the arrows", () => {
  assert(SOURCES.length > 5);
  assertEquals(SOURCES.flatMap(violations), []);
});

Deno.test("no source imports itself by way of others, not even for types", () => {
  assertEquals(circles(SOURCES), []);
});

// Test files run side by side in one process, whose environment and folder are those of all.
Deno.test("no test changes what all tests of a run share", () => {
  const shared = /\bDeno\.(env\.(set|delete)|chdir|umask)\(/;
  const tests = new URL(".", import.meta.url).pathname;
  const changing = filesBelow(tests).filter((path) => path.endsWith("_test.ts"))
    .filter((path) => shared.test(withoutCommentLines(Deno.readTextFileSync(`${tests}/${path}`))));
  assertEquals(changing, []);
});

Deno.test("circles() knows what comes back to where it began and what does not", async (t) => {
  type Case = [title: string, sources: Record<string, string>, expected: string[]];
  const cases: Case[] = [
    ["a chain", { "a.ts": 'import "./b.ts";', "b.ts": 'import "./c.ts";', "c.ts": "" }, []],
    ["two ways to one file", {
      "a.ts": 'import "./b.ts";\nimport "./c.ts";',
      "b.ts": 'import "./d.ts";',
      "c.ts": 'import "./d.ts";',
      "d.ts": "",
    }, []],
    ["an import in a comment", { "a.ts": 'import "./b.ts";', "b.ts": '// import "./a.ts";' }, []],
    ["a package of the same name", { "a.ts": 'import "./b.ts";', "b.ts": 'import "a.ts";' }, []],
    ["a file outside", { "a.ts": 'import "../a.ts";' }, []],
    ["itself", { "a.ts": 'import "./a.ts";' }, ["a.ts"]],
    ["two files, one for types only", {
      "a.ts": 'import type { B } from "./b.ts";',
      "b.ts": 'import { a } from "./a.ts";',
    }, ["a.ts", "b.ts"]],
    ["a type imported in line", {
      "a.ts": 'export type A = import("./b.ts").B;',
      "b.ts": 'export type { A } from "./a.ts";',
    }, ["a.ts", "b.ts"]],
    ["a circle behind a chain, across rooms", {
      "a.ts": 'import "./x/b.ts";',
      "x/b.ts": 'import "../y/c.ts";',
      "y/c.ts": 'import "./d.ts";',
      "y/d.ts": 'const b = await import("../x/b.ts");',
    }, ["x/b.ts", "y/c.ts", "y/d.ts"]],
    ["a circle that is left by another import first", {
      "a.ts": 'import "./b.ts";',
      "b.ts": 'import "./c.ts";\nimport "./a.ts";',
      "c.ts": "",
    }, ["a.ts", "b.ts"]],
  ];
  for (const [title, sources, expected] of cases) {
    await t.step(`${title}: ${expected.join(", ") || "none"}`, () => {
      const list = Object.entries(sources).map(([path, code]) => ({ path, code }));
      assertEquals(circles(list), expected);
      assertEquals(circles(list.toReversed()), expected);
    });
  }
});

Deno.test("violations() knows what is allowed and what is not", async (t) => {
  const allowed: [string, string][] = [
    ["domain/a.ts", 'import { b } from "./b.ts";'],
    ["domain/a.ts", "// Deno.env, await and Date.now() are for others."],
    ["checking/a.ts", 'import { b } from "../domain/b.ts";'],
    ["checking/a.ts", 'import type { Log } from "../log/log.ts";'],
    ["export/a.ts", 'import { stringify } from "../deps/csv.ts";'],
    ["store/a.ts", 'import type { Row } from "@libsql/client"; import "../time/b.ts";'],
    ["store/driver.ts", 'import("@libsql/client"); import "../deps/private_folder.ts";'],
    ["store/upkeep/a.ts", 'import "../b.ts";\nimport "./c.ts";'],
    ["status/html/a.ts", 'import "../b.ts";\nimport "../../domain/c.ts";\nimport "htmlparser2";'],
    ["telegram/a.ts", 'import "../export/csv.ts";\nimport "@grammyjs/runner";'],
    ["telegram/texts/a.ts", 'import type { Update } from "grammy/types";'],
    ["sandbox/a.ts", 'import type { Update } from "grammy/types"; console.log(1);'],
    ["sandbox/telegram/a.ts", 'import { Hono } from "hono";\nimport "./b.ts";'],
    ["settings/config.ts", 'import { text } from "./values.ts";'],
    ["settings/a.ts", 'import { regionOf } from "../domain/region.ts";'],
    ["log/logger.ts", 'import "./line.ts";\nimport "./file.ts";\nimport "@logtape/logtape";'],
    ["app.ts", 'import "./settings/config.ts";\nimport "./telegram/bot.ts";\nimport "./app/a.ts";'],
    ["demo/demo.ts", 'import "../app.ts";\nimport "../sandbox/telegram/server.ts";'],
    ["main.ts", 'import "./commands/run.ts";\nDeno.exit(Deno.args.length);'],
    ["commands/a.ts", 'import "../app.ts";\nimport "../demo/demo.ts";\nimport "../store/b.ts";'],
  ];
  const refused: [string, string][] = [
    ["domain/a.ts", 'import "../time/b.ts";'],
    ["domain/a.ts", 'import type { Log } from "../log/log.ts";'],
    ["domain/a.ts", 'import { Cron } from "croner";'],
    ["domain/a.ts", "const now = Date.now();"],
    ["domain/a.ts", "const now = new Date();"],
    ["domain/a.ts", "await something();"],
    ["domain/a.ts", "Deno.readTextFileSync(x);"],
    ["domain/a.ts", 'import "../deps/csv.ts";'],
    ["checking/a.ts", 'import "../store/store.ts";'],
    ["checking/a.ts", 'import { Hono } from "hono";'],
    ["checking/a.ts", 'import { something } from "some-package";'],
    ["delivering/a.ts", 'import { redact } from "../log/logger.ts";'],
    ["health/a.ts", 'import { Hono } from "hono";'],
    ["health/a.ts", 'import "../store/store.ts";'],
    ["export/a.ts", 'import { stringify } from "@std/csv";'],
    ["time/a.ts", 'import { Cron } from "croner";'],
    ["store/a.ts", 'import "../telegram/b.ts";'],
    ["store/a.ts", 'import { createClient } from "@libsql/client";'],
    ["store/a.ts", 'import { redact } from "../log/logger.ts";'],
    ["store/a.ts", 'import type { LevelWord } from "../log/line.ts";'],
    ["store/a.ts", 'import type { Config } from "../settings/config.ts";'],
    ["store/a.ts", 'import "../import/import.ts";'],
    ["store/a.ts", 'import "../app.ts";'],
    ["store/a.ts", "console.error(1);"],
    ["store/a.ts", 'new Deno.Command("sh");'],
    ["telegram/a.ts", 'import { createClient } from "@libsql/client";'],
    ["telegram/a.ts", 'const x = await import("../store/store.ts");'],
    ["status/a.ts", 'import { Bot } from "grammy";'],
    ["status/a.ts", 'import type { Update } from "grammy/types";'],
    ["sandbox/a.ts", 'import { Bot } from "grammy";'],
    ["sandbox/a.ts", 'import { x } from "grammy/types";'],
    ["sandbox/a.ts", 'import "../telegram/b.ts";'],
    ["sandbox/a.ts", 'import "../domain/b.ts";'],
    ["sandbox/a.ts", 'import type { Entry } from "../demo/print.ts";'],
    ["sandbox/a.ts", "Deno.exit(0);"],
    ["demo/demo.ts", 'import "../main.ts";'],
    ["demo/demo.ts", 'import "../commands/run.ts";'],
    ["settings/config.ts", 'import { getLogger } from "@logtape/logtape";'],
    ["settings/config.ts", 'import "../log/line.ts";'],
    ["log/logger.ts", 'import type { Config } from "../settings/config.ts";'],
    ["app.ts", 'import { redact } from "./log/line.ts";'],
    ["app.ts", 'import { getLogger } from "@logtape/logtape";'],
    ["app.ts", 'import { Cron } from "croner";'],
    ["app.ts", 'import "./main.ts";'],
    ["app.ts", 'import "./sandbox/telegram/server.ts";'],
    ["app.ts", 'import "./demo/demo.ts";'],
    ["app.ts", 'import "./commands/run.ts";'],
    ["app.ts", 'Deno.env.get("HOME");'],
    ["main.ts", 'import { text } from "./settings/values.ts";'],
    ["commands/a.ts", 'import "../main.ts";'],
    ["commands/a.ts", 'import "../sandbox/telegram/server.ts";'],
    ["commands/a.ts", 'import "../demo/page_server.ts";'],
    ["commands/a.ts", "Deno.exit(1);"],
    ["commands/a.ts", 'import "@libsql/client";'],
    ["new_room/a.ts", 'import "../domain/b.ts";'],
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

/** The files from which imports, followed for as long as one likes, come back to where they began. */
function circles(sources: readonly Source[]): string[] {
  const imported = new Map(sources.map(({ path, code }) => [
    path,
    importsOf(code).filter((it) => it.specifier.startsWith("."))
      .map((it) => resolve(path, it.specifier)),
  ]));
  const comesBack = (start: string) => {
    const seen = new Set<string>();
    const ahead = [start];
    for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
      for (const next of imported.get(path) ?? []) {
        if (next === start) return true;
        if (!seen.has(next)) ahead.push(next);
        seen.add(next);
      }
    }
    return false;
  };
  return [...imported.keys()].filter(comesBack).sort();
}

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
  const room = roomOf(from);
  if (roomOf(to) === room) return true;
  const { values, types = "" } = ROOMS[room] ?? { values: "" };
  const entrances = ENTRANCES[roomOf(to)];
  if (entrances !== undefined && !isIn(to, entrances)) return false;
  return isIn(to, values) || (isTypeOnly && isIn(to, types));
}

function mayImportPackage(from: string, name: string, isTypeOnly: boolean): boolean {
  const rule = ONLY_IMPORTERS.find((it) => it.name.test(name));
  return rule !== undefined &&
    (isIn(from, rule.places) || (isTypeOnly && isIn(from, rule.typesIn ?? "")));
}

/** The folder directly below src/ that a file belongs to, or the file itself. */
function roomOf(path: string): string {
  return path.includes("/") && !path.startsWith("..") ? path.slice(0, path.indexOf("/") + 1) : path;
}

function isIn(path: string, places: string): boolean {
  return places.split(" ").filter((it) => it !== "").some((place) =>
    place.endsWith("/") ? path.startsWith(place) : path === place
  );
}

function resolve(from: string, specifier: string): string {
  const path = new URL(specifier, `file:///work/src/${from}`).pathname;
  return path.startsWith("/work/src/") ? path.slice("/work/src/".length) : `..${path.slice(5)}`;
}
