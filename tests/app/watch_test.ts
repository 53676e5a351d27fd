// Portals on watch, through the real bot: from the switch under /portal to what its chat hears.
import type { PortalState } from "../../src/sandbox/bitrix24/portals.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ANNA, BORIS, buttons, GROUP, withWorld, type World } from "../world.ts";

const COMPANY = "company.bitrix24.ru";
const SIGN = "Похоже на сбой, Bitrix24 его не подтвердил.";

/** A bot that asks portals each second. */
async function withWatch(use: (world: World) => Promise<void>, env: Record<string, string> = {}) {
  await withWorld(async (world) => {
    world.pace = { periodSeconds: 1, repeatMs: 10, sharedMs: 100 };
    world.portals.set(COMPANY, "alive");
    await world.start();
    await use(world);
  }, { isStarted: false, env });
}

/** A person has a portal of theirs watched. */
async function watch(world: World, chatId = ANNA, address = COMPANY) {
  await world.ask("/start", chatId, chatId > 0 ? chatId : ANNA);
  await world.ask(`/portal ${address}`, chatId, chatId > 0 ? chatId : ANNA);
  const list = await world.ask("/portal", chatId, chatId > 0 ? chatId : ANNA);
  return await world.press(list, "▫️ Следить", chatId > 0 ? chatId : ANNA);
}

/** Resolves once so many more questions came to the portal. */
async function asked({ portals, bitrix24 }: World, times: number): Promise<void> {
  const count = () => portals.requests.filter((it) => it.host === COMPANY).length;
  const from = count();
  // It is looked at with each check, once a second.
  await bitrix24.until(() => count() >= from + times, `${times} more questions to the portal`);
}

async function becomes(world: World, state: PortalState, times = 4) {
  world.portals.set(COMPANY, state);
  await asked(world, times);
}

Deno.test("watch: a green page and a dead portal: its chat hears so once, and of the end by a reply", async () => {
  await withWatch(async (world) => {
    const { message, toast } = await watch(world);
    assertStringIncludes(toast, "Слежу за company.bitrix24.ru: раз в минуту");
    assertMatch(message.text ?? "", /company.bitrix24.ru — регион .ru, слежу/);
    assertEquals(buttons(message)[0], [`✖️ ${COMPANY}`, "✅ Следить"]);
    world.portals.set(COMPANY, "502");
    const sign = await world.alert(ANNA, SIGN);
    assertMatch(
      sign.text ?? "",
      /^🟠 .*\ncompany\.bitrix24\.ru отсюда не отвечает с \d\d:\d\d GMT\+3 \(ошибка сервера\)\.$/,
    );
    const before = world.fromBot(ANNA).length;
    await asked(world, 4);
    assertEquals(world.fromBot(ANNA).length, before);
    world.portals.set(COMPANY, "alive");
    const reply = await world.alert(ANNA, "отсюда снова отвечает");
    assertEquals(reply.reply_to, sign.id);
    const sends = world.telegram.calls.filter((it) =>
      it.method === "sendmessage" && it.chatId === ANNA
    );
    const heard = sends.slice(-2).map((it) => it.payload["disable_notification"]);
    assertEquals(heard, [undefined, undefined]);
    await world.telegram.until(() => sign.text?.startsWith("✅ Портал снова"), "the edited sign");
    // Nobody else hears of it, and it was no incident.
    assertEquals(world.fromBot(GROUP), []);
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM incidents"), "0");
    assertMatch((await world.ask("/why")).text ?? "", /портал отвечает .ru — отправлено со звуком/);
    assertEquals(world.violations(), []);
    // A portal's name is in no line above DEBUG.
    const loud = world.logLines.filter((line) => !/ DEBUG /.test(line));
    assert(!loud.some((line) => line.includes("company")), loud.join("\n"));
  });
});

Deno.test("watch: nothing is said while the own link is dead, nor of what was restarted meanwhile", async () => {
  await withWatch(async (world) => {
    await watch(world);
    await asked(world, 2);
    world.portals.isLinkThere = false;
    world.portals.set(COMPANY, "502");
    const before = world.fromBot(ANNA).length;
    // Refused, and so without a request.
    const tried = () => world.portals.resolved.filter((it) => it === "www.1c-bitrix.ru").length;
    const from = tried();
    await world.bitrix24.until(() => tried() >= from + 3, "three questions for the link");
    assertEquals(world.fromBot(ANNA).length, before);
    world.portals.isLinkThere = true;
    await world.alert(ANNA, SIGN);
    await world.stop();
    await world.start();
    await asked(world, 6);
    assertEquals(world.fromBot(ANNA).length, before + 1);
    world.portals.set(COMPANY, "alive");
    await world.alert(ANNA, "отсюда снова отвечает");
  });
});

