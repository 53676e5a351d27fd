import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ANNA, BORIS, GROUP, withWorld, type World } from "../world.ts";

const CYRILLIC = /[а-яё]/i;
const RUSSIAN = "Недоступны: CRM, Почта.";
const ENGLISH = { title: "TEMPORARY OUTAGE", info: "CRM and Mail are not available." };

/** Anna reads English, Boris and the group Russian. */
async function withReaders(use: (world: World) => Promise<void>, env: Record<string, string> = {}) {
  await withWorld(async (world) => {
    await world.ask("/start");
    await world.ask("/lang en");
    await world.ask("/start", BORIS, BORIS);
    await use(world);
  }, { env: { RECOVERY_THRESHOLD: "1", ...env } });
}

const askedIn = (world: World, lang: string) =>
  world.bitrix24.requests.filter((it) => it.lang === lang).length;

Deno.test("translated: each chat reads the announcement in its own language, in the alert and in the lists", async () => {
  await withReaders(async (world) => {
    await world.checks(2);
    assertEquals(askedIn(world, "en"), 0, "asked while all is well");
    world.bitrix24.outage("ru", RUSSIAN);
    world.bitrix24.translate("ru", "en", ENGLISH);
    const alert = await world.alert(ANNA, "CRM and Mail are not available");
    assertNotMatch(alert.text ?? "", CYRILLIC);
    assertStringIncludes(alert.text ?? "", "Affected: CRM, Mail");
    assertStringIncludes((await world.alert(GROUP, "Сбой Bitrix24")).text ?? "", RUSSIAN);
    assertStringIncludes((await world.alert(BORIS, "Сбой Bitrix24")).text ?? "", RUSSIAN);
    for (const command of ["/incidents", "/history", "/status"]) {
      assertStringIncludes((await world.ask(command)).text ?? "", ENGLISH.info);
      assertStringIncludes((await world.ask(command, BORIS, BORIS)).text ?? "", RUSSIAN);
    }
    world.bitrix24.well("ru");
    await world.telegram.until(() => alert.text?.includes("Over: "), "the edited alert");
    assertStringIncludes(alert.text ?? "", ENGLISH.info);
    const count = askedIn(world, "en");
    await world.checks(2);
    assertEquals(askedIn(world, "en"), count, "asked after it was over");
  });
});

Deno.test("translated: nobody reads it, nobody asks for it", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    world.bitrix24.outage("ru", RUSSIAN);
    await world.alert(ANNA, "Сбой Bitrix24");
    await world.checks(2);
    assertEquals(askedIn(world, "en"), 0);
  });
});

Deno.test("translated: a second answer that hangs keeps nobody waiting; when it comes, that language's alerts are edited", async () => {
  await withReaders(async (world) => {
    let answered = 0;
    world.bitrix24.onAnswer(({ request }) => void (answered += request.lang === "en" ? 1 : 0));
    world.bitrix24.fault("json", { kind: "hang" }, "ru", "en");
    world.bitrix24.outage("ru", RUSSIAN);
    world.bitrix24.translate("ru", "en", ENGLISH);
    const theirs = await world.alert(GROUP, "Сбой Bitrix24");
    const alert = await world.alert(ANNA, "Bitrix24 outage");
    assertStringIncludes(alert.text ?? "", RUSSIAN);
    assertEquals(answered, 0, "somebody waited for it");
    const messages = world.fromBot(ANNA).length;
    world.bitrix24.fault("json", undefined, "ru", "en");
    await world.telegram.until(() => alert.text?.includes(ENGLISH.info), "the edited alert");
    assertNotMatch(alert.text ?? "", CYRILLIC);
    assertEquals(world.fromBot(ANNA).length, messages, "an edit, no message");
    assertEquals(theirs.edits, 0);
    await world.checks(3);
    assertEquals(alert.edits, 1);
    const { text = "" } = await world.ask("/why", BORIS, BORIS);
    assertEquals(text.split("\n\n").length, 2, "one decision, and its title");
  }, { REQUEST_TIMEOUT: "20" });
});

Deno.test("translated: an answer in the second language that does not fit the first is none", async () => {
  const answers = [
    JSON.stringify({ result: "notice", statusTitle: "All well", statusInfo: ENGLISH.info }),
    JSON.stringify({ result: "warning", statusTitle: "Delays", statusInfo: ENGLISH.info }),
    "<html>",
  ];
  for (const body of answers) {
    await withReaders(async (world) => {
      world.bitrix24.fault("json", { kind: "body", body }, "ru", "en");
      world.bitrix24.outage("ru", RUSSIAN);
      assertStringIncludes((await world.alert(ANNA, "Bitrix24 outage")).text ?? "", RUSSIAN);
      await world.checks(2);
      assertEquals(await sqlite3(world.databaseFile, "SELECT * FROM incident_texts"), "");
    });
  }
});

Deno.test("translated: another announcement comes in both languages, and its words replace those before", async () => {
  await withReaders(async (world) => {
    world.bitrix24.outage("ru", RUSSIAN);
    world.bitrix24.translate("ru", "en", ENGLISH);
    const alert = await world.alert(ANNA, ENGLISH.info);
    world.bitrix24.set("ru", {
      result: "error",
      statusTitle: "ВРЕМЕННЫЙ СБОЙ",
      statusInfo: "Недоступен Диск.",
      id: 9_000,
      translated: { en: { statusTitle: "TEMPORARY OUTAGE", statusInfo: "Drive is down." } },
    });
    await world.telegram.until(() => alert.text?.includes("Drive is down."), "the new words");
    assert(!alert.text?.includes(ENGLISH.info));
    const rows = await sqlite3(world.databaseFile, "SELECT description FROM incident_texts");
    assertEquals(rows, "Drive is down.");
  });
});

Deno.test("translated: a host that wants silence in the second language goes on being asked in the first", async () => {
  await withReaders(async (world) => {
    const headers = { "retry-after": "300" };
    world.bitrix24.fault("json", { kind: "status", code: 429, headers }, "ru", "en");
    world.bitrix24.outage("ru", RUSSIAN);
    await world.alert(ANNA, "Bitrix24 outage");
    world.bitrix24.well("ru");
    await world.alert(ANNA, "works again");
    assertEquals(askedIn(world, "en"), 1, "asked once more in spite of Retry-After");
  });
});
