import { parse as parseEnvFile } from "dotenv";
import { runtimeConfig, runtimeLock, SERVERS, strayPackages } from "../scripts/stage.ts";
import { importsOf } from "../scripts/imports.ts";
import { elfImageEnd } from "../scripts/npm_runtime.ts";
import { broken, escaped, parseBreakages } from "../scripts/breakages.ts";
import { closingLine, LIMIT, parseSummary, testArguments } from "../scripts/test.ts";
import { parseConfig, SETTING_NAMES } from "../src/settings/config.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "./assert.ts";
import { withFolder } from "./support.ts";

const root = new URL("..", import.meta.url);
const config = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));

Deno.test("parseSummary() reads the last summary line of a run", async (t) => {
  const cases: [string, string][] = [
    ["ok | 4 passed (2 steps) | 0 failed | 1 ignored (48ms)", "4 passed, 0 failed, 1 skipped"],
    ["ok | 4 passed | 0 failed (48ms)", "4 passed, 0 failed"],
    ["FAILED | 1 passed | 2 failed (3 steps) (5ms)", "1 passed, 2 failed"],
    [
      "ok | 3 passed (1 step) | 0 failed | 2 ignored (4 steps) | 7 filtered out (1s)",
      "3 passed, 0 failed, 2 skipped",
    ],
    ["\u001b[0m\u001b[32mok\u001b[0m | 5 passed | 0 failed \u001b[0m(1ms)\n", "5 passed, 0 failed"],
    ["ok | 9 passed | 0 failed (1ms)\nok | 1 passed | 0 failed (1ms)", "1 passed, 0 failed"],
    ["a test says: ok | 9 passed | 0 failed (1ms)", "0 passed, 0 failed"],
  ];
  for (const [output, line] of cases) {
    await t.step(output, () => assertEquals(closingLine(parseSummary(output), 0), line));
  }
});

Deno.test("closingLine() never looks clean after a run that broke off", () => {
  assertEquals(closingLine(null, 1), "0 passed, 1 failed");
  assertEquals(closingLine({ passed: 3, failed: 0, skipped: 0 }, 1), "3 passed, 1 failed");
  assertEquals(closingLine({ passed: 3, failed: 2, skipped: 0 }, 1), "3 passed, 2 failed");
});

Deno.test("testArguments() tests everything, in groups, unless files are named", () => {
  const always = ["test", "-A", "--parallel", LIMIT];
  const all = ["--no-check", `--config=${root.pathname}deno.json`, "/groups"];
  assertEquals(testArguments([], "/groups"), [...always, ...all]);
  const filtered = testArguments(["--filter", "health"], "/groups");
  assertEquals(filtered, [...always, "--filter", "health", ...all]);
  assertEquals(testArguments(["tests/a_test.ts"], "/groups"), [...always, "tests/a_test.ts"]);
});

Deno.test("scripts/test.ts runs every file but those of the program, and no file's trouble hides another's", async () => {
  const late =
    'setTimeout(() => { throw new Error("late"); }); await new Promise((done) => setTimeout(done, 9));';
  const good = (title: string) => `Deno.test("${title} is well", () => {});`;
  const files: Record<string, string> = {
    "tests/a/good_test.ts": good("a"),
    "tests/a/helper.ts": "throw new Error();",
    "tests/chaos/plan_test.ts": good("plan"),
    "tests/chaos/chaos_test.ts": good("chaos"),
    "tests/e2e/any_test.ts": good("end to end"),
    "tests/fails_test.ts": `\n\nDeno.test("fails", () => { throw new Error("x"); });${
      good("next")
    }`,
    "tests/odd_test.ts": "this is no program",
    "tests/stray_test.ts": `Deno.test("stray", async () => { ${late} }); ${good("after")}`,
    "tests/types_test.ts": `const one: string = 1; ${good("of no type")} void one;`,
    ...Object.fromEntries([1, 2, 3, 4].map((it) => [`tests/z/${it}_test.ts`, good(`${it}`)])),
  };
  await withFolder(async (parent) => {
    const folder = `${parent}/a person's дом`;
    for (
      const path of [
        "deno.json",
        "deno.lock",
        "scripts/imports.ts",
        "scripts/test.ts",
        "scripts/test_limit.ts",
      ]
    ) {
      files[path] = Deno.readTextFileSync(new URL(path, root));
    }
    for (const [path, source] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, source);
    }
    const output = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/test.ts"],
      cwd: folder,
      env: { NO_COLOR: "1", TMPDIR: folder },
      stderr: "null",
    }).output();
    const said = new TextDecoder().decode(output.stdout);
    assertEquals(said.trimEnd().split("\n").at(-1), "9 passed, 3 failed");
    assertEquals(output.code, 1);
    assertStringIncludes(said, "\nfails => ./tests/fails_test.ts:3:6\n");
    assertMatch(said, /^tests\/odd_test\.ts cannot be loaded \.\.\. FAILED/m);
    assertMatch(said, /\nstray => \.\/tests\/stray_test\.ts:1:6\nerror: Error: late\n/);
    assertMatch(said, /^after is well \.\.\. ok/m);
    const left = [...Deno.readDirSync(folder)].filter((it) => /^bitrix24/.test(it.name));
    assertEquals(left, []);
  });
});

