// The Dockerfile built and its image run as compose.yaml would, with the commands of the customer's
// guide as they stand there. `deno task test:image`; takes root and buildah.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { whyNot } from "../machine/debian.ts";
import { readmeBlock } from "../readme.ts";
import { freePort, withFolder } from "../support.ts";
import { ADMIN, ANNA, GROUP, TOKEN, withWorld, type World } from "../world.ts";
import { Container } from "./container.ts";
import { Image } from "./image.ts";

const COMMIT = "0123456789ab";
const isWanted = Deno.env.get("IMAGE") === "1";
const reason = await whyNot(["buildah", "debootstrap", "npm", "nsenter", "unshare"]);
// deno-lint-ignore no-console -- for whoever wonders why nothing was tested
if (isWanted && reason !== null) console.log(`The image is not tested: ${reason}`);

/** The commands of the guide that speak to the container, without `docker exec bitrix24-bot`. */
const GUIDE = {
  insert: `sqlite3 /app/data/bot.db \\
   "INSERT INTO incidents (region, components, description, status, start_time) \\
   VALUES ('ru', 'CRM,Mail', 'Test incident', 'active', datetime('now'));"`,
  integrity: `sqlite3 /app/data/bot.db "PRAGMA integrity_check;"`,
  remove: `rm /app/data/bot.db`,
};

/** What the settings file of compose.yaml holds, in this world. */
function envFile(world: World, port: number): string {
  const { DATABASE_URL: _database, LOG_FILE: _log, ...env } = world.env;
  return Object.entries({ ...env, HEALTH_PORT: String(port), LOG_LEVEL: "INFO" })
    .map(([name, value]) => `${name}=${value}\n`).join("");
}

// Not of every run: it takes most of a minute.
if (isWanted) Deno.test("the image", { ignore: reason !== null }, theImage);

async function theImage(t: Deno.TestContext): Promise<void> {
  await withFolder(async (folder) => {
    const image = await Image.build(folder, { commit: COMMIT });
    const container = await Container.create(image, folder);
    try {
      await withWorld(async (world) => {
        await Deno.writeTextFile(container.envFile, envFile(world, freePort()), { mode: 0o644 });
        await play(t, world, image, container);
      }, { isStarted: false });
    } finally {
      await container.kill();
    }
  });
}

