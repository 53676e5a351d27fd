import type { Fault } from "../../src/sandbox/telegram/server.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { ALICE } from "../sandbox/telegram/support.ts";
import { type Bench, withPolling } from "./poller.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CONFLICT: Fault = { kind: "status", code: 409, description: "Conflict: terminated" };
const UNAUTHORIZED: Fault = { kind: "status", code: 401, description: "Unauthorized" };
const HTML: Fault = { kind: "garbage", status: 502, body: "<html>Bad Gateway</html>" };

Deno.test("polling: away since boot, for hours: pauses grow to 30 s, then it hears all that was said", async () => {
  await withPolling(async (it) => {
    const first = [1, 2, 4, 8, 16, 30, 30].map((seconds) => seconds * 1_000);
    assertEquals(await it.pass(6), first);
    it.sandbox.say(ALICE, ALICE, "meanwhile");
    assert((await it.pass(400)).every((ms) => ms === 30_000));
    assertEquals(it.readyCount, 0);
    assertEquals(it.complaints.length, 407, "one line for each failure");

    await it.hears("hello");
    assertEquals(it.heard, ["/start", "meanwhile", "hello"]);
    assertEquals([it.readyCount, it.troubles], [1, []]);
    const [line] = it.log.lines.filter((it) => it.message === "Polling works again");
    assertEquals(line?.fields, { failures: 407 });
  }, (sandbox) => sandbox.away(true));
});

Deno.test("polling: away for hours, in the middle of a poll: nothing is lost or heard twice", async () => {
  await withPolling(async (it) => {
    await it.hears("before");
    it.sandbox.away(true);
    it.sandbox.say(ALICE, ALICE, "meanwhile");
    await it.pass(400);
    await it.hears("after");
    assertEquals(it.heard, ["/start", "before", "meanwhile", "after"]);
    assertEquals([it.readyCount, it.troubles], [1, []]);
  });
});

Deno.test("polling: every way to fail is one line and a growing pause, then it goes on where it was", async (t) => {
  const body = (body: string, status = 200): Fault => ({ kind: "garbage", status, body });
  const faults: [string, Fault][] = [
    ["a dropped connection", { kind: "reset" }],
    ["a gateway's page", HTML],
    ["half of an answer", body('{"ok":true,"resu')],
    ["null", body("null")],
    ["no answer in it", body("{}")],
    ["no list", body('{"ok":true,"result":{}}')],
    ["a list of nothing", body('{"ok":true,"result":[null]}')],
    ["an error of the server", { kind: "status", code: 500, description: "Internal" }],
    ["a refusal", { kind: "status", code: 400, description: "Bad Request" }],
    [
      "a wait that is none",
      body('{"ok":false,"error_code":429,"description":"","parameters":{"retry_after":"soon"}}'),
    ],
  ];
  for (const [name, fault] of faults) {
    await t.step(name, async () => {
      await withPolling(async (it) => {
        await it.hears("before");
        for (const ms of [1_000, 2_000, 4_000]) assertEquals(await it.fails(fault), ms);
        assertEquals(it.complaints.map((line) => line.level), ["ERROR", "ERROR", "ERROR"]);
        await it.hears("after");
        assertEquals(it.heard, ["/start", "before", "wake up", "after"]);
        assertEquals(await it.fails(fault), 1_000, "the pauses grow from the beginning");
        assertEquals([it.readyCount, it.troubles], [1, []]);
      });
    });
  }
});

