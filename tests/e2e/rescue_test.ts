import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { withWorld } from "../world.ts";
import { daemon } from "./program.ts";

Deno.test("end to end: a damaged database is set aside, and the newest good copy takes its place", async () => {
  await withWorld(async (world) => {
    await world.start();
    await world.ask("/start");
    await Deno.mkdir(`${world.folder}/backups`);
    const copy = `${world.folder}/backups/bot-2026-11-20T03-00-00Z.db`;
    await sqlite3(world.databaseFile, `VACUUM INTO '${copy}'`);
    await world.stop();
    await Deno.writeTextFile(world.databaseFile, "no database at all ".repeat(500));

    const it = daemon(world);
    const { text = "" } = await world.ask("/start");
    assertStringIncludes(text, "уже подписан", "the copy knows who subscribed");
    const { code, log } = await it.end("SIGTERM");
    assertEquals(code, 0, log);
    assertStringIncludes(log, "set aside");
    const names = [...Deno.readDirSync(world.folder)].map((entry) => entry.name);
    assert(names.some((name) => /^bot\.db\.damaged-.*Z$/.test(name)), names.join(" "));
  }, { isStarted: false });
});