Deno.test("watch: while the status cannot be read nothing is said; afterwards it is", async () => {
  await withWatch(async (world) => {
    await watch(world);
    world.bitrix24.fault("json", { kind: "body", body: "<html>maintenance</html>" });
    world.bitrix24.fault("html", { kind: "body", body: "<html></html>" });
    await world.checks(3);
    const before = world.fromBot(ANNA).length;
    await becomes(world, "502");
    assertEquals(world.fromBot(ANNA).length, before);
    world.bitrix24.fault("json", undefined);
    await world.alert(ANNA, SIGN);
  });
});

Deno.test("watch: an incident takes over, and has no second end", async () => {
  await withWatch(async (world) => {
    await watch(world);
    world.portals.set(COMPANY, "502");
    const sign = await world.alert(ANNA, SIGN);
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await world.alert(ANNA, "Сбой Bitrix24");
    await world.telegram.until(
      () => sign.text?.includes("Bitrix24 это подтвердил"),
      "the edited sign",
    );
    await becomes(world, "alive", 4);
    world.bitrix24.well("ru");
    await world.alert(ANNA, "Bitrix24 снова работает");
    await asked(world, 3);
    assert(!world.fromBot(ANNA).some((it) => it.text?.includes("отвечает.")));
    const [signAt] = (await sqlite3(
      world.databaseFile,
      "SELECT first_sign_at < first_read_at, announced_at FROM incidents",
    )).split("|");
    assertEquals(signAt, "1");
  });
});

Deno.test("watch: a portal that is none is told once and no longer asked", async () => {
  await withWatch(async (world) => {
    await watch(world);
    world.portals.set(COMPANY, "none");
    await world.alert(ANNA, "такого портала нет");
    const list = await world.ask("/portal");
    assert(!list.text?.includes("слежу"));
    assertEquals(buttons(list)[0], [`✖️ ${COMPANY}`, "▫️ Следить"]);
  });
});

Deno.test("watch: a chat that is not subscribed is promised nothing, because nothing would come", async () => {
  await withWatch(async (world) => {
    await world.ask(`/portal ${COMPANY}`);
    const list = await world.ask("/portal");
    const answer = await world.telegram.press(ANNA, list.id, "▫️ Следить", ANNA);
    assertMatch(answer.text, /не подписан.*\/subscribe/);
    assert(!(await world.ask("/portal")).text?.includes("слежу"));
    await world.ask("/subscribe");
    const { toast } = await world.press(await world.ask("/portal"), "▫️ Следить");
    assertMatch(toast, /^Слежу за/);
  });
});

Deno.test("watch: what may not be asked is not promised", async () => {
  await withWatch(async (world) => {
    await world.ask("/start");
    await world.ask("/portal portal.example.com");
    let list = await world.ask("/portal");
    assertEquals(buttons(list)[0], ["✖️ portal.example.com", "❓ Выбрать регион"]);
    await world.press(list, "❓ Выбрать регион");
    await world.press(list, ".ru");
    list = await world.ask("/portal");
    const answer = await world.telegram.press(ANNA, list.id, "▫️ Следить", ANNA);
    assertMatch(answer.text, /PORTAL_DOMAINS/);
    // Nor more than three portals.
    for (const name of ["a", "b", "c", "d"]) {
      world.portals.set(`${name}.bitrix24.ru`, "alive");
      await world.ask(`/portal ${name}.bitrix24.ru`);
    }
    const press = async (name: string) => {
      const it = await world.ask("/portal");
      const data = it.reply_markup?.inline_keyboard.find((row) => row[0]?.text.includes(name))?.at(
        -1,
      );
      assert(data && "callback_data" in data);
      return (await world.telegram.press(ANNA, it.id, data.callback_data, ANNA)).text;
    };
    for (const name of ["a", "b", "c"]) assertMatch(await press(`${name}.bitrix`), /^Слежу за/);
    assertMatch(await press("d.bitrix"), /^Следить можно за тремя/);
  });
});

Deno.test("watch: early signals are chosen on the screen of what is told", async () => {
  await withWatch(async (world) => {
    await world.ask("/start", BORIS, BORIS);
    const screen = await world.ask("/settings", BORIS, BORIS);
    await world.press(screen, "🚦 Что сообщать", BORIS);
    await world.press(screen, "▫️ 👂 Ранние сигналы", BORIS);
    assertMatch(screen.text ?? "", /Теперь пишу сюда: .*ранние сигналы/);
    await world.press(screen, "✅ 👂 Ранние сигналы", BORIS);
    assert(!/пишу сюда: .*ранние сигналы/.test(screen.text ?? ""));
  });
});
