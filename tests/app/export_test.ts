import { parse } from "../../src/deps/csv.ts";
import type { Fault, SandboxMessage } from "../../src/sandbox/telegram/server.ts";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ANNA, BORIS, GROUP, withWorld, type World } from "../world.ts";

const PREPARING = "Готовлю файл…";

/** Whether a call carries the bytes, and not only the name of a file that Telegram knows. */
function isUpload(method: string, payload: Readonly<Record<string, unknown>>): boolean {
  return method === "senddocument" && String(payload["document"]).startsWith("attach://");
}

function uploads(world: World): number {
  return world.telegram.calls.filter((it) => it.ok && isUpload(it.method, it.payload)).length;
}

/** What goes wrong with the next uploads. */
function spoilUploads(world: World, fault: Fault, times = Infinity): void {
  let left = times;
  world.telegram.fault = (method, payload) =>
    isUpload(method, payload) && left-- > 0 ? fault : undefined;
}

function file(world: World, chatId: number, after = 0): Promise<SandboxMessage> {
  return world.telegram.until(
    () => world.fromBot(chatId).slice(after).find((it) => it.document),
    `a file in chat ${chatId}`,
  );
}

function rows(message: SandboxMessage): string[][] {
  return parse(new TextDecoder().decode(message.document?.bytes), { separator: ";" });
}

async function insert(world: World, description: string): Promise<void> {
  const values = `('ru', 'CRM', '${description}', 'resolved', datetime('now'))`;
  await sqlite3(
    world.databaseFile,
    `INSERT INTO incidents (region, components, description, status, start_time) VALUES ${values}`,
  );
}

/** The menu that has the button, in a chat. */
async function analytics(world: World, chatId: number): Promise<SandboxMessage> {
  const menu = await world.ask("/menu", chatId);
  return (await world.press(menu, "📈 Аналитика & Метрики")).message;
}

Deno.test("export: the file is uploaded once, and made anew only when the incidents change", async () => {
  await withWorld(async (world) => {
    await insert(world, "первый");
    const first = await world.ask("/export");
    const again = await world.ask("/export");
    const other = await world.ask("/export", BORIS, BORIS);
    assertEquals([first, again, other].map((it) => it.document?.file_id), Array(3).fill("file1"));
    assertEquals(again.caption, first.caption);
    assertEquals(uploads(world), 1);
    await insert(world, "второй");
    const fresh = await world.ask("/export");
    assertEquals(rows(fresh).map((it) => it[3]), ["описание", "первый", "второй"]);
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await world.alert(GROUP, "Сбой Bitrix24");
    assertEquals(rows(await world.ask("/export", BORIS, BORIS)).length, 4);
    await world.telegram.until(() => uploads(world) === 3, "the third upload in the log of calls");
    assertEquals(world.violations(), []);
  });
});

Deno.test("export: who asks while the file is being made is told so, and gets that file", async () => {
  await withWorld(async (world) => {
    const people = Array.from({ length: 12 }, (_, index) => 2000 + index);
    for (const id of people) world.telegram.addUser({ id, first_name: `Имя ${id}` });
    spoilUploads(world, { kind: "delay", ms: 1_500 }, 1);
    world.telegram.say(ANNA, ANNA, "/export");
    await world.telegram.until(
      () => world.logLines.some((it) => it.includes("command=export")),
      "the first question",
    );
    for (const id of people) world.telegram.say(id, id, "/export");
    const files = await Promise.all([ANNA, ...people].map((id) => file(world, id)));
    assertEquals(new Set(files.map((it) => it.document?.file_id)).size, 1);
    for (const id of people) {
      assertStringIncludes(world.fromBot(id)[0]?.text ?? "", PREPARING);
      assertEquals(world.fromBot(id).length, 2);
    }
    assertEquals(uploads(world), 1);
    assertEquals(world.violations(), []);
  });
});

Deno.test("export: while a slow upload lasts, the chat is answered other things", async () => {
  await withWorld(async (world) => {
    spoilUploads(world, { kind: "delay", ms: 3_000 });
    assertStringIncludes((await world.ask("/export")).text ?? "", PREPARING);
    assertStringIncludes((await world.ask("/getid")).text ?? "", String(ANNA));
    assertEquals(world.fromBot(ANNA).filter((it) => it.document), []);
    await file(world, ANNA);
  });
});

const FAILURES: [what: string, fault: Fault, reason: RegExp][] = [
  [
    "413",
    { kind: "status", code: 413, description: "Request Entity Too Large" },
    /велик.*413.*bitrix24-bot export/,
  ],
  ["a connection that breaks", { kind: "reset" }, /оборвалась.*\/export/],
  [
    "a server in trouble",
    { kind: "status", code: 502, description: "Bad Gateway" },
    /оборвалась.*\/export/,
  ],
  [
    "an answer without the file",
    { kind: "garbage", status: 200, body: '{"ok":true,"result":{"message_id":1}}' },
    /оборвалась.*\/export/,
  ],
  [
    "a refusal that nobody knows",
    { kind: "status", code: 400, description: "Bad Request: EVIL see evil.example" },
    /ответил: 400 Bad Request: EVIL see evil\.\u2060example/,
  ],
];