async function play(
  t: Deno.TestContext,
  world: World,
  image: Image,
  container: Container,
): Promise<void> {
  await t.step("holds the bot, sqlite3 and nothing of its making", async () => {
    const { files, config } = image;
    for (const path of ["src", "usr/bin/node", "usr/lib/node_modules", "root/.npmrc"]) {
      assertEquals(await Deno.stat(`${files}/${path}`).catch(() => null), null, path);
    }
    assert(!config.Env.some((it) => /CERT|TOKEN|npm/i.test(it)), config.Env.join(" "));
    assertEquals(Object.keys(config.Volumes), ["/app/data"]);
    const { mode, uid } = await Deno.stat(`${files}/usr/local/bin/bitrix24-bot`);
    assertEquals([(mode ?? 0) & 0o777, uid], [0o755, 0]);
  });

  await t.step("--version tells the commit that was given", async () => {
    await container.up(["--version"]);
    const { code, log } = await container.ended();
    assertEquals(code, 0, log);
    assertStringIncludes(log, `(commit ${COMMIT}, Deno `);
  });

  await t.step("runs as a user of its own, healthy by its own probe", async () => {
    await container.up();
    await world.ask("/start");
    await world.checks(2);
    const id = await container.exec("id", "-u");
    assertEquals(id.stdout.trim(), "10001");
    assertEquals(
      (await container.exec("sh", "-c", "readlink /proc/1/exe")).stdout.trim(),
      "/usr/local/bin/bitrix24-bot",
    );
    const [kind, ...probe] = image.config.Healthcheck.Test;
    assertEquals(kind, "CMD");
    const health = await container.exec(...probe);
    assertEquals(health.code, 0, health.stdout + health.stderr);
    assertMatch(health.stdout, /^ok: /);
  });

  await t.step(
    "guide 5.3: an incident inserted while the bot writes is in the history",
    async () => {
      // Many writers at once: without .sqliterc some would meet the bot's lock and fail.
      const all = await Promise.all(
        Array.from({ length: 10 }, () => container.execLine(GUIDE.insert)),
      );
      for (const { code, stdout, stderr } of all) {
        assertEquals([code, stdout, stderr], [0, "", ""]);
      }
      assertStringIncludes((await world.ask("/history")).text ?? "", "Test incident");
    },
  );

  await t.step("guide: integrity_check", async () => {
    const { code, stdout } = await container.execLine(GUIDE.integrity);
    assertEquals([code, stdout.trim()], [0, "ok"]);
  });

  await t.step("the README's commands for Docker, which is stood in for", async () => {
    await world.ask("/start", ADMIN, ADMIN);
    const lines = readmeBlock("docker compose up").trimEnd().split("\n");
    const inside = lines.flatMap((it) => /^docker exec bitrix24-bot (.*)$/.exec(it)?.[1] ?? []);
    for (const line of inside) {
      const { code, stdout, stderr } = await container.execLine(line);
      assertEquals(code, 0, `${line}\n${stdout}${stderr}`);
      assert(!stdout.includes("chmod"), stdout);
    }
    // What starts the container and shows its log has no other stand-in than the rest of this test.
    const others = lines.filter((it) => !it.startsWith("docker exec "));
    assertEquals(others.map((it) => it.split(" ", 3).join(" ")), [
      "docker compose up",
      "docker compose logs",
    ]);
    assertEquals(inside.length, 4);
  });

  await t.step("export beside the daemon", async () => {
    const exported = await container.exec("bitrix24-bot", "export");
    assertStringIncludes(exported.stdout, "Test incident");
  });

  await t.step("an outage, then docker stop: in order, and the log says how", async () => {
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await world.alert(ANNA, "Сбой Bitrix24");
    await world.alert(GROUP, "Сбой Bitrix24");
    const { code, log } = await container.stop();
    assertEquals(code, 0, log);
    for (const words of [" INFO ", "Stopped"]) assertStringIncludes(log, words);
    assert(!log.includes(TOKEN.slice(10)), "the token is in the log");
    assert(!/ (ERROR|CRITICAL) |chmod/.test(log), log);
  });

  await t.step(
    "guide: DEBUG by sed and a restart, which recalls and announces nothing",
    async () => {
      const sed = new Deno.Command("sed", {
        args: ["-i", "s/LOG_LEVEL=.*/LOG_LEVEL=DEBUG/", container.envFile],
      });
      assert((await sed.output()).success);
      const before = world.fromBot(ANNA).length;
      await container.up();
      await world.checks(3);
      assertStringIncludes((await world.ask("/incidents")).text ?? "", "Недоступна CRM");
      assertEquals(world.fromBot(ANNA).length, before + 1, "only the answer");
    },
  );

  await t.step("guide: rm bot.db and a restart make a new one", async () => {
    assertEquals((await container.execLine(GUIDE.remove)).code, 0);
    const { code, log } = await container.stop();
    assertEquals(code, 0, log);
    assertStringIncludes(log, " DEBUG ");
    await container.up();
    await world.ask("/start");
    const { code: sound, stdout } = await container.execLine(GUIDE.integrity);
    assertEquals([sound, stdout.trim()], [0, "ok"]);
    const gone = await world.ask("/history");
    assert(!gone.text?.includes("Test incident"));
    const { log: second } = await container.stop();
    assert(!/ (ERROR|CRITICAL) |^ {4}at /m.test(second), second);
  });

  await t.step("wrong settings: 78 and a sentence", async () => {
    await Deno.writeTextFile(container.envFile, "CHECK_INTERVAL=soon\n");
    await container.up();
    const { code, log } = await container.ended();
    assertEquals(code, 78, log);
    assertMatch(log, /^CHECK_INTERVAL: /m);
    assertMatch(log, /^BOT_TOKEN: /m);
  });

  await t.step("the probe fails when nobody answers", async () => {
    await container.up(["health"]);
    assertEquals((await container.ended()).code, 1);
  });
}