Deno.test("polling: updates that are none do not take the good ones beside them along, and are not asked for again", async () => {
  await withPolling(async (it) => {
    await it.hears("before");
    const chat = { id: ALICE, type: "private", first_name: "Alice" };
    const good = { message_id: 1, date: Math.floor(Date.now() / 1000), from: chat, chat };
    const query = { id: "1", from: chat, chat_instance: "1", data: "menu" };
    const bad = [
      { message: null },
      { message: { ...good, chat: null } },
      { message: { ...good, date: "now" } },
      { message: { ...good, text: 5 } },
      { message: { ...good, text: "/stats", entities: [null] } },
      { callback_query: null },
      { callback_query: { ...query, from: undefined } },
      { callback_query: { ...query, message: { ...good, chat: undefined } } },
      { my_chat_member: { date: 1 } },
    ];
    const before = it.sandbox.pushUpdate({ message: { ...good, text: "pushed" } } as never);
    await it.sandbox.until(() => it.heard.includes("pushed"), "what was pushed");
    const texts = ["first", ...bad, "last"].map((it) =>
      typeof it === "string" ? { message: { ...good, text: it } } : it
    );
    const result = [
      null,
      ...texts.map((it, index) => ({ update_id: before + 2 + index, ...it })),
    ];
    const offsets: unknown[] = [];
    const askedAgain = Promise.withResolvers<void>();
    it.sandbox.fault = (method, payload) => {
      if (method !== "getupdates") return undefined;
      const isFirst = offsets.push(payload["offset"]) === 1;
      if (!isFirst) askedAgain.resolve();
      const body = JSON.stringify({ ok: true, result });
      return isFirst ? { kind: "garbage", status: 200, body } : { kind: "hang" };
    };
    it.sandbox.pushUpdate({ message: { ...good, text: "meanwhile" } } as never);
    await it.sandbox.until(() => it.heard.includes("last"), "the last one");
    assertEquals(it.heard.slice(-2), ["first", "last"]);
    const lines = it.log.lines.filter((line) => ["WARNING", "ERROR"].includes(line.level));
    assertEquals(lines.map((line) => line.fields), [{ unreadable: bad.length + 1 }]);
    await askedAgain.promise;
    assertEquals(offsets.map(Number), [before + 2, before + 2 + texts.length]);
  });
});

Deno.test("polling: updates of which none can be read are confirmed like any other", async () => {
  await withPolling(async (it) => {
    await it.hears("before");
    const offsets: number[] = [];
    it.sandbox.fault = (method, payload) => {
      if (method === "getupdates") offsets.push(Number(payload["offset"]));
      return undefined;
    };
    const id = it.sandbox.pushUpdate({ message: { message_id: 1, date: "now" } } as never);
    while (offsets.length < 3 && offsets.at(-1) !== id + 1) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    assertEquals(offsets.at(-1), id + 1);
    await it.hears("after");
  });
});

Deno.test("polling: an answer without updates that comes at once is no reason to ask at once", async () => {
  await withPolling(async (it) => {
    const nothing: Fault = { kind: "garbage", status: 200, body: '{"ok":true,"result":[]}' };
    for (let n = 1; n <= 3; n++) assertEquals(await it.fails(nothing), 1_000);
    assertEquals(it.complaints, []);
  });
});

Deno.test("polling: retry_after is obeyed, but the bot is deaf for no longer than a minute", async () => {
  await withPolling(async (it) => {
    const description = "Too Many Requests";
    for (const [retryAfter, seconds] of [[7, 7], [1, 2], [4_000, 60], [10 ** 12, 60]]) {
      const fault = { kind: "status", code: 429, description, retryAfter: retryAfter! } as const;
      assertEquals(await it.fails(fault), seconds! * 1_000);
    }
  });
});

Deno.test("polling: a wrong token is told at once and loudly, retried each minute, and told when over", async () => {
  await withPolling(async (it) => {
    assertEquals(await it.pass(2), [MINUTE, MINUTE, MINUTE]);
    assertEquals(it.troubles, ["unauthorized"]);
    assert(it.complaints.every((line) => line.level === "CRITICAL"));
    assertStringIncludes(it.complaints[0]?.message ?? "", "BOT_TOKEN");
    await it.hears("hello");
    assertEquals(it.troubles, ["unauthorized", null]);
  }, (sandbox) => sandbox.fault = () => UNAUTHORIZED);
});

Deno.test("polling: where there is no Bot API it is loud, and does not give up", async () => {
  const use = async (it: Bench) => {
    assertEquals(await it.pass(5), [1, 2, 4, 8, 16, 30].map((seconds) => seconds * 1_000));
    assert(it.complaints.every((line) => line.level === "CRITICAL"));
    assertStringIncludes(it.complaints[0]?.message ?? "", "TELEGRAM_API_ROOT");
    assertEquals(it.troubles, []);
  };
  await withPolling(use, undefined, "/nothing/here");
});

Deno.test("polling: the first poll is short, so that it is soon known whether polling works", async () => {
  await withPolling(async (it) => {
    await it.hears("hello");
    assert(it.polls > 0);
    assertEquals(it.waits[0], 0);
    assert(it.waits.slice(1).every((seconds) => seconds === 30), "the others wait");
    const before = it.polls;
    await it.fails(HTML);
    assert(it.polls > before, "a poll that failed counts, too");
  });
});

