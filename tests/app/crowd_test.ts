import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { freePort } from "../support.ts";
import { ANNA, BORIS, GROUP, OTHER_GROUP, withWorld } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";
const TOO_MANY = "Too Many Requests: retry after";

Deno.test("crowd: somebody who writes 1,500 messages keeps nobody else waiting, and is no error", async () => {
  await withWorld(async (world) => {
    await world.checks(1);
    for (let count = 0; count < 1_500; count++) world.telegram.say(ANNA, ANNA, "/getid");
    assertStringIncludes((await world.ask("/getid", BORIS, BORIS)).text ?? "", "id этого чата");
    const dropped = world.logged("WARNING").filter((line) => line.includes("is dropped"));
    assertEquals(dropped.length, 1);
    assertEquals(world.logged("ERROR"), []);
    assertEquals(world.violations(), []);
  });
});

Deno.test("crowd: a member of a group who asks without end takes nobody else's answers there, and is told once", async () => {
  await withWorld(async (world) => {
    for (let count = 0; count < 19; count++) world.telegram.say(GROUP, ANNA, "/getid");
    const asked = world.telegram.say(GROUP, BORIS, "/getid").message_id;
    const answer = await world.telegram.until(
      () => world.fromBot(GROUP).find((it) => it.reply_to === asked),
      "the answer to the other member",
    );
    assertStringIncludes(answer.text ?? "", "id этого чата");
    const told = () => world.fromBot(GROUP).filter((it) => it.text?.includes("Слишком часто"));
    await world.telegram.until(() => told().length > 0, "the sentence");
    assertEquals([told().length, world.fromBot(GROUP).length], [1, 12]);
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, ALERT);
    assertEquals(world.violations(), []);
  });
});

Deno.test("crowd: two groups in slow mode keep nobody else from being told and answered, and health says so", async () => {
  const env = { HEALTH_PORT: String(freePort()), GROUP_IDS: String(OTHER_GROUP) };
  await withWorld(async (world) => {
    await world.ask("/start");
    for (const group of [GROUP, OTHER_GROUP]) {
      await world.ask("/getid", group, ANNA);
      world.telegram.slowMode(group, 300);
      await world.ask("/getid", group, ANNA);
    }
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(ANNA, ALERT);
    assertStringIncludes((await world.ask("/getid", BORIS, BORIS)).text ?? "", "id этого чата");
    const answer = await fetch(`http://127.0.0.1:${world.app.healthPort}/health`);
    const { status, reasons } = await answer.json();
    assertEquals([answer.status, status], [200, "degraded"]);
    assertStringIncludes(reasons.join(), "2 chats");

    // And after a restart it hears people at once.
    await world.stop();
    await world.start();
    assertStringIncludes((await world.ask("/getid", BORIS, BORIS)).text ?? "", "id этого чата");
    assertEquals(world.violations(), []);
  }, { env });
});

Deno.test("crowd: health says after a restart as well that a group of the settings is held for long", async () => {
  await withWorld(async (world) => {
    const reasons = async (): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${world.app.healthPort}/health`);
      return (await answer.json()).reasons.join();
    };
    const isRefused = () => world.telegram.calls.some((it) => it.errorCode === 429);
    world.telegram.fault = (method, payload) =>
      method === "sendmessage" && Number(payload["chat_id"]) === GROUP
        ? { kind: "status", code: 429, description: `${TOO_MANY} 290`, retryAfter: 290 }
        : undefined;
    world.bitrix24.outage("ru", OUTAGE);
    await world.telegram.until(isRefused, "the refusal");
    await world.checks(2);
    assertStringIncludes(await reasons(), "1 chat,");
    await world.stop();
    await world.start();
    assertStringIncludes(await reasons(), "1 chat,");
  }, { env: { HEALTH_PORT: String(freePort()) } });
});

Deno.test("crowd: what Telegram refuses to one person is not held against the others", async () => {
  await withWorld(async (world) => {
    const menu = await world.ask("/menu");
    const description = `${TOO_MANY} 34`;
    world.telegram.fault = (method, payload) =>
      method === "answercallbackquery" || Number(payload["chat_id"]) === ANNA
        ? { kind: "status", code: 429, description, retryAfter: 34 }
        : undefined;
    world.telegram.press(ANNA, menu.id, "❓ Справка", ANNA).catch(() => {});
    const isRefused = () => world.telegram.calls.filter((it) => it.errorCode === 429).length >= 2;
    await world.telegram.until(isRefused, "both refusals");
    await world.ask("/getid", BORIS, BORIS);
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, ALERT);
    assertEquals(world.telegram.calls.filter((it) => it.errorCode === 429).length, 2);
  });
});

Deno.test("crowd: a toast that Telegram refuses to one person is not held against who presses next", async () => {
  await withWorld(async (world) => {
    const menu = await world.ask("/menu");
    const other = await world.ask("/menu", BORIS, BORIS);
    let left = 1;
    world.telegram.fault = (method) =>
      method === "answercallbackquery" && left-- > 0
        ? { kind: "status", code: 429, description: `${TOO_MANY} 34`, retryAfter: 34 }
        : undefined;
    world.telegram.press(ANNA, menu.id, "❓ Справка", ANNA).catch(() => {});
    await world.telegram.until(() => left <= 0, "the refusal");
    // It resolves when it is answered.
    await world.telegram.press(BORIS, other.id, "❓ Справка", BORIS);
  });
});

for (const asked of [1_000_000_000, "abc", -5, null]) {
  Deno.test(`crowd: a 429 that asks for ${asked} mutes nobody for ever`, async () => {
    await withWorld(async (world) => {
      const refused = new Set<unknown>();
      const body = JSON.stringify({
        ok: false,
        error_code: 429,
        description: "Too Many Requests",
        parameters: { retry_after: asked },
      });
      world.telegram.fault = (method, payload) =>
        method === "sendmessage" && Number(payload["chat_id"]) < 0 &&
          refused.size < refused.add(payload["chat_id"]).size
          ? { kind: "garbage", status: 429, body }
          : undefined;
      await world.ask("/subscribe");
      world.bitrix24.outage("ru", OUTAGE);
      await world.telegram.until(() => refused.size === 2, "both refusals");
      await world.alert(ANNA, ALERT);
      await world.ask("/getid", BORIS, BORIS);
      if (asked !== 1_000_000_000) await world.alert(GROUP, ALERT);
      await world.stop();
      await world.start();
      await world.ask("/getid", BORIS, BORIS);
    }, { env: { GROUP_IDS: String(OTHER_GROUP) } });
  });
}

Deno.test("crowd: a method that Telegram asks to leave alone is left alone", async () => {
  await withWorld(async (world) => {
    let left = 1;
    world.telegram.fault = (method) =>
      method === "setmycommands" && left-- > 0
        ? { kind: "status", code: 429, description: `${TOO_MANY} 2`, retryAfter: 2 }
        : undefined;
    await world.start();
    await world.telegram.until(() => world.telegram.commands(), "the list");
    const [first, second] = world.telegram.calls.filter((it) => it.method === "setmycommands");
    assert((second?.at ?? 0) - (first?.at ?? 0) >= 2_000);
  }, { isStarted: false });
});
