import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../assert.ts";
import { sqlite3 } from "../support.ts";
import type { SandboxMessage } from "../../src/sandbox/telegram/types.ts";
import { ANNA, BORIS, GROUP, OTHER_GROUP, withWorld, type World } from "../world.ts";

const TRUE_AT = /верно на \d\d:\d\d/;
const WELL = "ВСЕ ОТЛИЧНО РАБОТАЕТ";

/** The board of a chat, once it is there and not `before`. */
async function boardIn(
  world: World,
  chatId = ANNA,
  before?: SandboxMessage,
): Promise<SandboxMessage> {
  return await world.telegram.until(
    () => world.fromBot(chatId).findLast((it) => TRUE_AT.test(it.text ?? "") && it !== before),
    "the board",
  );
}

async function shows(world: World, board: SandboxMessage, text: string): Promise<void> {
  await world.telegram.until(() => board.text?.includes(text), `“${text}” on the board`);
}

function boardsIn(world: World, chatId = ANNA): SandboxMessage[] {
  return world.fromBot(chatId).filter((it) => /верно на|остановлен/.test(it.text ?? ""));
}

Deno.test("board: shows the chat's regions, since when, and of what time it is true; pinned without a sound", async () => {
  await withWorld(async (world) => {
    const answer = await world.ask("/board");
    assertStringIncludes(answer.text ?? "", "/board off");
    const board = await boardIn(world);
    await shows(world, board, WELL);
    assertMatch(
      board.text ?? "",
      /🟢 \.ru — работает, первая хорошая проверка \d\d\.\d\d\.\d{4}, \d\d:\d\d/,
    );
    const formats = board.entities.flatMap((it) =>
      "date_time_format" in it ? [it.date_time_format] : []
    );
    assertEquals(formats, ["r", "Dt"]);
    await world.telegram.until(() => board.isPinned, "the pin");
    assertEquals(world.violations(), []);
  });
});

Deno.test("board: a button of the settings puts it up, and the settings stay", async () => {
  await withWorld(async (world) => {
    const settings = await world.ask("/settings");
    void world.telegram.press(ANNA, settings.id, "📌 Табло", ANNA);
    await boardIn(world);
    await world.alert(ANNA, "Табло в этом чате");
    assertStringIncludes(settings.text ?? "", "Управление подписками");
  });
});

Deno.test("board: is edited when something changes: outage, unreadable, well again", async () => {
  await withWorld(async (world) => {
    await world.ask("/board");
    const board = await boardIn(world);
    world.bitrix24.outage("ru", "CRM.");
    await shows(world, board, "🔴 .ru — сбой, началось");
    world.bitrix24.fault("json", { kind: "body", body: "{}" });
    world.bitrix24.fault("html", { kind: "body", body: "?" });
    await shows(world, board, "❓ .ru — неизвестно, перестал читаться");
    assertNotMatch(board.text ?? "", /ОТЛИЧНО/);
    world.bitrix24.fault("json", undefined);
    world.bitrix24.fault("html", undefined);
    world.bitrix24.well("ru");
    await shows(world, board, WELL);
    assertEquals(boardsIn(world).length, 1);
  }, { env: { RECOVERY_THRESHOLD: "1" } });
});

Deno.test("board: says when the bot was stopped, and is true again after the start", async () => {
  await withWorld(async (world) => {
    await world.ask("/board");
    await shows(world, await boardIn(world), WELL);
    const board = await boardIn(world);
    await world.stop();
    assertMatch(board.text ?? "", /Бот остановлен в \d\d:\d\d/);
    assertNotMatch(board.text ?? "", /ОТЛИЧНО/);
    await world.start();
    await shows(world, board, WELL);
    assertEquals(boardsIn(world).length, 1);
  });
});

Deno.test("board: that was deleted is written anew once, and after that it is gone", async () => {
  await withWorld(async (world) => {
    await world.ask("/board");
    const first = await boardIn(world);
    world.telegram.deleteMessage(ANNA, first.id);
    world.bitrix24.outage("ru", "CRM.");
    const second = await boardIn(world, ANNA, first);
    assertStringIncludes(second.text ?? "", "сбой");
    world.telegram.deleteMessage(ANNA, second.id);
    world.bitrix24.well("ru");
    await world.bitrix24.until(
      () => world.logLines.some((it) => it.includes("given up")),
      "the end of it",
    );
    assertEquals(boardsIn(world), []);
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM boards"), "0");
  }, { env: { RECOVERY_THRESHOLD: "1" } });
});

