import type { MessageEntity } from "grammy/types";
import type { SandboxMessage } from "../../src/sandbox/telegram/server.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import {
  ADMIN,
  ANNA,
  BORIS,
  buttons,
  GROUP,
  OTHER_GROUP,
  withWorld,
  type World,
} from "../world.ts";

const CHANNEL = -1009;
const SECOND = 1005;
const SIGNATURE = "Сообщение администратора бота";
const TWO_ADMINISTRATORS = { ADMIN_CHAT_ID: `${ADMIN},${SECOND}` };

/** The copy of a bulletin that a chat has. */
function copy(world: World, chatId: number, text: string): Promise<SandboxMessage> {
  return world.telegram.until(
    () => copies(world, chatId).find((it) => it.text?.includes(text)),
    `a copy with “${text}” in ${chatId}`,
  );
}

function copies(world: World, chatId: number): SandboxMessage[] {
  return world.telegram.messages(chatId).filter((it) =>
    !it.deleted && it.text?.startsWith(`📣 ${SIGNATURE}`)
  );
}

/** Whether its copy came to a chat without a sound. */
async function isSilent({ telegram }: World, chatId: number): Promise<boolean> {
  const { payload } = await telegram.until(
    () =>
      telegram.calls.find(({ method, payload }) =>
        method === "sendmessage" && payload["chat_id"] === chatId &&
        String(payload["text"]).startsWith(`📣 ${SIGNATURE}`)
      ),
    `the call for ${chatId}`,
  );
  return payload["disable_notification"] === true;
}

async function announce(
  world: World,
  words: string,
  { by = ADMIN, chatId = by, entities = [] }: {
    by?: number;
    chatId?: number;
    entities?: MessageEntity[];
  } = {},
): Promise<SandboxMessage> {
  const before = world.fromBot(chatId).length;
  const command: MessageEntity = { type: "bot_command", offset: 0, length: "/announce".length };
  world.telegram.say(chatId, by, `/announce ${words}`, { entities: [command, ...entities] });
  return await world.nextMessage(chatId, before, `a preview of ${words.slice(0, 40)}`);
}

Deno.test("a bulletin: the administrator sees it and the number of chats, sends it, and each chat has it once, without a sound", async () => {
  await withWorld(async (world) => {
    world.telegram.addUser({ id: SECOND, first_name: "Второй" });
    world.telegram.addGroup({
      id: CHANNEL,
      type: "channel",
      title: "Новости",
      members: { [ANNA]: "creator" },
      botStatus: "administrator",
    });
    await world.start();
    for (const id of [ADMIN, SECOND, ANNA]) await world.ask("/start", id, id);
    await world.ask("/subscribe ru", OTHER_GROUP, ANNA);
    const words = "Сегодня 😀 жирно, код и сайт";
    const at = (part: string) => ({ offset: 10 + words.indexOf(part), length: part.length });
    const preview = await announce(world, words, {
      entities: [
        { type: "bold", ...at("жирно") },
        { type: "code", ...at("код") },
        { type: "text_link", url: "https://example.org/", ...at("сайт") },
        { type: "blockquote", ...at("Сегодня") },
      ],
    });
    // GROUP and the channel by the settings; Anna, both administrators and a group as subscribers.
    assertStringIncludes(preview.text ?? "", "Получат: 6 чатов");
    assertEquals(buttons(preview), [["📨 Отправить", "🔔 Отправить со звуком"], ["Отмена"]]);
    assertEquals(copies(world, GROUP), [], "nothing goes out before it is sent");

    await world.press(preview, "📨 Отправить", ADMIN);
    assertStringIncludes(preview.text ?? "", "№ 1 отправлено: 6 чатов");
    for (const chatId of [GROUP, OTHER_GROUP, CHANNEL, ANNA, ADMIN, SECOND]) {
      const { text = "", entities = [], reply_markup } = await copy(
        world,
        chatId,
        "жирно",
      );
      const part = ({ offset, length }: MessageEntity) => text.slice(offset, offset + length);
      assertEquals(
        entities.filter((it) => it.offset > 0).map((it) => [it.type, part(it)]),
        [["blockquote", words], ["bold", "жирно"], ["code", "код"], ["text_link", "сайт"]],
      );
      assertEquals([await isSilent(world, chatId), reply_markup], [true, undefined]);
    }
    const notice = await world.alert(SECOND, `Администратор ${ADMIN} отправил`);
    assertStringIncludes(notice.text ?? "", "6 чатов");
    assertEquals(copies(world, ANNA).length, 1);
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM incidents"), "0");
    assertEquals(
      await sqlite3(world.databaseFile, "SELECT author_id, sent_at > 0 FROM bulletins"),
      `${ADMIN}|1`,
    );
    assertEquals(world.violations(), []);
  }, { isStarted: false, env: { ...TWO_ADMINISTRATORS, GROUP_IDS: String(CHANNEL) } });
});

