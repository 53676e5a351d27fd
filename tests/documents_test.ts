// The documents that people read: the two READMEs say the same, and what they name is there.
import { COMMANDS } from "../src/main.ts";
import { parseConfig, SETTING_NAMES } from "../src/settings/config.ts";
import { ADMIN_COMMANDS, PUBLIC_COMMANDS } from "../src/telegram/actions.ts";
import { assert, assertEquals } from "./assert.ts";
import { cellsOf, codeIn, essenceOf, linksIn, type Piece, piecesOf } from "./markdown.ts";

const ROOT = new URL("..", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));

const ENGLISH = "README.md";
const RUSSIAN = "README.ru.md";
const READMES = [ENGLISH, RUSSIAN];

/** The headings of the README and what they are in the Russian one, in order. */
const HEADINGS: readonly (readonly [string, string])[] = [
  ["bitrix24-bot", "bitrix24-bot"],
  ["Commands", "Команды"],
  ["Run it for real", "Запуск"],
  ["On a server", "На сервере"],
  ["In a container", "В контейнере"],
  ["When something is odd", "Если что-то не так"],
  ["Watched from outside", "Наблюдение снаружи"],
  ["Moving from the predecessor", "Переезд с прежнего бота"],
  ["Settings", "Настройки"],
  ["How it behaves", "Как он себя ведёт"],
  ["What it knows of people", "Что он знает о людях"],
  ["Working on it", "Для разработчиков"],
];

/** Every document that people read, and what names one of its headings. */
const DOCUMENTS = [
  ...READMES,
  ...["CHANGELOG.md", "SECURITY.md", "scripts/bench/README.md"],
  ...[...Deno.readDirSync(new URL(".github", ROOT))].map((it) => `.github/${it.name}`)
    .filter((it) => it.endsWith(".md")),
];
const POINTERS = [
  ...["Dockerfile", "compose.yaml", "src/demo/demo.ts"],
  ...[...Deno.readDirSync(new URL("systemd", ROOT))].map((it) => `systemd/${it.name}`),
];

const titlesOf = (path: string) =>
  piecesOf(read(path)).filter((it) => it.kind === "heading").map((it) => it.text);

/** The rows of the README's table below a heading, the number-th there, without its head. */
function rowsBelow(path: string, heading: string, number = 0): Piece[] {
  const pieces = piecesOf(read(path));
  const from = pieces.findIndex((it) => it.kind === "heading" && it.text === heading);
  assert(from >= 0, `${path} has no heading “${heading}”`);
  const rest = pieces.slice(from + 1);
  const to = rest.findIndex((it) => it.kind === "heading");
  const tables: Piece[][] = [];
  for (const [at, piece] of rest.slice(0, to).entries()) {
    if (piece.kind !== "row") continue;
    if (rest[at - 1]?.kind === "row") tables.at(-1)?.push(piece);
    else tables.push([piece]);
  }
  return tables[number]?.slice(2) ?? [];
}

/** What a heading of the README is called in this one. */
function titleIn(path: string, english: string): string {
  const pair = HEADINGS.find(([it]) => it === english);
  return (path === ENGLISH ? pair?.[0] : pair?.[1]) ?? "";
}

Deno.test("both READMEs have the same headings, in the same order", () => {
  assertEquals(titlesOf(ENGLISH), HEADINGS.map(([english]) => english));
  assertEquals(titlesOf(RUSSIAN), HEADINGS.map(([, russian]) => russian));
});

Deno.test("both READMEs have the same blocks, commands, settings, defaults, links and numbers in the same places", () => {
  // Each leads to the other where the other leads to it.
  const essence = (path: string) =>
    piecesOf(read(path)).map((it) => essenceOf(it).replace(/^(paragraph: README).*\.md$/, "$1"));
  assertEquals(essence(RUSSIAN), essence(ENGLISH));
});

Deno.test("each README leads to the other at its top", () => {
  for (const [path, other] of [[ENGLISH, RUSSIAN], [RUSSIAN, ENGLISH]] as const) {
    assertEquals(linksIn(read(path).split("\n", 4).join("\n")), [other]);
  }
});

Deno.test("a translation that lost or moved something is seen, one that is only worded otherwise is not", () => {
  const english = [
    "# A",
    "Ask `a` for 5 s, then see [b](b.md).",
    "| `x`, `y` | `1`, `2` | `x` before `y` |",
    ...["```sh", "ls # here", "```", "- one"],
  ].join("\n");
  const essence = (markdown: string) => piecesOf(markdown).map(essenceOf);
  const russian = english.replace("# A", "# Б").replace("# here", "# тут").replace("one", "раз")
    .replace("`x` before `y`", "`y` после `x`").replace(/Ask.*md\)/, "См. [b](b.md), 5 с, `a`");
  assertEquals(essence(russian), essence(english));
  for (
    const [from, to] of [
      ["# A", "## A"],
      ["`a`", "a"],
      ["5 s", "6 s"],
      ["b.md", "c.md"],
      ["`1`, `2`", "`2`, `1`"],
      ["ls", "ls -a"],
      ["- one", "one"],
    ] as const
  ) {
    const changed = essence(english.replace(from, to));
    assert(JSON.stringify(changed) !== JSON.stringify(essence(english)), `${from} → ${to}`);
  }
});

