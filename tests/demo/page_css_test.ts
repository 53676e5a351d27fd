import { assertEquals, assertMatch } from "../assert.ts";

const FOLDER = new URL("../../src/demo/page/", import.meta.url);

const sheets = [...Deno.readDirSync(FOLDER)].map((it) => it.name).filter((it) =>
  it.endsWith(".css")
)
  .map((it) => Deno.readTextFileSync(new URL(it, FOLDER)).replace(/\/\*[^]*?\*\//g, ""));

/** What is declared for each class and id by itself, in all rules that end in it. */
function declarations(): Map<string, Map<string, string>> {
  const all = new Map<string, Map<string, string>>();
  for (const [, selectors = "", body = ""] of sheets.join("").matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    for (const selector of selectors.split(",").filter((it) => !it.includes("::"))) {
      for (
        const [name] of (selector.trim().split(/[ >+~]+/).at(-1) ?? "").matchAll(/[.#][\w-]+/g)
      ) {
        const known = all.get(name) ?? new Map<string, string>();
        for (const [, property = "", value = ""] of body.matchAll(/([\w-]+):\s*([^;]+);/g)) {
          known.set(property, value);
        }
        all.set(name, known);
      }
    }
  }
  return all;
}

Deno.test("page: the bars by which it is scrolled are as dark as the page, in Firefox as well", () => {
  const root = /:root\s*\{([^}]*)\}/.exec(sheets.find((it) => it.includes(":root")) ?? "")?.[1] ??
    "";
  assertMatch(root, /scrollbar-color: var\(--\w+\) var\(--\w+\);/);
});

Deno.test("page: what has a bar at one side has no round corners there, which Firefox makes a crescent of", () => {
  const odd = [...declarations()].filter(([, of]) => {
    const [first = "0", second = first, third = first, fourth = second] =
      (of.get("border-radius") ?? "0").split(" ");
    const corners = { left: [first, fourth], right: [second, third] };
    return (["left", "right"] as const).some((side) =>
      [...of.keys()].some((it) => it.startsWith(`border-${side}`)) &&
      corners[side].some((it) => it !== "0")
    );
  });
  assertEquals(odd.map(([name]) => name), []);
});
