import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { sqlite3, withFolder } from "../support.ts";
import { ADMIN, GROUP, withWorld, type World } from "../world.ts";
import { daemon } from "./program.ts";

// A machine whose clock is set, by Debian's `faketime`: the wall clock of the process alone.

/** Where the preloaded library is; null where the tool is not installed. */
const LIBRARY = await libraryPath();

async function libraryPath(): Promise<string | null> {
  try {
    const { stdout } = await new Deno.Command("faketime", {
      args: ["now", "printenv", "LD_PRELOAD"],
    }).output();
    return new TextDecoder().decode(stdout).trim().split(/[: ]/)[0] || null;
  } catch {
    return null;
  }
}

/** A file with the time by which a process goes, read again and again. */
class FakedClock {
  readonly env: Record<string, string>;
  readonly #file: string;

  constructor(folder: string) {
    this.#file = `${folder}/clock`;
    this.env = {
      LD_PRELOAD: LIBRARY ?? "",
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_CACHE_DURATION: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      FAKETIME_NO_CACHE: "1",
    };
  }

  /** Set wrong by so many seconds; 0 is right. */
  async set(seconds: number): Promise<void> {
    // Never half a file.
    await Deno.writeTextFile(`${this.#file}.new`, `${seconds < 0 ? "" : "+"}${seconds}\n`);
    await Deno.rename(`${this.#file}.new`, this.#file);
  }
}

const DAY_S = 86_400;

function doubts(world: World): string[] {
  return world.fromBot(ADMIN).map((it) => it.text ?? "").filter((it) => it.includes("🕰"));
}

async function withFakedClock(use: (world: World, clock: FakedClock) => Promise<void>) {
  await withFolder(async (folder) => {
    await withWorld((world) => use(world, new FakedClock(folder)), { isStarted: false });
  });
}

const name = (text: string) => `end to end: ${text}${LIBRARY ? "" : " (no faketime here)"}`;

Deno.test({
  name: name("booted in 1970, an outage, then the clock is set: nothing has lasted for 20784 days"),
  ignore: LIBRARY === null,
  async fn() {
    await withFakedClock(async (world, clock) => {
      await clock.set(DAY_S - Math.floor(Date.now() / 1000));
      const it = daemon(world, clock.env);
      await world.ask("/getid", ADMIN, ADMIN);
      world.bitrix24.outage("ru", "Недоступна почта.");
      const alert = await world.alert(GROUP, "Недоступна почта.");
      assertStringIncludes(alert.text ?? "", "1970");
      await clock.set(0);
      await world.telegram.until(
        () => !alert.text?.includes("1970"),
        "the alert with the right time",
      );
      const before = world.fromBot(GROUP).length;
      world.bitrix24.well("ru");
      const end = await world.nextMessage(GROUP, before, "the end");
      assertMatch(end.text ?? "", /Длительность: \d+ (секунд|минут)/);
      const { code, log } = await it.end("SIGTERM");
      assertEquals(code, 0, log);
      assertStringIncludes(log, "The clock was set");
      const times = await sqlite3(world.databaseFile, "SELECT start_time, end_time FROM incidents");
      assert(!times.includes("1970"), times);
    });
  },
});

Deno.test({
  name: name("a start in 2036 is told once, and with the right clock all goes on"),
  ignore: LIBRARY === null,
  async fn() {
    await withFakedClock(async (world, clock) => {
      await clock.set(0);
      const first = daemon(world, clock.env);
      await world.ask("/getid", ADMIN, ADMIN);
      await world.checks(2);
      await first.end("SIGTERM");
      await clock.set(3_653 * DAY_S);
      for (let start = 0; start < 2; start++) {
        const it = daemon(world, clock.env);
        await world.telegram.until(() => doubts(world).length > 0, "a word about the clock");
        await world.ask("/getid", ADMIN, ADMIN);
        const { log } = await it.end("SIGTERM");
        assertMatch(log, /The clock is (not|still not) believed/);
      }
      assertEquals(doubts(world).length, 1);
      await clock.set(0);
      const last = daemon(world, clock.env);
      await world.ask("/getid", ADMIN, ADMIN);
      const { log } = await last.end("SIGTERM");
      assertStringIncludes(log, "The clock is believed again");
      assertEquals(doubts(world).length, 1);
    });
  },
});
