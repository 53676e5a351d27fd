import { type Logging, type LoggingOptions, setUpLogging } from "../../src/log/logger.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { withFolder } from "../support.ts";

interface Bench {
  readonly folder: string;
  readonly file: string;
  readonly stderr: string[];
  readonly clock: { now: number };
  readonly logging: Logging;
  /** Writes a line, a few seconds after the one before. */
  log(message: string): void;
  /** The last words of the lines in a file. */
  words(file?: string): string[];
}

async function withLog(
  use: (bench: Bench) => void | Promise<void>,
  { prepare = () => {}, ...options }: Partial<LoggingOptions> & {
    prepare?: (folder: string) => void;
  } = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.log`;
    const stderr: string[] = [];
    const clock = { now: Date.UTC(2026, 6, 4) };
    prepare(folder);
    const logging = await setUpLogging({
      level: "INFO",
      format: "text",
      file,
      stderr: (line) => stderr.push(line),
      now: () => clock.now,
      ...options,
    });
    const log = (message: string) => {
      clock.now += 5_000;
      logging.logger("x").info(message);
    };
    const words = (it = file) =>
      Deno.readTextFileSync(it).split("\n").filter(Boolean).map((line) =>
        line.split(" ").at(-1) ?? ""
      );
    try {
      await use({ folder, file, stderr, clock, logging, log, words });
    } finally {
      await logging.dispose();
    }
  });
}

Deno.test("the log goes on in a new file when the old one is moved away", async () => {
  await withLog(({ folder, file, log, words, stderr }) => {
    log("before");
    Deno.renameSync(file, `${folder}/moved`);
    log("after");
    assertEquals([words(`${folder}/moved`), words()], [["before"], ["after"]]);
    assertEquals(stderr.length, 2, "nothing is wrong");
  });
});

Deno.test("the log goes on in the file that somebody made in the place of the old one", async () => {
  await withLog(({ folder, file, log, words }) => {
    log("before");
    Deno.renameSync(file, `${folder}/moved`);
    Deno.writeTextFileSync(file, "");
    log("after");
    assertEquals([words(`${folder}/moved`), words()], [["before"], ["after"]]);
  });
});

Deno.test("the log goes on in a new file when the old one, or its folder, is removed", async () => {
  await withLog(({ folder, file, log, words }) => {
    log("before");
    Deno.removeSync(file);
    log("after");
    assertEquals(words(), ["after"]);
    Deno.removeSync(folder, { recursive: true });
    log("again");
    assertEquals(words(), ["again"]);
  });
});

Deno.test("a log that was moved away is opened anew at once when that is asked for", async () => {
  await withLog(({ folder, file, logging, log, words }) => {
    log("before");
    Deno.renameSync(file, `${folder}/moved`);
    logging.reopen();
    logging.logger("x").info("after");
    assertEquals([words(`${folder}/moved`), words()], [["before"], ["after"]]);
  });
});

Deno.test("the clock may be set back without the log going on in a file that was moved away", async () => {
  await withLog(({ folder, file, clock, log, words }) => {
    log("before");
    Deno.renameSync(file, `${folder}/moved`);
    clock.now -= 3_600_000;
    log("after");
    assertEquals(words(), ["after"]);
  });
});

Deno.test("a log that others cut short is not rotated before it is full again", async () => {
  await withLog(({ folder, file, log, words }) => {
    log("x".repeat(800));
    Deno.truncateSync(file);
    log("y".repeat(800));
    assertEquals(words(), ["y".repeat(800)]);
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  }, { maxFileBytes: 1_000 });
});

Deno.test("a log behind a link is rotated where it really is, and the link stays", async () => {
  const prepare = (folder: string) => {
    Deno.mkdirSync(`${folder}/disk`);
    Deno.writeTextFileSync(`${folder}/disk/real`, "");
    Deno.symlinkSync(`${folder}/disk/real`, `${folder}/bot.log`);
  };
  await withLog(async ({ folder, file, logging, log, words }) => {
    for (const word of ["one", "two", "three"]) log(word.padStart(600, "-"));
    assert(Deno.lstatSync(file).isSymlink);
    assertEquals([...Deno.readDirSync(`${folder}/disk`)].map((it) => it.name).sort(), [
      "real",
      "real.1",
      "real.2",
    ]);
    assertMatch(words()[0] ?? "", /three$/);
    assertEquals((await logging.lastLines(3)).length, 3);
  }, { prepare, maxFileBytes: 1_000 });
});

Deno.test("what is no regular file is neither rotated nor written, and says so once", async () => {
  const fifo = (folder: string) => {
    const { success } = new Deno.Command("mkfifo", { args: [`${folder}/bot.log`] }).outputSync();
    assert(success);
  };
  await withLog(async ({ folder, file, logging, log, stderr }) => {
    // Both ends, so that opening it for writing alone would not wait.
    using _pipe = Deno.openSync(file, { read: true, write: true });
    for (let n = 0; n < 20; n++) log("x".repeat(200));
    assertEquals([...Deno.readDirSync(folder)].map((it) => it.name), ["bot.log"]);
    assert(Deno.statSync(file).isFifo);
    const warnings = stderr.filter((line) => line.includes(" WARNING "));
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0] ?? "", "LOG_FILE=none");
    assertEquals((await logging.lastLines(5)).length, 5, "they are remembered");
  }, { prepare: fifo, maxFileBytes: 1_000 });
});

Deno.test("the log is rotated at 10 MiB", async () => {
  const nearlyFull = (folder: string) =>
    Deno.writeTextFileSync(`${folder}/bot.log`, "x\n".repeat(5 * 1024 * 1024 - 50_000));
  await withLog(({ file, logging }) => {
    const log = logging.logger("x");
    const page = "x".repeat(3_900);
    while (!existsSync(`${file}.1`)) {
      log.info("Page", { page });
      assert(Deno.statSync(file).size <= 10 * 1024 * 1024);
    }
    const { size } = Deno.statSync(`${file}.1`);
    assert(size <= 10 * 1024 * 1024 && size > 10 * 1024 * 1024 - 4_100, `${size} bytes`);
  }, { prepare: nearlyFull });
});

Deno.test("no part of a secret or an id is left where a long value is cut", async () => {
  const token = "987654321:AAF-k3yForTests_only0123456789abcdefg";
  const secret = "https://hc.example/a-key-that-is-long-enough";
  await withLog(({ logging, stderr }) => {
    const log = logging.logger("x");
    for (const word of [token, secret, "-1001234567890", "Bearer abcdefghijklmnopqrstuvwxyz"]) {
      // Wherever the value is cut, or the part of it that is looked at.
      for (const at of [4_000, 8_000]) {
        for (let before = 1; before < word.length; before++) {
          const text = `${"x ".repeat(at).slice(1 - at + before)} ${word} ${"x ".repeat(5_000)}`;
          log.info("Long", { text });
          const many = `${word} `.repeat(Math.ceil(12_000 / word.length));
          log.info("Many", { text: `${"x".repeat(before)} ${many}` });
        }
      }
    }
    const parts = [/AAF-/, /hc\.example/, /hc\.e/, /-1001/, /abcdefgh/];
    for (const line of stderr) {
      const text = line.slice(line.indexOf("text="));
      for (const part of parts) assert(!part.test(text), `${part} in ${text.slice(-300)}`);
    }
  }, { secrets: [token, secret], idKey: "key" });
});

function existsSync(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