Deno.test("a bulletin to a region goes to those who hear that region, and sounds where that was chosen", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    await world.ask("/subscribe kz", ANNA, ANNA);
    await world.ask("/subscribe ru", BORIS, BORIS);
    const preview = await announce(world, "kz\nРаботы в Алматы");
    assertStringIncludes(preview.text ?? "", "Получат: 3 чата, где слышат .kz");
    await world.press(preview, "🔔 Отправить со звуком", ADMIN);
    const { text } = await copy(world, ANNA, "Алматы");
    assertEquals(text, `📣 ${SIGNATURE} · .kz\nРаботы в Алматы`);
    assertEquals(await isSilent(world, ANNA), false);
    await copy(world, GROUP, "Алматы");
    assertEquals(copies(world, BORIS), []);

    for (
      const [words, said] of [
        ["", "Напишите /announce"],
        ["kz", "Напишите /announce"],
        ["by Завтра", "не следит (следит за .ru, .kz)"],
        ["я".repeat(3_501), "3501 знаков, а можно 3500"],
        ["#77", "Такого сообщения нет"],
        ["#77 другой", "Такого сообщения нет"],
      ] as const
    ) {
      assertStringIncludes((await announce(world, words)).text ?? "", said);
    }
    const again = await announce(world, "By the way");
    assertStringIncludes(again.text ?? "", "Получат: 4 чата.");
    const { show_alert, text: toast } = await world.telegram.press(
      ADMIN,
      again.id,
      "📨 Отправить",
      ADMIN,
    );
    assertEquals(show_alert, true);
    assertStringIncludes(toast, "Не больше одного сообщения за десять минут");
    assertEquals(copies(world, BORIS), []);
  }, { env: { REGIONS: "ru,kz" } });
});

Deno.test("a bulletin is corrected everywhere, and removed everywhere, also by another administrator", async () => {
  await withWorld(async (world) => {
    world.telegram.addUser({ id: SECOND, first_name: "Второй" });
    for (const id of [ADMIN, SECOND, ANNA]) await world.ask("/start", id, id);
    const preview = await announce(world, "Работы в 20:00");
    await world.press(preview, "📨 Отправить", ADMIN);
    const annas = await copy(world, ANNA, "20:00");
    const groups = await copy(world, GROUP, "20:00");

    assertStringIncludes(
      (await world.telegram.press(ADMIN, preview.id, "✏️ Исправить", ADMIN)).text,
      "/announce #1",
    );
    const draft = await announce(world, "#1 Работы в 21:00", { by: SECOND });
    assertStringIncludes(draft.text ?? "", "Заменит сообщение № 1: 4 чата");
    await world.press(draft, "✏️ Исправить везде", SECOND);
    await world.telegram.until(
      () => annas.text?.includes("21:00") && groups.text?.includes("21:00"),
      "the correction",
    );
    await world.alert(ADMIN, `Администратор ${SECOND} исправил сообщение № 1`);

    const shown = await announce(world, "#1", { by: SECOND });
    assertStringIncludes(shown.text ?? "", "21:00");
    await world.press(shown, "🗑 Удалить", SECOND);
    assert(!annas.deleted, "it is asked first");
    await world.press(shown, "🗑 Удалить везде", SECOND);
    await world.telegram.until(() => annas.deleted && groups.deleted, "the removal");
    await world.alert(ADMIN, `Администратор ${SECOND} удалил сообщение № 1`);
    assertStringIncludes((await announce(world, "#1 ещё раз")).text ?? "", "Такого сообщения нет");
    const metrics = await sqlite3(
      world.databaseFile,
      "SELECT COUNT(*) FROM deliveries WHERE state IN ('due', 'paused') AND turn < 0",
    );
    assertEquals(metrics, "0");
    assertEquals(world.violations(), []);
  }, { env: TWO_ADMINISTRATORS });
});

Deno.test("a bulletin is sent by nobody but an administrator: no stranger, no nameless one, no forged press, none of yesterday", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    await world.ask("/start", BORIS, BORIS);
    assertStringIncludes(
      (await announce(world, "Всем", { by: BORIS })).text ?? "",
      "только администраторы бота",
    );
    const before = world.fromBot(GROUP).length;
    world.telegram.sayAs(GROUP, { as: "anonymous administrator" }, "/announce Всем");
    const { text } = await world.nextMessage(GROUP, before, "an answer to the nameless one");
    assertStringIncludes(text ?? "", "Кто пишет от имени группы");

    const preview = await announce(world, "Всем", { chatId: GROUP });
    for (const verb of ["send", "loud", "drop", "keep", "ask", "remove"]) {
      const toast = await world.telegram.pressForged(
        GROUP,
        preview.id,
        `bulletin:${verb} 1`,
        BORIS,
      );
      assertStringIncludes(toast.text, "только администраторы бота");
    }
    // Whoever wrote it was an administrator until the settings changed.
    await world.stop();
    const later = world.another({ ADMIN_CHAT_ID: String(BORIS) });
    await later.start();
    try {
      const toast = await world.telegram.press(GROUP, preview.id, "📨 Отправить", ADMIN);
      assertStringIncludes(toast.text, "только администраторы бота");
    } finally {
      await later.stop();
    }
    await world.start();
    assertEquals(copies(world, BORIS), []);
    // The press comes twice, and of two people.
    await Promise.all([
      world.telegram.press(GROUP, preview.id, "📨 Отправить", ADMIN),
      world.telegram.pressForged(GROUP, preview.id, "bulletin:send 1", ADMIN),
    ]);
    await copy(world, BORIS, "Всем");
    await world.ask("/getid", BORIS, BORIS);
    assertEquals(copies(world, BORIS).length, 1);
  });
});

Deno.test("a bulletin is asked for in a group that is not ours: the preview comes in private", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    const before = world.fromBot(ADMIN).length;
    const answer = await announce(world, "Тайна", { chatId: OTHER_GROUP });
    assertStringIncludes(answer.text ?? "", "Ответил вам лично");
    const preview = await world.nextMessage(ADMIN, before, "the preview");
    assertStringIncludes(preview.text ?? "", "Тайна");
    await world.press(preview, "Отмена", ADMIN);
    assertEquals(preview.text, "Отменено: ничего не отправлено.");
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM bulletins"), "0");
  });
});