Deno.test("the READMEs are short, and begin with a sentence, two commands and what people see", () => {
  for (const path of READMES) {
    const lines = read(path).trimEnd().split("\n");
    assert(lines.length < 300, `${path} has ${lines.length} lines`);
    const first = piecesOf(lines.slice(0, 40).join("\n")).filter((it) => it.text !== "");
    const kinds = first.slice(1, 5).map((it) => it.language || it.kind);
    assertEquals(kinds, ["paragraph", "paragraph", "sh", "text"], path);
  }
});

for (const path of READMES) {
  Deno.test(`${path} lists the commands that chats have, each once`, () => {
    const listed = rowsBelow(path, titleIn(path, "Commands"))
      .flatMap((it) => codeIn(cellsOf(it)[0] ?? "")).map((it) => it.replace(/ .*/, ""));
    const known = [...PUBLIC_COMMANDS, ...ADMIN_COMMANDS].map((it) => `/${it}`);
    assertEquals(listed.toSorted(), known.toSorted());
  });

  Deno.test(`${path} lists the program's commands as --help does`, () => {
    const listed = rowsBelow(path, titleIn(path, "Run it for real"))
      .flatMap((it) => codeIn(cellsOf(it)[0] ?? ""));
    const known = COMMANDS.map((it) => `bitrix24-bot ${it.synopsis}`);
    assertEquals(listed, [...known, "bitrix24-bot --help", "--version"]);
  });

  Deno.test(`${path} lists every setting and no other, with its default`, () => {
    const rows = rowsBelow(path, titleIn(path, "Settings")).map(cellsOf);
    const names = rows.flatMap(([variables = ""]) => codeIn(variables));
    const isName = (it: string) => SETTING_NAMES.includes(it);
    assertEquals(names.filter((it) => !isName(it)), []);
    const mentioned = new Set(rows.flatMap((it) => codeIn(it.join(" "))));
    assertEquals(SETTING_NAMES.filter((it) => !mentioned.has(it)), []);
    assertEquals(new Set(names).size, names.length, "a setting is listed twice");
    const BOT_TOKEN = "987654321:AAF-k3yForTests_only0123456789abcdefg";
    const parsed = (env: Record<string, string>) => parseConfig({ ...env, BOT_TOKEN }, () => "");
    const defaults: Record<string, string> = {};
    for (const [variables = "", value = ""] of rows) {
      const values = codeIn(value);
      for (const [at, name] of codeIn(variables).entries()) {
        const given = values[at] ?? values[0];
        if (given !== undefined) defaults[name] = given;
      }
    }
    assert(Object.keys(defaults).length >= 18, JSON.stringify(defaults));
    assertEquals(parsed(defaults), parsed({}));
  });
}

Deno.test("every link of a document leads to something that is there", () => {
  const broken = DOCUMENTS.flatMap((path) =>
    linksIn(read(path)).filter((it) => !/^[a-z]+:/.test(it)).filter((link) => {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? path : new URL(file, new URL(path, ROOT)).pathname;
      if (!isThere(target)) return true;
      return anchor !== undefined && !titlesOf(target).map(anchorOf).includes(anchor);
    }).map((link) => `${path}: ${link}`)
  );
  assertEquals(broken, []);
});

Deno.test("every file of ours that a document names is there", () => {
  const named = DOCUMENTS.filter((it) => it !== "CHANGELOG.md").flatMap((path) =>
    codeIn(read(path).replaceAll(/^```[^]*?^```/gm, ""))
      .filter((it) => /^[\w./-]+\.(ts|md|txt|yml|svg)$|^[\w./-]+\/$/.test(it))
      .map((name) => ({ path, name }))
  );
  assert(named.length > 20);
  const folders = ["", "src/", "tests/", "src/telegram/", "systemd/"];
  const lost = named.filter(({ name }) => !folders.some((it) => isThere(`${it}${name}`)));
  assertEquals(lost.filter(({ name }) => !MADE.includes(name)), []);
});

/** What the program makes. */
const MADE = ["backups/", "data/"];

Deno.test("every heading of a README that something names is there", () => {
  const named = POINTERS.flatMap((path) =>
    [...read(path).matchAll(/(README(?:\.ru)?\.md), ["“«](.+?)["”»]/g)].map(
      ([, readme = "", heading = ""]) => ({ path, readme, heading }),
    )
  );
  assert(named.length >= 5, JSON.stringify(named));
  assertEquals(named.filter(({ readme, heading }) => !titlesOf(readme).includes(heading)), []);
});

function isThere(path: string): boolean {
  try {
    return Boolean(Deno.statSync(new URL(path, ROOT)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** As GitHub makes it of a heading. */
function anchorOf(title: string): string {
  return title.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
}
