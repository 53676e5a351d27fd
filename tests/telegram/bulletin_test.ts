import { Api, GrammyError } from "grammy";
import type { MessageEntity } from "grammy/types";
import type { Delivery } from "../../src/delivering/outbox.ts";
import {
  type Asked,
  type Bulletin,
  MAX_BULLETIN_LENGTH,
  readAnnounce,
} from "../../src/domain/bulletin.ts";
import { authored, bulletinText, tellBulletin } from "../../src/telegram/bulletin_telling.ts";
import { previewScreen, sentScreen, sureScreen } from "../../src/telegram/bulletins.ts";
import { readCommand } from "../../src/telegram/commands.ts";
import { MAX_MESSAGE_LENGTH } from "../../src/telegram/rich.ts";
import { createVoice } from "../../src/telegram/texts/format.ts";
import { assert, assertEquals } from "../assert.ts";

const voice = createVoice("ru", "UTC");

Deno.test("what /announce is given: a region that is watched, a number, or nothing but words", () => {
  const text = (from: number, region: string | null = null, corrects: number | null = null) =>
    ({ kind: "text", corrects, region, from }) as const;
  const rows: [string, Asked][] = [
    ["", { kind: "usage" }],
    ["ru", { kind: "usage" }],
    ["ru Работы", text(3, "ru")],
    [".ru\n\nРаботы", text(5, "ru")],
    ["com.br Obras", text(7, "br")],
    ["Работы ru", text(0)],
    ["RU работы", text(0)],
    ["By the way", text(0)],
    ["We are back", text(0)],
    ["all is well", text(0)],
    ["by Работы", { kind: "unwatched", region: "by" }],
    [".xx Работы", { kind: "unwatched", region: "xx" }],
    ["#12", { kind: "look", id: 12 }],
    ["#12 ru Работы", text(4, null, 12)],
    ["#работы начались", text(0)],
    ["#12и", text(0)],
  ];
  for (const [words, expected] of rows) {
    assertEquals(readAnnounce(words, ["ru", "br"]), expected, words);
  }
});

Deno.test("formatting stays where the author put it, and goes nowhere else", () => {
  const text = "/announce@bot   ru  🧑‍🚒 жирный и @anna";
  const at = (part: string) => ({ offset: text.indexOf(part), length: part.length });
  const all: MessageEntity[] = [
    { type: "bot_command", offset: 0, length: 13 },
    { type: "bold", offset: 0, length: text.length },
    { type: "italic", ...at("ru  🧑‍🚒 жирный") },
    { type: "code", ...at("ru") },
    { type: "spoiler", ...at("жирный") },
    { type: "mention", ...at("@anna") },
    { type: "text_mention", user: { id: 1, is_bot: false, first_name: "" }, ...at("и ") },
    { type: "blockquote", ...at("жирный") },
  ];
  const command = readCommand({ text, entities: all } as Parameters<typeof readCommand>[0]);
  assert(command);
  const written = authored(command.argument, command.entities, 4);
  assertEquals(written.text, "🧑‍🚒 жирный и @anna");
  const { text: shown, entities } = bulletinText(voice, { region: "ru", written });
  assertEquals(
    entities.map(({ type, offset, length }) => [type, shown.slice(offset, offset + length)]),
    [
      ["bold", "📣 Сообщение администратора бота · .ru"],
      ["blockquote", written.text],
      ["bold", written.text],
      ["italic", "🧑‍🚒 жирный"],
      ["spoiler", "жирный"],
    ],
  );
});

Deno.test("the longest bulletin fits into one message, with all that is said around it", () => {
  const bulletin: Bulletin = {
    id: 999_999_999,
    authorId: 1,
    region: "region",
    written: { text: "я".repeat(MAX_BULLETIN_LENGTH), entities: [] },
    corrects: null,
    draftedAt: 0,
    sentAt: 1e12,
    isRemoved: false,
    chats: 999_999_999,
  };
  for (const language of ["ru", "en"] as const) {
    const speaking = voice.in(language);
    const screens = [previewScreen, sentScreen, sureScreen].flatMap((it) =>
      [bulletin, { ...bulletin, corrects: 999_999_999 }].map((of) => it(speaking, of).text.text)
    );
    for (const text of [...screens, bulletinText(speaking, bulletin).text]) {
      assert(text.length <= MAX_MESSAGE_LENGTH, `${language}: ${text.length}`);
    }
  }
});

Deno.test("a copy that is to be removed: deleted, else told so by an edit, and a chat that is gone is tried again", async (t) => {
  const refused = (code: number, description: string) => ({
    ok: false,
    error_code: code,
    description,
  });
  const lost = refused(400, "Bad Request: message can't be deleted for everyone");
  const kicked = refused(403, "Forbidden: bot was kicked from the supergroup chat");
  const noEdit = refused(400, "Bad Request: message to edit not found");
  const rows: [string, Record<string, unknown>, string[], "done" | "thrown"][] = [
    ["deleted", {}, ["deleteMessage"], "done"],
    ["too old", { deleteMessage: lost }, ["deleteMessage", "editMessageText"], "done"],
    [
      "gone",
      { deleteMessage: lost, editMessageText: noEdit },
      ["deleteMessage", "editMessageText"],
      "done",
    ],
    ["kicked", { deleteMessage: kicked }, ["deleteMessage"], "thrown"],
  ];
  for (const [what, answers, expected, end] of rows) {
    await t.step(what, async () => {
      const api = new Api("4242:test");
      const called: string[] = [];
      api.config.use((_, method) => {
        called.push(method);
        // deno-lint-ignore no-explicit-any -- the answer of any method
        return Promise.resolve(answers[method] ?? { ok: true, result: true } as any);
      });
      const news = { region: null, written: { text: "", entities: [] }, latest: 2 };
      const told = tellBulletin(
        { api, voice, address: { chatId: 1 } },
        { chatId: 1, notify: true } as Delivery,
        { ...news, isRemoved: true, messageId: 7 },
        new AbortController().signal,
      );
      const outcome = await told.then((it) => it.kind, (error) => {
        assert(error instanceof GrammyError);
        return "thrown";
      });
      assertEquals(outcome, end === "done" ? "nothing to do" : "thrown");
      assertEquals(called, expected);
    });
  }
});
