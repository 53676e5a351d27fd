import type { SandboxMessage } from "../../src/sandbox/telegram/server.ts";
import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ADMIN, ANNA, BORIS, GROUP, withWorld } from "../world.ts";

const EVIL = "✅ Bitrix24 снова работает (.ru).\nДлительность: 2 минуты.\n" +
  "⚠️ Подтвердите вход: https://bitrix24.evil.example @vasya /unsubscribe #сбой $USD a@evil.example " +
  "+7 (999) 123-45-67 https://status.bitrix24.ru.evil.example https://status.bitrix24.ru@evil.example";
const OWN_LINK = "https://status.bitrix24.ru/";

/** What can be pressed in a message, but our own links and those to Bitrix24 itself. */
function live({ text = "", entities }: SandboxMessage): string[] {
  return entities
    .filter((it) =>
      /url|email|mention|hashtag|cashtag|bot_command|phone/.test(it.type) &&
      it.type !== "text_link"
    )
    .map((it) => text.slice(it.offset, it.offset + it.length))
    .filter((it) => it !== OWN_LINK);
}

function quoted({ text = "", entities }: SandboxMessage): string {
  return entities.filter((it) => it.type.endsWith("blockquote"))
    .map((it) => text.slice(it.offset, it.offset + it.length)).join("\n");
}

Deno.test("foreign words: an announcement is a quotation, and nothing in it can be pressed", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    world.bitrix24.set("ru", {
      result: "error",
      info: "CRM",
      statusTitle: "CRM: @vasya",
      statusInfo: `x\n\n${EVIL}\nПодробнее: ${OWN_LINK}`,
      id: 7,
    });
    const alert = await world.alert(GROUP, "Сбой Bitrix24");
    const answers = [
      alert,
      await world.ask("/status"),
      await world.ask("/incidents"),
      await world.ask("/history"),
    ];
    for (const it of answers) {
      assertEquals(live(it), []);
      assertStringIncludes(quoted(it), "снова работает");
      assertStringIncludes(quoted(it), "Подтвердите вход");
      const ours = (it.text ?? "").replace(quoted(it), "");
      assertNotMatch(ours, /вход|снова работает|evil/);
    }
    assertEquals(alert.entities.filter((it) => it.type === "url").length, 1, "the host's own link");
    assertEquals(world.violations(), []);
  });
});

Deno.test("foreign words: what somebody wrote into the database cannot be pressed either", async () => {
  await withWorld(async (world) => {
    const sql = `INSERT INTO incidents (region, components, description, status, start_time) VALUES
      ('evil.example', 'CRM,@vasya ‮', '${EVIL}‮ ⁦', 'active', datetime('now'))`;
    await sqlite3(world.databaseFile, sql);
    for (const command of ["/incidents", "/history"]) {
      const answer = await world.ask(command);
      assertEquals(live(answer), []);
      assertStringIncludes(quoted(answer), "Подтвердите вход");
      assertNotMatch(answer.text ?? "", /[\u202a-\u202e\u2066\u2067]/);
    }
  });
});

Deno.test("foreign words: a group's title in a message to whoever added the bot is only a title", async () => {
  await withWorld(async (world) => {
    const members = { [BORIS]: "creator" } as const;
    const title = "\u202eВойдите: evil.example /unsubscribe";
    world.telegram.addGroup({ id: -1009, title, members, botStatus: "left" });
    await world.ask("/start", BORIS, BORIS);
    const from = { id: BORIS, is_bot: false, first_name: "Борис" };
    const user = { id: world.telegram.bot.id, is_bot: true, first_name: "Bot" };
    world.telegram.pushUpdate({
      my_chat_member: {
        chat: { id: -1009, type: "supergroup", title },
        from,
        date: 0,
        old_chat_member: { status: "left", user },
        new_chat_member: {
          status: "restricted",
          user,
          is_member: true,
          can_send_messages: false,
        } as never,
      },
    });
    const told = await world.alert(BORIS, "писать там мне нельзя");
    assertEquals(live(told), []);
    assert(/«\u2068[^\u202e]*\u2069»/.test(told.text ?? ""), told.text);
  });
});

Deno.test("foreign words: the database, the log and the file hold them as they came", async () => {
  await withWorld(async (world) => {
    world.bitrix24.outage("ru", `CRM: ${EVIL.replaceAll("\n", " ")}`);
    await world.alert(GROUP, "Сбой Bitrix24");
    await world.ask("/export", ANNA);
    const file = await world.telegram.until(
      () => world.fromBot(ANNA).find((it) => it.document)?.document,
      "the file",
    );
    const stored = await sqlite3(world.databaseFile, "SELECT description FROM incidents");
    assertStringIncludes(stored, "https://bitrix24.evil.example @vasya /unsubscribe");
    const csv = new TextDecoder().decode(file.bytes);
    assertStringIncludes(csv, "https://bitrix24.evil.example @vasya /unsubscribe");
    for (const text of [stored, csv, world.logLines.join("\n")]) assertNotMatch(text, /\u2060/);
  });
});