Deno.test("scripts/test.ts ends with the closing line and the exit code of the run", async (t) => {
  const folder = await Deno.makeTempDir();
  const runs: [string, string, string, number][] = [
    [
      "pass",
      'Deno.test("a", () => {}); Deno.test.ignore("b", () => {});',
      "1 passed, 0 failed, 1 skipped",
      0,
    ],
    ["fail", 'Deno.test("a", () => { throw new Error("x"); });', "0 passed, 1 failed", 1],
    ["broken", "this is no program", "0 passed, 1 failed", 1],
    [
      "hanging",
      'Deno.test("a", () => { for (;;); }); Deno.test({ name: "b", fn() {} });' +
      'Deno.test("c", { timeout: 0 }, () => new Promise((done) => setTimeout(done, 1_100)));',
      "2 passed, 1 failed",
      1,
    ],
  ];
  for (const [name, source, line, code] of runs) {
    await t.step(name, async () => {
      const file = `${folder}/${name}_test.ts`;
      await Deno.writeTextFile(file, source);
      const script = new URL("scripts/test.ts", root).pathname;
      const output = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", script, "--no-check", file],
        cwd: folder,
        env: { TEST_LIMIT_SECONDS: "1" },
        stderr: "null",
      }).output();
      assertEquals(new TextDecoder().decode(output.stdout).trimEnd().split("\n").at(-1), line);
      assertEquals(output.code, code);
    });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("breakages: one line is broken, or it is said why not; only a test that failed has caught it", async (t) => {
  const [first, second] = parseBreakages(`# About it.

src/a.ts
- const A = 1; // $&
+ const A = 2; // $&
tests/a_test.ts  a title with spaces

src/b.ts
-   stop();
+
tests/b_test.ts
`);
  assert(first && second);
  await t.step("the list", () => {
    assertEquals([first.test, first.filter], ["tests/a_test.ts", "a title with spaces"]);
    assertEquals([second.before, second.after, second.filter], ["  stop();", "", null]);
    assertThrows(() => parseBreakages("src/a.ts\n- x\ntests/a_test.ts"));
  });
  await t.step("the line", () => {
    const source = "before\n  const A = 1; // $&\nafter";
    assertEquals(broken(source, first), "before\n  const A = 2; // $&\nafter");
    for (const odd of ["const A = 3;", `${source}\n${source}`]) {
      assertStringIncludes(assertThrows(() => broken(odd, first)).message, "src/a.ts");
    }
  });
  const verdicts: [string, number, string | null][] = [
    ["a title ... FAILED (1ms)\nFAILED | 0 passed | 1 failed (2ms)", 1, null],
    ["./a_test.ts (uncaught error)\nFAILED | 0 passed | 1 failed (2ms)", 1, "be loaded"],
    ["a title ... ok (1ms)\n\nok | 1 passed | 0 failed (2ms)", 0, "SURVIVED"],
    ["ok | 0 passed | 0 failed | 3 filtered out (2ms)", 0, "no test"],
    ["thread panicked", 134, "broke off"],
  ];
  for (const [output, code, words] of verdicts) {
    await t.step(words ?? "caught", () => {
      if (words === null) assertEquals(escaped(output, code), null);
      else assertStringIncludes(escaped(output, code) ?? "", words);
    });
  }
});

Deno.test("importsOf() finds what a source imports, in every form", () => {
  const source = `
    import "./first.ts";
    import type { A } from "a";
    import { type B, c } from 'not-our-quotes';
    import {
      d,
    } from "d";
    export * from "./e.ts";
    export type { F } from "f";
    const g = await import("g");
    // import "./comment.ts";
    /** import { x } from "./doc.ts";
     * import "./doc2.ts" */
    import page from "./page.html" with { type: "text" };
  `;
  assertEquals(importsOf(source), [
    { specifier: "./first.ts", isTypeOnly: false },
    { specifier: "a", isTypeOnly: true },
    { specifier: "d", isTypeOnly: false },
    { specifier: "./e.ts", isTypeOnly: false },
    { specifier: "f", isTypeOnly: true },
    { specifier: "./page.html", isTypeOnly: false },
    { specifier: "g", isTypeOnly: false },
  ]);
});

Deno.test("runtimeConfig() leaves out the packages of the tests", () => {
  const staged = runtimeConfig(config, ["hono", "./x.ts", "grammy/types"]);
  assertEquals(staged.imports, {
    "grammy/types": config.imports["grammy/types"],
    hono: config.imports.hono,
  });
  assertEquals(staged.unstable, config.unstable);
  assertEquals(staged.compilerOptions, config.compilerOptions);
  assertEquals(staged.version, config.version);
});

Deno.test("runtimeLock() keeps one database driver and no package of types, and pins the rest", () => {
  const locked = { integrity: "x" };
  const lock = {
    version: "5",
    npm: {
      "libsql@0.5.29": {
        ...locked,
        dependencies: ["detect-libc"],
        optionalDependencies: [
          "@libsql/darwin-arm64",
          "@libsql/linux-arm64-gnu",
          "@libsql/linux-x64-gnu",
          "@libsql/linux-x64-musl",
        ],
      },
      "@libsql/linux-arm64-gnu@0.5.29": locked,
      "@libsql/linux-x64-gnu@0.5.29": locked,
      "@libsql/linux-x64-musl@0.5.29": locked,
      "@libsql/isomorphic-ws@0.1.5": { ...locked, dependencies: ["@types/ws", "ws"] },
      "@types/ws@8.18.2": { ...locked, dependencies: ["@types/node"] },
      "undici-types@8.9.0": locked,
      "detect-libc@2.0.2": locked,
    },
  };
  const drivers = ["@libsql/linux-x64-gnu", "@libsql/linux-arm64-gnu"];
  for (const [index, target] of SERVERS.entries()) {
    const driver = drivers[index] ?? "";
    assertEquals(runtimeLock(lock, target), {
      version: "5",
      npm: {
        "libsql@0.5.29": {
          ...locked,
          dependencies: ["detect-libc"],
          optionalDependencies: [driver],
        },
        [`${driver}@0.5.29`]: locked,
        "@libsql/isomorphic-ws@0.1.5": { ...locked, dependencies: ["ws"] },
        "detect-libc@2.0.2": locked,
      },
    });
  }
});

Deno.test("strayPackages() names what the lock file does not pin", () => {
  const lock = { npm: { "a@1": { integrity: "x" }, "b@1": { integrity: "y" } } };
  assertEquals(strayPackages(lock, { npm: { "a@1": { integrity: "x" } } }), []);
  assertEquals(
    strayPackages(lock, { npm: { "a@1": { integrity: "z" }, "c@1": { integrity: "x" } } }),
    ["a@1", "c@1"],
  );
});

Deno.test("elfImageEnd() is behind the table of section headers", () => {
  const header = new Uint8Array(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2]);
  const view = new DataView(header.buffer);
  view.setBigUint64(0x28, 10_000n, true);
  view.setUint16(0x3a, 64, true);
  view.setUint16(0x3c, 30, true);
  assertEquals(elfImageEnd(header), 10_000 + 64 * 30);
  assertThrows(() => elfImageEnd(new Uint8Array(64)));
});

