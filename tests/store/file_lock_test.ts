import { takeFile } from "../../src/store/file_lock.ts";
import { takeDatabase } from "../../src/store/take_database.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { arrayLogger } from "../delivering/doubles.ts";
import { withFolder } from "../support.ts";

const SELF = { pid: 7, host: "here", version: "1" };

function take(
  file: string,
  { onStandby = () => {}, stop, logger = arrayLogger() }: {
    onStandby?: (holder: string) => void;
    stop?: AbortSignal;
    logger?: ReturnType<typeof arrayLogger>;
  } = {},
) {
  return takeDatabase({ url: `file:${file}` }, { self: SELF, onStandby, stop, logger });
}

Deno.test("a file is worked on by one bot at a time; the next one waits, and begins when the first is gone", async () => {
  await withFolder(async (folder) => {
    const first = await take(`${folder}/data/bot.db`);
    assert(first.isHeld);
    assertStringIncludes(
      await Deno.readTextFile(`${folder}/data/bot.db.lock`),
      "process 7 on here, version 1",
    );
    // Whatever name it has there.
    await Deno.symlink(`${folder}/data`, `${folder}/link`);
    const stands = Promise.withResolvers<string>();
    const second = take(`${folder}/link/bot.db`, { onStandby: stands.resolve });
    assertEquals(await stands.promise, "process 7 on here, version 1");
    await first.release();
    const hold = await second;
    await hold.release();
    // Another file is another matter.
    const [one, two] = await Promise.all([take(`${folder}/a.db`), take(`${folder}/b.db`)]);
    await Promise.all([one.release(), two.release()]);
  });
});

Deno.test("a process that holds the lock and is killed lets go of it at once", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    const script = `const f = Deno.openSync("${file}.lock", { write: true, create: true });
      await f.lock(true); console.log("locked"); await new Promise(() => setInterval(() => {}, 1e6));`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", script],
      stdout: "piped",
    }).spawn();
    const output = child.stdout.getReader();
    await output.read();
    const stands = Promise.withResolvers<string>();
    const taking = take(file, { onStandby: stands.resolve });
    await stands.promise;
    child.kill("SIGKILL");
    const hold = await taking;
    await hold.release();
    await child.status;
    await output.cancel();
  });
});

Deno.test("a lock file that somebody removes meanwhile makes no second holder", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    const first = await take(file);
    const stands = Promise.withResolvers<string>();
    const second = take(file, { onStandby: stands.resolve });
    await stands.promise;
    await Deno.remove(`${file}.lock`);
    const third = await take(file);
    await first.release();
    let isTaken = false;
    void second.then(() => isTaken = true);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assertEquals(isTaken, false);
    await third.release();
    await (await second).release();
  });
});

Deno.test("a lock file that is removed while it is held is made and locked again", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/bot.db.lock`;
    const options = { self: SELF, onStandby: () => {}, logger: arrayLogger(), lookMs: 5 };
    const first = await takeFile(path, options);
    for (
      const meddle of [
        () => Deno.remove(path),
        () => Deno.rename(path, `${path}.old`),
        async () => {
          await Deno.writeTextFile(`${path}.new`, "");
          await Deno.rename(`${path}.new`, path);
        },
      ]
    ) {
      await meddle();
      while (!(await Deno.readTextFile(path).catch(() => "")).includes("process 7")) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const stop = new AbortController();
      const onStandby = () => stop.abort(new Error("it is locked"));
      const error = await assertRejects(() =>
        takeFile(path, { ...options, onStandby, stop: stop.signal })
      );
      assertStringIncludes(String(error), "it is locked");
    }
    assert(first.isHeld);
    await first.release();
    await (await takeFile(path, options)).release();
  });
});

Deno.test("who holds a lock file that was removed, and taken by another bot, has lost the database", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/bot.db.lock`;
    const options = { self: SELF, onStandby: () => {}, logger: arrayLogger() };
    const first = await takeFile(path, { ...options, lookMs: 400 });
    await Deno.remove(path);
    const second = await takeFile(path, options);
    await first.lost;
    assertEquals([first.isHeld, second.isHeld], [false, true]);
    await first.release();
    await second.release();
  });
});

Deno.test("a link to a file that is not there yet is locked by that file's name", async () => {
  await withFolder(async (folder) => {
    await Deno.symlink("real.db", `${folder}/link.db`);
    const hold = await take(`${folder}/link.db`);
    assertStringIncludes(await Deno.readTextFile(`${folder}/real.db.lock`), "process 7");
    await hold.release();
  });
});

Deno.test("a file with a second name, under which another bot would damage it, is one warning", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/bot.db`, "");
    await Deno.link(`${folder}/bot.db`, `${folder}/same.db`);
    const logger = arrayLogger();
    await (await take(`${folder}/bot.db`, { logger })).release();
    await Deno.remove(`${folder}/same.db`);
    await (await take(`${folder}/bot.db`, { logger })).release();
    assertEquals(logger.lines.map((it) => it.fields["names"]), [2]);
  });
});

Deno.test("where there are no locks it is one warning, and the bot runs", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/bot.db.lock`);
    const logger = arrayLogger();
    const hold = await take(`${folder}/bot.db`, { logger });
    assert(hold.isHeld);
    assertEquals(logger.lines.map((it) => it.level), ["WARNING"]);
    await hold.release();
  });
});

Deno.test("who stands by can be stopped", async () => {
  await withFolder(async (folder) => {
    const first = await take(`${folder}/bot.db`);
    const stop = new AbortController();
    const second = take(`${folder}/bot.db`, {
      onStandby: () => stop.abort(new Error("enough")),
      stop: stop.signal,
    });
    assertEquals(String(await assertRejects(() => second)), "Error: enough");
    await first.release();
    const third = await take(`${folder}/bot.db`);
    await third.release();
  });
});
