import type { Fault } from "../../src/sandbox/telegram/server.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ANNA, withWorld, type World } from "../world.ts";

const garbage = (status: number, body: string): Fault => ({ kind: "garbage", status, body });

/** Looks again after each check, for a line of the log is no event of the stand-ins. */
async function untilLogged(world: World, text: string): Promise<string> {
  for (let n = 0; n < 10; n++) {
    const line = world.logLines.find((it) => it.includes(text));
    if (line !== undefined) return line;
    await world.checks(1);
  }
  throw new Error(`${text} was not logged`);
}

Deno.test("an alert to which a gateway answers is sent again, and the log shows what it answered", async () => {
  const bodies: [number, string][] = [
    [502, '{"message":"Internal server error"}'],
    [500, '{"error":"fetch failed"}'],
    [502, "[]"],
    [500, "42"],
    [504, ""],
    [403, "<html>\n<h1>Blocked by policy</h1>"],
    [400, '{"ok":false,"error_code":"400","description":"chat not found"}'],
    [200, '{"ok":true}'],
    [200, '{"ok":true,"result":true}'],
  ];
  await withWorld(async (world) => {
    const chats = bodies.map((body, index) => ({ id: 2001 + index, body, asked: 0 }));
    for (const { id } of chats) {
      world.telegram.addUser({ id, first_name: `Person ${id}` });
      await world.ask("/subscribe", id, id);
    }
    world.telegram.fault = (method, { chat_id }) => {
      const chat = chats.find((it) => it.id === Number(chat_id));
      const isFirst = method === "sendmessage" && chat && chat.asked++ === 0;
      return isFirst ? garbage(...chat.body) : undefined;
    };
    world.bitrix24.outage("ru", "Недоступна CRM.");
    for (const { id, body: [status, body] } of chats) {
      await world.alert(id, "Сбой Bitrix24");
      assertEquals(world.fromBot(id).length, 2);
      const shown = `HTTP ${status}, no answer of Telegram: ${body.replace(/\s+/g, " ")}`;
      const said = body.includes("result") ? "The answer is no message" : shown;
      const lines = world.logged("WARNING").filter((it) => it.includes("will be tried again"));
      assert(lines.some((it) => it.includes(JSON.stringify(said).slice(1, -1))), lines.join("\n"));
    }
    assert(chats.every((it) => it.asked === 2));
  });
});

Deno.test("an answer to a person is sent once more when its connection died, or a gateway answered", async () => {
  const faults: Fault[] = [{ kind: "reset" }, garbage(502, "<html>"), garbage(500, '{"error":1}')];
  await withWorld(async (world) => {
    for (const fault of faults) {
      const before = world.fromBot(ANNA).length;
      const asked = world.refuseNextMessage(fault);
      assertMatch((await world.ask("/getid")).text ?? "", /1001/);
      assertEquals([asked(), world.fromBot(ANNA).length], [2, before + 1]);
    }
    assertEquals(world.logged("ERROR"), []);
  });
});

Deno.test("an answer to a person that dies on the way each time is sent twice, and no oftener", async () => {
  await withWorld(async (world) => {
    let count = 0;
    world.telegram.fault = (method) => {
      if (method === "sendmessage") count++;
      return method === "sendmessage" ? { kind: "reset" } : undefined;
    };
    world.telegram.say(ANNA, ANNA, "/getid");
    await untilLogged(world, "Handler failed");
    assertEquals(count, 2);
  });
});

Deno.test("what is stored of a refusal is short, however long the refusal", async () => {
  await withWorld(async (world) => {
    world.telegram.fault = (method) =>
      method === "sendmessage"
        ? { kind: "status", code: 403, description: `Forbidden: ${"ж".repeat(100_000)}` }
        : undefined;
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await untilLogged(world, "Delivery paused");
    await world.checks(1);
    const lengths = await sqlite3(
      world.databaseFile,
      "SELECT MAX(length(last_error)) FROM deliveries; SELECT MAX(length(gone_reason)) FROM chats",
    );
    for (const length of lengths.split("\n")) assert(Number(length) <= 500, lengths);
    assert(world.logLines.every((line) => line.length < 2_000));
  });
});
