import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "../assert.ts";
import { MIGRATIONS } from "../../src/store/schema.ts";
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

const PERSON = 5_012_345_678;
const NAME = "Клавдия-Ромашкина";
const ALERT = "Сбой Bitrix24";
const CONFIRM = "🗑 Удалить всё";

/** Which of the bot's files hold this text, or these bytes of an id. */
async function filesWith(world: World, text: string, id: number): Promise<string[]> {
  const number = [id / 2 ** 32, id >>> 24, id >>> 16, id >>> 8, id].map((it) => it & 0xff);
  const needles = [
    [...new TextEncoder().encode(text)],
    [...new TextEncoder().encode(String(id))],
    number,
  ];
  const found: string[] = [];
  for (const name of ["bot.db", "bot.db-wal", "bot.log"]) {
    const content = await Deno.readFile(`${world.folder}/${name}`).catch(() => new Uint8Array());
    const bytes = latin1(content);
    for (const needle of needles) {
      if (bytes.includes(String.fromCharCode(...needle))) found.push(`${name}: ${needle}`);
    }
  }
  return found;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8_192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return text;
}

/** A person with a name, a subscription, an alert and its end; at INFO, as in everyday life. */
async function withTold(use: (world: World) => Promise<void>, env: Record<string, string> = {}) {
  await withWorld(async (world) => {
    world.telegram.addUser({ id: PERSON, first_name: NAME, username: "romashkina" });
    await world.ask("/start", PERSON, PERSON);
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await world.alert(PERSON, ALERT);
    world.bitrix24.well("ru");
    await world.alert(PERSON, "снова работает");
    await world.alert(GROUP, "снова работает");
    // The alert itself is edited last.
    await world.telegram.until(
      () => world.fromBot(PERSON).some((it) => it.text?.includes("Завершено")),
      "the edited alert",
    );
    await use(world);
  }, { env: { LOG_LEVEL: "INFO", RECOVERY_THRESHOLD: "1", ...env } });
}

Deno.test("forget: everything that is stored of a person is gone after a confirmation, to the last byte", async () => {
  await withTold(async (world) => {
    assert((await filesWith(world, NAME, PERSON)).every((it) => !it.startsWith("bot.log")));
    assert((await filesWith(world, NAME, PERSON)).length > 0, "the id is there until now");
    const question = await world.ask("/forget", PERSON, PERSON);
    assertStringIncludes(question.text ?? "", "в течение 30 дней");
    assertStringIncludes(question.text ?? "", "Алерты приходить перестанут");
    assertEquals(buttons(question), [[CONFIRM], ["Отмена"]]);
    const { message, toast } = await world.press(question, CONFIRM, PERSON);
    assertEquals(toast, "Удалено");
    assertStringIncludes(message.text ?? "", "удалено");
    assertStringIncludes(message.text ?? "", "/start");
    assertEquals(buttons(message), []);
    // Who then blocks the bot is nobody that it has to remember.
    world.telegram.block(PERSON);
    await world.ask("/getid", ADMIN, ADMIN);
    assertEquals(await filesWith(world, NAME, PERSON), []);
    const { text } = await world.ask("/stats", ADMIN, ADMIN);
    assertStringIncludes(text ?? "", "Подписчиков: 0");
    world.bitrix24.outage("ru", "Недоступна почта.");
    await world.alert(GROUP, "почта");
    assertEquals(world.fromBot(PERSON).filter((it) => it.text?.includes("почта")), []);
  });
});

Deno.test("forget: who unsubscribes leaves no byte of id or name either", async () => {
  await withTold(async (world) => {
    await world.ask("/unsubscribe", PERSON, PERSON);
    await world.ask("/getid", ADMIN, ADMIN);
    assertEquals(await filesWith(world, NAME, PERSON), []);
  });
});

Deno.test("forget: a confirmation that is older than ten minutes deletes nothing", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    const question = await world.ask("/forget");
    (question as { date: number }).date -= 11 * 60;
    const { text } = await world.telegram.press(ANNA, question.id, CONFIRM, ANNA);
    assertStringIncludes(text, "/forget ещё раз");
    assertEquals(
      await sqlite3(world.databaseFile, "SELECT chat_id FROM subscribers"),
      String(ANNA),
    );
  });
});

Deno.test("forget: pressed twice it is as done as once", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    const question = await world.ask("/forget");
    await world.press(question, CONFIRM);
    await world.telegram.press(ANNA, question.id, CONFIRM, ANNA).catch(() => {});
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM subscribers"), "0");
    await world.ask("/start");
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM subscribers"), "1");
  });
});

Deno.test("forget: in a group it is to be written in private, and the group stays subscribed", async () => {
  await withWorld(async (world) => {
    await world.ask("/subscribe", OTHER_GROUP, ANNA);
    const answer = await world.ask("/forget", OTHER_GROUP, BORIS);
    assertStringIncludes(answer.text ?? "", "в личном чате");
    assertEquals(buttons(answer), []);
    assertEquals(
      await sqlite3(world.databaseFile, "SELECT chat_id FROM subscribers"),
      String(OTHER_GROUP),
    );
  });
});

Deno.test("forget: an administrator is told what stays", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    const question = await world.ask("/forget", ADMIN, ADMIN);
    assertStringIncludes(question.text ?? "", "указан в настройках");
    assertNotMatch(question.text ?? "", /перестанут/);
    const { message } = await world.press(question, CONFIRM, ADMIN);
    assertStringIncludes(message.text ?? "", "указан в настройках");
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM subscribers"), "0");
  });
});

Deno.test("forget: the first start after an upgrade leaves no byte of the names that were stored", async () => {
  await withWorld(async (world) => {
    const file = world.databaseFile;
    const old = `${MIGRATIONS.slice(0, 3).join("\n")} PRAGMA user_version = 3;`;
    await sqlite3(file, `PRAGMA journal_mode = WAL; ${old}`);
    const named = `INSERT INTO subscribers (chat_id, title) VALUES (${OTHER_GROUP}, '${NAME} 1'),
      (${BORIS}, '${NAME} 2'); DELETE FROM subscribers WHERE chat_id = ${BORIS};`;
    await sqlite3(file, named);
    assert((await filesWith(world, NAME, PERSON)).length > 0);
    await world.start();
    assertEquals(await filesWith(world, NAME, PERSON), []);
    assert(world.logged("INFO").some((it) => it.includes("no names are left")));
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await world.alert(OTHER_GROUP, ALERT);
    assertEquals(await sqlite3(file, "SELECT chat_id FROM subscribers"), String(OTHER_GROUP));
  }, { isStarted: false });
});

Deno.test("forget: the help says what is stored, and how to delete it", async () => {
  await withWorld(async (world) => {
    const { text = "" } = await world.ask("/help");
    assertStringIncludes(text, "Что я храню");
    assertStringIncludes(text, "/forget");
  });
});

Deno.test("forget: it can be confirmed whatever the machine's clock says", async () => {
  for (const minutes of [-11, 11]) {
    await withWorld(async (world) => {
      await world.start(() => Date.now() + minutes * 60_000);
      await world.ask("/start");
      const question = await world.ask("/forget");
      const { toast } = await world.press(question, CONFIRM);
      assertEquals(toast, "Удалено");
      assertEquals(await sqlite3(world.databaseFile, "SELECT chat_id FROM subscribers"), "");
    }, { isStarted: false });
  }
});