Deno.test("every place that names Deno's version names the one in deno.json", () => {
  const places = ["README.md", "Dockerfile", "compose.yaml", ".ci/run", ".github/CONTRIBUTING.md"];
  for (const place of places) {
    const text = readIfThere(place);
    const named = [...text.matchAll(/\bdeno[@:](?:alpine-|debian-)?(\d+\.\d+\.\d+)/g)];
    for (const [mention, version] of named) {
      assertEquals(version, config.deno, `${place}: ${mention}`);
    }
    if (place === "README.md" && text !== "") assert(named.length > 0, "README names no version");
  }
});

Deno.test(".env.example explains every setting and no other, with its default", () => {
  const text = Deno.readTextFileSync(new URL(".env.example", root));
  const lines = text.split("\n").filter((line) => /^#?[A-Z_]+=/.test(line));
  const names = lines.map((line) => line.replace(/^#|=.*$/g, ""));
  assertEquals([...names].sort(), [...SETTING_NAMES].sort());
  for (const [index, line] of text.split("\n").entries()) {
    const isExplained = text.split("\n")[index - 1]?.startsWith("# ");
    if (lines.includes(line)) assert(isExplained, `${line} has no explanation`);
  }
  const BOT_TOKEN = "987654321:AAF-k3yForTests_only0123456789abcdefg";
  const values = parseEnvFile(lines.map((line) => line.replace(/^#/, "")).join("\n"));
  const read = (env: Record<string, string>) => parseConfig({ ...env, BOT_TOKEN }, () => "");
  assertEquals(read(values), read({}));
});

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(new URL(path, root));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
