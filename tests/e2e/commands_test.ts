import manifest from "../../deno.json" with { type: "json" };
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { withFolder } from "../support.ts";
import { TOKEN } from "../world.ts";
import { run } from "./program.ts";

Deno.test("end to end: all wrong settings at once, exit code 78, no token", async () => {
  await withFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/.env`, `BOT_TOKEN=${TOKEN}\nREGIONS=россия\nTIMEZONE=UTC\n`);
    // What both set is what the environment says.
    const { code, stderr, stdout } = await run([], {
      cwd,
      env: { CHECK_INTERVAL: "soon", GROUP_ID: "@group", TIMEZONE: "Mars/Olympus" },
    });
    assertEquals([code, stdout], [78, ""]);
    const lines = stderr.trim().split("\n");
    for (const name of ["CHECK_INTERVAL", "GROUP_ID", "REGIONS", "TIMEZONE"]) {
      assertEquals(lines.filter((line) => line.startsWith(`${name}:`)).length, 1, stderr);
    }
    assertEquals(lines.length, 4, stderr);
    assert(!stderr.includes(TOKEN));
  });
});

Deno.test("end to end: without a token it says what to do", async () => {
  await withFolder(async (cwd) => {
    const { code, stderr } = await run([], { cwd });
    assertEquals(code, 78);
    assertMatch(stderr, /^BOT_TOKEN: .*BotFather/);
  });
});

Deno.test("end to end: a folder instead of a database: a sentence, exit code 1", async () => {
  await withFolder(async (cwd) => {
    await Deno.mkdir(`${cwd}/data/bot.db`, { recursive: true });
    const broken = await run([], { cwd, env: { BOT_TOKEN: TOKEN } });
    assertEquals(broken.code, 1);
    assertStringIncludes(broken.stderr, "DATABASE_URL");
    assert(!broken.stderr.includes("    at "), broken.stderr);
  });
});

Deno.test("end to end: --help, --version, and what does not exist", async (t) => {
  await t.step("--help", async () => {
    const { code, stdout } = await run(["--help"]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "Usage:");
  });
  await t.step("--version", async () => {
    const { code, stdout } = await run(["--version"]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, `bitrix24-bot ${manifest.version}`);
  });
  for (const args of [["dance"], ["--fast"], ["run", "away"], ["demo", "--fast"]]) {
    await t.step(args.join(" "), async () => {
      const { code, stderr } = await run(args);
      assertEquals(code, 64);
      assertStringIncludes(stderr, args.at(-1) ?? "");
    });
  }
});
