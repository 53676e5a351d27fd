import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { freePort } from "../support.ts";
import { ANNA, GROUP, withWorld, type World } from "../world.ts";
import { commandOf } from "./program.ts";

/**
 * The daemon with a shell around it: `$0 "$@"` starts it. Standard error is a pipe that nobody reads
 * before the end.
 */
function inShell(world: World, script: string, env: Record<string, string> = {}) {
  const { command, args } = commandOf([]);
  const child = new Deno.Command("sh", {
    args: ["-c", script, command, ...args],
    cwd: world.folder,
    env: { ...world.env, ...env },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  return {
    kill: (signal: Deno.Signal) => child.kill(signal),
    async end() {
      const { code } = await child.status;
      return { code, stderr: await new Response(child.stderr).text() };
    },
  };
}

/** What the log file says so far; every line is in it as soon as it is written. */
function logOf(world: World, file = "bot.log"): string {
  try {
    return Deno.readTextFileSync(`${world.folder}/${file}`);
  } catch {
    return "";
  }
}

async function untilLogged(world: World, text: string): Promise<void> {
  for (let n = 0; n < 60 && !logOf(world).includes(text); n++) await world.checks(1);
  assertStringIncludes(logOf(world), text);
}

Deno.test("end to end: a standard error that nobody reads keeps it from nothing", async () => {
  await withWorld(async (world) => {
    const port = freePort();
    // The pipe is full before the bot has said a word.
    const fill =
      "dd if=/dev/zero of=/proc/self/fd/3 oflag=nonblock bs=1 count=70000 3>&2 2>/dev/null";
    const it = inShell(world, `${fill}; exec "$0" "$@"`, { HEALTH_PORT: String(port) });
    await world.ask("/start");
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await world.alert(ANNA, "Сбой Bitrix24");
    await world.alert(GROUP, "Сбой Bitrix24");
    assertEquals((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
    it.kill("SIGTERM");
    const { code } = await it.end();
    assertEquals(code, 0);
    assertStringIncludes(logOf(world), " app Stopped");
  }, { isStarted: false });
});

Deno.test("end to end: all that it said until its end is on standard error", async () => {
  await withWorld(async (world) => {
    const it = inShell(world, 'exec "$0" "$@"');
    await world.ask("/start");
    it.kill("SIGTERM");
    const { code, stderr } = await it.end();
    assertEquals(code, 0);
    assertEquals(stderr, logOf(world));
  }, { isStarted: false });
});

Deno.test("end to end: a wrong setting is said, and ends it, though nobody reads standard error", async () => {
  await withWorld(async (world) => {
    const fill =
      "dd if=/dev/zero of=/proc/self/fd/3 oflag=nonblock bs=1 count=70000 3>&2 2>/dev/null";
    const stuck = inShell(world, `${fill}; exec "$0" "$@"`, { CHECK_INTERVAL: "often" });
    assertEquals((await stuck.end()).code, 78);
    const { code, stderr } = await inShell(world, 'exec "$0" "$@"', { CHECK_INTERVAL: "often" })
      .end();
    assertEquals(code, 78);
    assertStringIncludes(stderr, "CHECK_INTERVAL");
  }, { isStarted: false });
});

Deno.test("end to end: without a terminal, SIGHUP opens the log file anew and ends nothing", async () => {
  await withWorld(async (world) => {
    const it = inShell(world, 'exec "$0" "$@"');
    await world.ask("/start");
    await Deno.rename(`${world.folder}/bot.log`, `${world.folder}/moved`);
    it.kill("SIGHUP");
    await untilLogged(world, "SIGHUP");
    await world.ask("/getid");
    const moved = logOf(world, "moved");
    it.kill("SIGTERM");
    const { code, stderr } = await it.end();
    assertEquals(code, 0);
    assertEquals(moved + logOf(world), stderr, "nothing is missing in between");
  }, { isStarted: false });
});

Deno.test("end to end: where its terminal hangs up it stops in order", async () => {
  await withWorld(async (world) => {
    const { command, args } = commandOf([]);
    const quoted = [command, ...args].map((it) => `'${it}'`).join(" ");
    // A terminal of its own, in which the shell becomes the bot.
    const script = `script -qefc 'echo $$ >pid; exec "$0"' /dev/null`;
    await Deno.writeTextFile(`${world.folder}/bot`, `#!/bin/sh\nexec ${quoted}\n`, { mode: 0o700 });
    const child = new Deno.Command("sh", {
      args: ["-c", script.replace('"$0"', "./bot")],
      cwd: world.folder,
      env: world.env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await world.ask("/start");
    Deno.kill(Number(await Deno.readTextFile(`${world.folder}/pid`)), "SIGHUP");
    const { code } = await child.status;
    assertEquals(code, 0);
    assertStringIncludes(logOf(world), " app Stopped");
  }, { isStarted: false });
});

Deno.test("end to end: a log file that is moved away or removed is made anew", async () => {
  await withWorld(async (world) => {
    const it = inShell(world, 'exec "$0" "$@"');
    await world.ask("/start");
    await Deno.remove(`${world.folder}/bot.log`);
    for (let n = 0; n < 60 && logOf(world) === ""; n++) await world.checks(1);
    assert(logOf(world) !== "", "it goes on in the file that was removed");
    await Deno.rename(`${world.folder}/bot.log`, `${world.folder}/moved`);
    for (let n = 0; n < 60 && logOf(world) === ""; n++) await world.checks(1);
    assert(logOf(world) !== "", "it goes on in the file that was moved away");
    it.kill("SIGTERM");
    assertEquals((await it.end()).code, 0);
  }, { isStarted: false });
});

Deno.test("end to end: LOG_FILE=none writes no file, and /logs shows the lines all the same", async () => {
  await withWorld(async (world) => {
    const it = inShell(world, 'exec "$0" "$@"', { LOG_FILE: "none", ADMIN_CHAT_ID: String(ANNA) });
    await world.ask("/start");
    const { text = "" } = await world.ask("/logs");
    assertStringIncludes(text, "INFO");
    const files = [...Deno.readDirSync(world.folder)].map((it) => it.name);
    assert(files.every((name) => !/log|none/.test(name)), files.join(" "));
    it.kill("SIGTERM");
    const { code, stderr } = await it.end();
    assertEquals(code, 0);
    assertStringIncludes(stderr, "Stopped");
  }, { isStarted: false });
});
