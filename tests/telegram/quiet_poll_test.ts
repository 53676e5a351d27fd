import type { Fault } from "../../src/sandbox/telegram/server.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { type Bench, withPolling } from "./poller.ts";

const HOUR = 3_600_000;

function linesAbove(it: Bench, level: string) {
  const levels = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
  return it.log.lines.filter((line) => levels.indexOf(line.level) > levels.indexOf(level));
}

Deno.test("polling: where quiet connections are cut, the next poll comes at once and is held for less", async (t) => {
  for (const [cutMs, seconds] of [[20_000, 15], [8_000, 6], [1_900, 1]] as const) {
    await t.step(`after ${cutMs} ms`, async () => {
      await withPolling(async (it) => {
        await it.hears("before");
        await it.cut(cutMs);
        assertEquals(it.waits.slice(-2), [30, seconds]);
        await it.hears("after");
        await it.held(0);
        assertEquals(it.waits.at(-1), seconds, "it is remembered");
        assertEquals(it.heard, ["/start", "before", "after"]);
        assertEquals(linesAbove(it, "INFO").map((line) => line.level), ["WARNING"]);
        assertEquals([it.readyCount, it.troubles], [1, []]);
      });
    });
  }
});

Deno.test("polling: cuts are one warning, however many", async () => {
  await withPolling(async (it) => {
    await it.hears("before");
    for (const ms of [20_000, 11_000, 5_000, 2_000]) await it.cut(ms);
    assertEquals(it.waits.slice(-5), [30, 15, 8, 3, 1]);
    assertEquals(linesAbove(it, "INFO").length, 1);
  });
});

Deno.test("polling: a longer wait is tried when it has been quiet for long, and less often each time", async () => {
  await withPolling(async (it) => {
    await it.hears("before");
    await it.cut(8_000);
    const growsAfter = async (hours: number) => {
      const { length } = it.waits;
      it.now += hours * HOUR;
      await it.hears(`calm ${it.waits.length}`);
      await it.held(0);
      return it.waits.at(-1)! > it.waits[length - 1]!;
    };
    assertEquals(await growsAfter(0.1), false);
    assertEquals(await growsAfter(0.1), true);
    await it.cut(8_000);
    assertEquals(await growsAfter(0.2), false);
    assertEquals(await growsAfter(0.2), true);
    await it.cut(8_000);
    assertEquals(await growsAfter(0.4), false);
    assertEquals(await growsAfter(24), true);
    assertEquals(await growsAfter(24), true);
    assertEquals(it.waits.at(-1), 24);
    await growsAfter(24);
    assertEquals(it.waits.at(-1), 30);
  });
});

Deno.test("polling: a gateway that gives up waiting for Telegram cuts, too", async (t) => {
  const page = (status: number): Fault => ({ kind: "garbage", status, body: "<html>" });
  for (const status of [408, 502, 504, 524]) {
    await t.step(`HTTP ${status}`, async () => {
      await withPolling(async (it) => {
        let isCut = false;
        it.sandbox.fault = (method) => {
          if (method !== "getupdates" || isCut || it.waits.length < 2) return undefined;
          isCut = true;
          it.now += 12_000;
          return page(status);
        };
        await it.hears("hello", { keepsFault: true });
        await it.hears("hello again", { keepsFault: true });
        await it.held(0);
        assert(isCut);
        assertEquals(it.waits.at(-1), 9);
        assertEquals(it.complaints, []);
      });
    });
  }
});

Deno.test("polling: what ends at once, or only after the time it was to be held, was not cut", async (t) => {
  for (const ms of [0, 900, 30_000, 31_000]) {
    await t.step(`after ${ms} ms`, async () => {
      await withPolling(async (it) => {
        await it.hears("before");
        await it.held(ms);
        it.sandbox.away(true);
        assertEquals(await it.pausing(), 1_000);
        assertEquals(it.complaints.length, 1);
      });
    });
  }
});

Deno.test("polling: where polls end without a word, half the wait is tried, and kept if it helps", async () => {
  await withPolling(async (it) => {
    const nextWait = async () => {
      await it.hears(`after ${it.waits.length}`);
      await it.held(0);
      return it.waits.at(-1);
    };
    await it.hears("before");
    assertEquals(await it.givenUp(40_000), 1_000);
    assertEquals(await nextWait(), 15);
    await it.givenUp(25_000);
    assertEquals(await nextWait(), 7);
    await it.givenUp(17_000);
    assertEquals(await nextWait(), 7, "less is not guessed");
    assertEquals(it.complaints.length, 3, "each is a fault all the same");
  });
});

Deno.test("polling: where polls end without a word because Telegram is away, the wait is what it was", async () => {
  await withPolling(async (it) => {
    await it.hears("before");
    await it.givenUp(40_000);
    const { length } = it.waits;
    it.endPause();
    await it.sandbox.until(() => it.waits.length > length, "another poll");
    await it.givenUp(25_000);
    assertEquals(it.waits.slice(-2), [30, 15]);
    await it.hears("after");
    await it.held(0);
    assertEquals(it.waits.at(-1), 30);
  });
});

Deno.test("polling: a redirect is one loud line that names the address, and faults after it", async () => {
  await withPolling(async (it) => {
    const headers = { location: "https://api.telegram.example/x" };
    const redirect: Fault = { kind: "garbage", status: 301, body: "", headers };
    for (let n = 1; n <= 3; n++) await it.fails(redirect);
    assertEquals(it.complaints.map((line) => line.level), ["CRITICAL", "ERROR", "ERROR"]);
    const [line] = it.complaints;
    assertStringIncludes(line?.message ?? "", "TELEGRAM_API_ROOT");
    assertEquals(
      line?.fields?.["reason"],
      `HTTP 301, a redirect from ${it.sandbox.apiRoot} to https://api.telegram.example`,
    );
    await it.hears("hello");
    await it.fails(redirect);
    assertEquals(it.complaints.at(-1)?.level, "CRITICAL", "it was well in between");
  });
});

Deno.test("polling: updates that together are too long are asked for in smaller parts", async () => {
  await withPolling(async (it) => {
    await it.hears("before");
    const tooLong: Fault = { kind: "garbage", status: 200, body: " ".repeat(5 * 1024 * 1024) };
    for (let n = 1; n <= 2; n++) await it.fails(tooLong);
    await it.hears("after");
    await it.held(0);
    assertEquals(it.limits.slice(-4), [100, 25, 7, 100]);
  });
});