Deno.test("board: /board again moves it down, /board off removes it, and says so where there is none", async () => {
  await withWorld(async (world) => {
    await world.ask("/board");
    const first = await boardIn(world);
    await world.ask("/board");
    const second = await boardIn(world, ANNA, first);
    await world.telegram.until(() => first.deleted, "the end of the first");
    assertStringIncludes((await world.ask("/board on fire")).text ?? "", "/board off");
    world.telegram.say(ANNA, ANNA, "/board off");
    await world.alert(ANNA, "Табло убрано");
    await world.telegram.until(() => second.deleted, "the end of the second");
    assertStringIncludes((await world.ask("/board off")).text ?? "", "Табло здесь нет");
  });
});

Deno.test("board: in a group its administrators put it up, in their topic; a pin that is refused is no fault", async () => {
  await withWorld(async (world) => {
    const FORUM = -1_007;
    const members = { [ANNA]: "creator", [BORIS]: "member" } as const;
    world.telegram.addGroup({ id: FORUM, title: "Форум", members, isForum: true });
    const topic = world.telegram.addTopic(FORUM, "Статус");
    const refused = await world.ask("/board", OTHER_GROUP, BORIS);
    assertStringIncludes(refused.text ?? "", "администраторы");
    world.telegram.say(FORUM, ANNA, "/board", { message_thread_id: topic, is_topic_message: true });
    const board = await boardIn(world, FORUM);
    assertEquals(board.topic, topic);
    world.bitrix24.outage("ru", "CRM.");
    await shows(world, board, "сбой");
    assertEquals(board.isPinned, false);
    assertEquals(world.logged("ERROR"), []);
    assertEquals(world.violations(), []);
  });
});

Deno.test("board: speaks the chat's language and knows only its regions", async () => {
  await withWorld(async (world) => {
    world.bitrix24.well("kz");
    await world.ask("/start");
    await world.ask("/lang en");
    await sqlite3(
      world.databaseFile,
      `UPDATE chats SET rule = '{"regions":["kz"],"language":"en"}' WHERE chat_id = ${ANNA}`,
    );
    await world.ask("/board");
    const board = await world.telegram.until(
      () => world.fromBot(ANNA).find((it) => it.text?.includes("true as of")),
      "the board",
    );
    assertNotMatch(board.text ?? "", /[а-яё]/i);
    await shows(world, board, "EVERYTHING WORKS FINE · .kz");
    assertNotMatch(board.text ?? "", /\.ru\b(?!\/)/);
  }, { env: { REGIONS: "ru,kz" } });
});

Deno.test("board: goes with a group that becomes a supergroup, and with whoever wants to be forgotten", async () => {
  await withWorld(async (world) => {
    const OLD = -2_001;
    const NEW = -1_009_001;
    world.telegram.addGroup({
      id: OLD,
      title: "Старая",
      type: "group",
      members: { [ANNA]: "creator" },
    });
    await world.ask("/board", OLD, ANNA);
    await boardIn(world, OLD);
    await world.telegram.until(
      () => world.telegram.calls.find((it) => it.method === "pinchatmessage"),
      "the attempt to pin it, when it is remembered",
    );
    world.telegram.migrate(OLD, NEW);
    await boardIn(world, NEW);
    await world.ask("/board");
    const board = await boardIn(world);
    const question = await world.ask("/forget");
    await world.press(question, "🗑 Удалить всё");
    await world.telegram.until(() => board.deleted, "the end of the board");
    const left = await sqlite3(world.databaseFile, "SELECT chat_id, rewritten_at FROM boards");
    assertEquals(left, `${NEW}|`, "in its place, not instead of one that was deleted");
  });
});

Deno.test("board: of a chat that is gone rests, and is true again when the chat is back", async () => {
  await withWorld(async (world) => {
    await world.ask("/board");
    const board = await boardIn(world);
    world.telegram.block(ANNA);
    world.bitrix24.outage("ru", "CRM.");
    await world.alert(GROUP, "Сбой");
    await world.checks(3);
    assertNotMatch(board.text ?? "", /сбой/);
    world.telegram.block(ANNA, false);
    await shows(world, board, "сбой");
    assert(world.violations().length === 0);
  });
});