Deno.test("polling: a few conflicts after a restart are no trouble", async () => {
  await withPolling(async (it) => {
    for (const ms of [1_000, 2_000, 4_000]) assertEquals(await it.fails(CONFLICT), ms);
    await it.hears("hello");
    it.now += 5 * MINUTE;
    await it.fails(CONFLICT);
    assertEquals(it.troubles, [], "those of long ago do not count");
  });
});

Deno.test("polling: a second poller for ever is told once, backed off, and never ends the bot", async () => {
  await withPolling(async (it) => {
    for (let n = 1; n <= 3; n++) await it.fails(CONFLICT);
    assertEquals(it.troubles, []);
    assertEquals(await it.fails(CONFLICT), 30_000);
    assert((await it.pass(300)).every((ms) => ms === 30_000));
    assertEquals(it.troubles, ["conflict"]);
    assertEquals(it.complaints.length, 304, "one line for each failure");

    await it.hears("hello");
    assertEquals(it.troubles, ["conflict"], "one poll that works says nothing of the other poller");
    it.now += 5 * MINUTE;
    await it.hears("hello again");
    assertEquals(it.troubles, ["conflict", null]);
  });
});

Deno.test("polling: two pollers that take turns are one trouble, not many", async () => {
  await withPolling(async (it) => {
    for (let turn = 1; turn <= 30; turn++) {
      await it.fails(CONFLICT);
      await it.hears(`turn ${turn}`);
    }
    assertEquals(it.troubles, ["conflict"]);
  });
});

Deno.test("polling: a conflict with an outage in between, then a token that was revoked, then well", async () => {
  await withPolling(async (it) => {
    for (const fault of [CONFLICT, HTML, CONFLICT, CONFLICT, CONFLICT, HTML]) await it.fails(fault);
    assertEquals(it.troubles, ["conflict"]);
    for (const fault of [UNAUTHORIZED, HTML, UNAUTHORIZED]) await it.fails(fault);
    assertEquals(it.troubles, ["conflict", "unauthorized"]);
    await it.hears("hello");
    assertEquals(it.troubles, ["conflict", "unauthorized", null]);
  });
});

Deno.test("polling: a webhook that somebody sets is deleted, and nothing is published twice", async () => {
  await withPolling(async (it) => {
    const description = "Conflict: can't use getUpdates method while webhook is active";
    await it.fails({ kind: "status", code: 409, description });
    await it.hears("hello");
    const deleted = it.sandbox.calls.filter((call) => call.method === "deletewebhook");
    assertEquals([deleted.length, it.readyCount], [2, 1]);
  });
});

Deno.test("polling: a webhook that cannot be deleted keeps nobody from being heard, and is asked for again on a conflict", async (t) => {
  const faults: Fault[] = [
    { kind: "status", code: 400, description: "Bad Request: not now" },
    { kind: "status", code: 429, description: "Too Many Requests", retryAfter: 1e9 },
    { ...HTML, status: 404 },
  ];
  for (const fault of faults) {
    await t.step(JSON.stringify(fault), async () => {
      const refuse = (method: string) => method === "deletewebhook" ? fault : undefined;
      await withPolling(async (it) => {
        await it.hears("hello", { keepsFault: true });
        assertEquals(it.complaints, []);
        assertEquals(it.log.lines.filter((line) => line.level === "WARNING").length, 1);
        const description = "Conflict: can't use getUpdates method while webhook is active";
        await it.fails({ kind: "status", code: 409, description });
        await it.hears("again");
        const deleted = it.sandbox.calls.filter((call) => call.method === "deletewebhook");
        assertEquals([deleted.length, it.readyCount], [2, 1]);
      }, (sandbox) => sandbox.fault = refuse);
    });
  }
});

Deno.test("polling: a stop ends a pause, and the wait for the first answer", async (t) => {
  await t.step("a pause", async () => {
    await withPolling(async (it) => {
      await it.pausing();
      await it.polling.stop(HOUR, () => {});
    }, (sandbox) => sandbox.away(true));
  });
  await t.step("the first answer", async () => {
    const asked = Promise.withResolvers<void>();
    await withPolling(async (it) => {
      await asked.promise;
      await it.polling.stop(HOUR, () => {});
      assertEquals(it.complaints, []);
    }, (sandbox) => {
      sandbox.fault = () => {
        asked.resolve();
        return { kind: "hang" };
      };
    });
  });
});
