import { withoutCommentLines } from "../scripts/imports.ts";
import { assert, assertEquals } from "./assert.ts";

// The composition reads from above to below: inside a function nothing is mentioned before it is made,
// in no closure either. The compiler sees only what is used at once; a closure that is called too early
// is a ReferenceError at run time.

Deno.test("wiring: the composition mentions nothing before it is made", async () => {
  const root = new URL("../src/", import.meta.url).pathname;
  const parts = [...Deno.readDirSync(`${root}app`)].map(({ name }) => `app/${name}`);
  assert(parts.length > 4);
  for (const path of ["app.ts", ...parts]) {
    const code = await Deno.readTextFile(root + path);
    assertEquals(mentionedTooEarly(code), [], path);
  }
});

Deno.test("wiring: mentionedTooEarly() sees through closures, and is not misled by names that are none", () => {
  const inside = (body: string) => mentionedTooEarly(`export function a(b: B) {\n${body}\n}\n`);
  const wrong = [
    "const x = make(() => y.ring());\nconst y = new Y();",
    "const x = make({ onRing: () => void y.ring() });\nconst { y, z } = both();",
    "const x = make({ y });\nconst y = 1;",
    "const x = make(`${y}`);\nconst y = 1;",
    "const { x } = make({ on: () => x.go() });",
    "if (b) { later(() => y); }\nconst { old: y = 1 } = b;",
    "const x = later(() => end());\nfunction end() {}",
  ];
  for (const body of wrong) assertEquals(inside(body).length, 1, body);
  const right = [
    "const y = new Y();\nconst x = make(() => y.ring());",
    "const x = make({ y: 1 }, b.y, 'y', `y`); // y\nconst y = 1;",
    "const x = b.map((it) => { const y = it; return y; });",
    "const { y: x } = b;\nlater(() => x);\nconst { z = x } = b;",
    "const x: Y = b;\ntype(x);",
  ];
  for (const body of right) assertEquals(inside(body), [], body);
  const two = "function a() {\n  later(() => y);\n}\nfunction c() {\n  const y = 1;\n}\n";
  assertEquals(mentionedTooEarly(two), [], "another function's y is another one");
});

/** Names that a function declares and its text has earlier, by the functions of a module. */
function mentionedTooEarly(code: string): string[] {
  const spoken = withoutTexts(withoutCommentLines(code).replaceAll(/\s\/\/.*$/gm, ""));
  return [...spoken.matchAll(/^(?:export )?(?:async )?function (\w+)[^]*?^\}/gm)]
    .flatMap(([body, name]) => tooEarlyIn(body).map((it) => `${name}: ${it}`));
}

function tooEarlyIn(source: string): string[] {
  const tokens = source.match(/[A-Za-z_$][\w$]*|=>|\.\.\.|\?:|\S/g) ?? [];
  const begin = bodyOf(tokens);
  const isName = (index: number) =>
    /^[A-Za-z_$]/.test(tokens[index] ?? "") && tokens[index - 1] !== "." &&
    !(/^[{,;]$/.test(tokens[index - 1] ?? "") && /^\??:$/.test(tokens[index + 1] ?? ""));
  const early: string[] = [];
  let depth = 0;
  for (let index = begin; index < tokens.length; index++) {
    const token = tokens[index] ?? "";
    if (/^[({[]$/.test(token)) depth++;
    if (/^[)}\]]$/.test(token)) depth--;
    if (token === "function") {
      early.push("a function inside, which can be called before it is ready");
    }
    if (depth !== 1 || (token !== "const" && token !== "let")) continue;
    const { names, end } = declaration(tokens, index + 1);
    for (const [name, at] of names) {
      for (let earlier = begin; earlier < end; earlier++) {
        if (tokens[earlier] === name && earlier !== at && isName(earlier)) early.push(name);
      }
    }
  }
  return early;
}

/** Where the body of a function begins: at the brace after its arguments and what it returns. */
function bodyOf(tokens: readonly string[]): number {
  let depth = 0;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] ?? "";
    if (depth === 0 && token === "{" && tokens[index - 1] !== ":") return index;
    if (/^[({[]$/.test(token)) depth++;
    if (/^[)}\]]$/.test(token)) depth--;
  }
  return tokens.length;
}

/** The names that a declaration gives, each with its place, and where the statement ends. */
function declaration(tokens: readonly string[], from: number) {
  const names: [name: string, at: number][] = [];
  let depth = 0;
  let isDefault = false;
  let isPattern = true;
  let end = from;
  for (; end < tokens.length; end++) {
    const token = tokens[end] ?? "";
    if (depth === 0 && token === ";") break;
    if (depth === 0 && (token === "=" || (token === ":" && names.length > 0))) isPattern = false;
    if (/^[({[]$/.test(token)) depth++;
    if (/^[)}\]]$/.test(token)) depth--;
    if (token === "=") isDefault = true;
    if (token === "," && depth === 1) isDefault = false;
    const isGiven = isPattern && !isDefault && /^[A-Za-z_$]/.test(token) && tokens[end + 1] !== ":";
    const isPlain = isPattern && end === from && /^[A-Za-z_$]/.test(token);
    if (isGiven || isPlain) names.push([token, end]);
  }
  return { names, end };
}

/** Texts have no names in them, but for what a template puts in. */
function withoutTexts(code: string): string {
  return code.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""')
    .replaceAll(/`[^`]*`/g, (it) => `(${[...it.matchAll(/\$\{([^}]*)\}/g)].map(([, a]) => a)})`);
}