for (const [what, fault, reason] of FAILURES) {
  Deno.test(`export: after ${what}, a sentence says why the file does not come, and what to do`, async () => {
    await withWorld(async (world) => {
      spoilUploads(world, fault);
      world.telegram.say(ANNA, ANNA, "/export");
      await world.telegram.until(
        () => world.fromBot(ANNA).some((it) => reason.test(it.text ?? "")),
        "the reason",
      );
      assertStringIncludes(world.fromBot(ANNA)[0]?.text ?? "", PREPARING);
      assertEquals(world.logged("ERROR").filter((it) => !it.includes("Polling")), []);
      world.telegram.fault = undefined;
      const before = world.fromBot(ANNA).length;
      world.telegram.say(ANNA, ANNA, "/export");
      await file(world, ANNA, before);
    });
  });
}

Deno.test("export: where files may not be sent, a sentence says so, and no button claims otherwise", async () => {
  await withWorld(async (world) => {
    world.telegram.allowFiles(GROUP, false);
    world.telegram.say(GROUP, ANNA, "/export");
    await world.alert(GROUP, PREPARING);
    await world.alert(GROUP, "в личном чате");
    const menu = await analytics(world, GROUP);
    const { text } = await world.telegram.press(GROUP, menu.id, "📤 Экспорт CSV", ANNA);
    assertStringIncludes(text, PREPARING);
    await world.telegram.until(
      () => world.fromBot(GROUP).filter((it) => it.text?.includes("в личном чате")).length === 2,
      "the reason once more",
    );
    await world.ask("/export", BORIS, BORIS);
    await file(world, BORIS);
  });
});

Deno.test("export: one whose chat takes no files does not keep the others from theirs", async () => {
  await withWorld(async (world) => {
    world.telegram.allowFiles(GROUP, false);
    spoilUploads(world, { kind: "delay", ms: 1_000 }, 1);
    world.telegram.say(GROUP, ANNA, "/export");
    await world.telegram.until(
      () => world.logLines.some((it) => it.includes("command=export")),
      "the first question",
    );
    world.telegram.say(BORIS, BORIS, "/export");
    await file(world, BORIS);
    await world.alert(GROUP, "в личном чате");
    assertEquals(world.fromBot(GROUP).filter((it) => it.document), []);
  });
});

Deno.test("export: a file that Telegram knows no more is made anew", async () => {
  await withWorld(async (world) => {
    await world.ask("/export");
    let refusals = 0;
    world.telegram.fault = (method, payload) =>
      method === "senddocument" && payload["document"] === "file1" && refusals++ === 0
        ? {
          kind: "status",
          code: 400,
          description: "Bad Request: wrong file identifier/HTTP URL specified",
        }
        : undefined;
    const { document } = await world.ask("/export");
    assertEquals(document?.file_id, "file2");
    assertEquals(refusals, 1);
  });
});

Deno.test("export: in a topic that was closed the file comes in the general one", async () => {
  const forum = -1007;
  await withWorld(async (world) => {
    const members = { [ANNA]: "creator" } as const;
    world.telegram.addGroup({
      id: forum,
      title: "Форум",
      type: "supergroup",
      isForum: true,
      members,
    });
    const topic = world.telegram.addTopic(forum, "Сбои");
    const place = { is_topic_message: true, message_thread_id: topic } as const;
    world.telegram.say(forum, ANNA, "/menu", place);
    const menu = await world.nextMessage(forum, 0, "the menu");
    await world.press(menu, "📈 Аналитика & Метрики");
    world.telegram.closeTopic(forum, topic);
    await world.telegram.press(forum, menu.id, "📤 Экспорт CSV", ANNA);
    assertEquals((await file(world, forum)).topic, undefined);
  });
});

Deno.test("export: the headings are in the language of the chat", async () => {
  await withWorld(async (world) => {
    assertEquals(rows(await world.ask("/export"))[0]?.slice(0, 3), ["№", "регион", "затронуто"]);
  });
  await withWorld(async (world) => {
    const [headings] = rows(await world.ask("/export"));
    assertEquals(headings?.slice(0, 3), ["no.", "region", "affected"]);
  }, { env: { BOT_LANG: "en" } });
});

Deno.test("export: a bot that is stopped amid an upload does not wait for it", async () => {
  await withWorld(async (world) => {
    spoilUploads(world, { kind: "hang" });
    assertStringIncludes((await world.ask("/export")).text ?? "", PREPARING);
    await world.stop();
    assertEquals(world.fromBot(ANNA).length, 1);
    assertNotEquals(world.logLines.at(-1), undefined);
    assert(world.logLines.some((it) => it.includes("Stopped")));
    assertEquals(world.logged("ERROR"), []);
  });
});
