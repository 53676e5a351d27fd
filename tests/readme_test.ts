import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "./assert.ts";
import { type Block, blocksOf, hasLine, NOT_RUN, readmeBlock, SUITES } from "./readme.ts";
import { pathWithSqlite3, sqlite3, withFolder } from "./support.ts";
import { GROUP, withWorld } from "./world.ts";

const ROOT = new URL("..", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));

/** What a block of the README may be beside lines of a shell. */
const NO_SHELL = ["text", "yaml"];

/** What is wrong with the shell blocks of a text, going by what is said of each. */
function neglected(
  blocks: readonly Block[],
  suites: Readonly<Record<string, string>>,
  notRun: Readonly<Record<string, string>>,
): string[] {
  const shell = blocks.filter((it) => !NO_SHELL.includes(it.language));
  const keys = [...Object.keys(suites), ...Object.keys(notRun)];
  return [
    ...shell.filter((it) => it.language !== "sh")
      .map((it) => `${it.heading}: a block is “${it.language}”, neither sh nor ${NO_SHELL}`),
    ...shell.filter((it) => keys.filter((key) => hasLine(it, key)).length !== 1)
      .map((it) => `${it.heading}: not told once how it is tested: ${it.text.split("\n")[0]}`),
    ...keys.filter((key) => shell.filter((it) => hasLine(it, key)).length !== 1)
      .map((key) => `No block, or several, have a line that begins with: ${key}`),
    ...Object.entries(notRun).filter(([, why]) => why === "").map(([key]) => `No reason: ${key}`),
  ];
}

Deno.test("every shell block of the README is run by a suite, or it is said why not", () => {
  assertEquals(neglected(blocksOf(read("README.md")), SUITES, NOT_RUN), []);
});

Deno.test("the suites that are to run the README's blocks take them from there, and CI runs them", () => {
  for (const [key, suite] of Object.entries(SUITES)) {
    const source = read(suite);
    assert(source.includes(JSON.stringify(key)), `${suite} does not speak of ${key}`);
    const [, folder] = /^tests\/(systemd|image|neighbours)\//.exec(suite) ?? [];
    if (folder) assertMatch(read(".ci/run"), new RegExp(`\\btask test:${folder}\\b`));
    else assertMatch(suite, /_test\.ts$/);
  }
});

Deno.test("a block that nobody runs, one that is gone and one without a language are told", () => {
  const markdown = [
    ...["# One", "```sh", "ls", "# no heading", "```", "## Two", "   ```sh", "   rm x", "   ```"],
    ...["~~~", "pwd", "```", "~~~", "```yaml", "a: 1", "```", ""],
  ].join("\n");
  const blocks = blocksOf(markdown);
  assertEquals(blocks.map((it) => [it.heading, it.language, it.text]), [
    ["One", "sh", "ls\n# no heading\n"],
    ["Two", "sh", "   rm x\n"],
    ["Two", "", "pwd\n```\n"],
    ["Two", "yaml", "a: 1\n"],
  ]);
  const told = neglected(blocks, { ls: "tests/a_test.ts", cd: "tests/a_test.ts" }, { pwd: "" });
  assertEquals(told.length, 4, told.join("\n"));
  for (const [index, words] of ["neither sh nor", "rm x", "begins with: cd", "pwd"].entries()) {
    assertStringIncludes(told[index] ?? "", words);
  }
  assertThrows(() => blocksOf("```sh\nls\n"));
  assertThrows(() => readmeBlock("no such command"));
});

Deno.test("README, an incident by hand: in /history at once, told to nobody, no other touched", async () => {
  await withWorld(async (world) => {
    world.env["DATABASE_URL"] = `file:${world.folder}/data/bot.db`;
    // Between two checks, which hold the database for a moment.
    world.env["CHECK_INTERVAL"] = "3600";
    await world.start();
    const file = `${world.folder}/data/bot.db`;
    await sqlite3(
      file,
      "INSERT INTO incidents (region, components, description, status, start_time, end_time) " +
        "VALUES ('ru', 'CRM', 'Long ago', 'resolved', '2026-01-01 10:00:00', '2026-01-01 11:00:00')",
    );
    const block = readmeBlock("sqlite3 data/bot.db");
    const [insert = "", update = ""] = block.split(/^(?=.*UPDATE)/m);
    for (const [lines, open] of [[insert, "1"], [update, "0"]] as const) {
      await typed(lines, world.folder);
      const query = "SELECT COUNT(*) FROM incidents WHERE status = 'active'";
      assertEquals(await sqlite3(file, query), open);
      assertStringIncludes((await world.ask("/history")).text ?? "", "Test incident");
    }
    const old = "SELECT end_time FROM incidents WHERE description = 'Long ago'";
    assertEquals(await sqlite3(file, old), "2026-01-01 11:00:00");
    assertEquals(world.fromBot(GROUP), []);
  }, { isStarted: false });
});

Deno.test("README, a container's .env: made once, readable in a folder that is not, never overwritten", async () => {
  await withFolder(async (folder) => {
    await Deno.copyFile(new URL(".env.example", ROOT), `${folder}/.env.example`);
    const block = readmeBlock("[ -e .env ] ||");
    await typed(block, folder);
    const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
    assertEquals([modeOf(`${folder}/.env`), modeOf(folder)], [0o644, 0o700]);
    await Deno.writeTextFile(`${folder}/.env`, "BOT_TOKEN=mine\n");
    await typed(block, folder);
    assertEquals(await Deno.readTextFile(`${folder}/.env`), "BOT_TOKEN=mine\n");
  });
});

/** Typed into a shell in this folder. */
async function typed(lines: string, cwd: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-euc", lines],
    cwd,
    env: { PATH: await pathWithSqlite3(cwd) },
  }).output();
  const said = [stdout, stderr].map((it) => new TextDecoder().decode(it)).join("");
  assert(success, said);
  assertEquals(said, "");
}
