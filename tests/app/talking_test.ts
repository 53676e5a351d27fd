import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ADMIN, ANNA, BORIS, buttons, GROUP, withWorld } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";

Deno.test("talking: /status answers in time while the status host hangs", async () => {
  await withWorld(async (world) => {
    world.bitrix24.fault("json", { kind: "hang" });
    world.bitrix24.fault("html", { kind: "hang" });
    await world.start();
    const answers = await Promise.all([world.ask("/status"), world.ask("/status", BORIS, BORIS)]);
    for (const { text = "" } of answers) {
      assertStringIncludes(text, "СТАТУС НЕИЗВЕСТЕН");
      assertMatch(text, /не ответил/);
    }
    assertEquals(world.bitrix24.requests.filter((it) => it.path !== "/").length <= 2, true);
  }, { isStarted: false, env: { RETRY_ATTEMPTS: "3" } });
});

Deno.test("talking: all who ask at once share one request", async () => {
  await withWorld(async (world) => {
    await world.ask("/monitoring off", ADMIN, ADMIN);
    await sqlite3(world.databaseFile, "SELECT 1");
    const before = world.bitrix24.requests.length;
    await world.stop();
    await sqlite3(world.databaseFile, "DELETE FROM region_states");
    await world.start();
    const people = [ANNA, BORIS, ADMIN];
    await Promise.all(people.map((id) => world.ask("/status", id, id)));
    assertEquals(world.bitrix24.requests.length - before, 1);
  });
});

Deno.test("talking: /status is never answered by a reading from before the line was cut", async () => {
  await withWorld(async (world) => {
    await world.checks(2);
    // Read by the life before, a moment ago.
    await world.ask("/monitoring off", ADMIN, ADMIN);
    await world.stop();
    await sqlite3(
      world.databaseFile,
      `UPDATE region_states SET state = json_set(state, '$.latest.at', unixepoch() * 1000)`,
    );
    for (const page of ["json", "html"] as const) world.bitrix24.fault(page, { kind: "reset" });
    await world.start();
    const { text = "" } = await world.ask("/status");
    assert(!text.includes("ВСЕ ОТЛИЧНО РАБОТАЕТ"), text);
    assertStringIncludes(text, "СТАТУС НЕИЗВЕСТЕН");
  });
});

Deno.test("talking: a chat is answered in order", async () => {
  await withWorld(async (world) => {
    world.telegram.fault = (method, payload) =>
      method === "sendmessage" && String(payload["text"]).includes("Статистика")
        ? { kind: "delay", ms: 300 }
        : undefined;
    world.telegram.say(ANNA, ANNA, "/stats");
    world.telegram.say(ANNA, ANNA, "/getid");
    await world.alert(ANNA, "id этого чата");
    const [first] = world.fromBot(ANNA);
    assertStringIncludes(first?.text ?? "", "Статистика");
  });
});

Deno.test("talking: status buttons are answered at once, however many wait for the host", async () => {
  await withWorld(async (world) => {
    await world.ask("/monitoring off", ADMIN, ADMIN);
    const menu = await world.ask("/menu");
    await world.press(menu, "📊 Мониторинг & Статус");
    const { edits } = menu;
    await sqlite3(world.databaseFile, "DELETE FROM region_states");
    await world.stop();
    world.bitrix24.fault("json", { kind: "hang" });
    await world.start();
    const presses = Array.from(
      { length: 8 },
      () => world.telegram.press(ANNA, menu.id, "🔄 Проверить статус", ANNA),
    );
    for (const { text } of await Promise.all(presses)) assertEquals(text, "Проверяю…");
    assertEquals(menu.edits, edits);
  }, { env: { REQUEST_TIMEOUT: "2" } });
});

Deno.test("talking: monitoring off stops checks and alerts, survives a restart, and is shown", async () => {
  await withWorld(async (world) => {
    const off = await world.ask("/monitoring off", ADMIN, ADMIN);
    assertStringIncludes(off.text ?? "", "Мониторинг выключен");
    await world.stop();
    await world.start();
    world.bitrix24.outage("ru", OUTAGE);
    for (const command of ["/status", "/health", "/monitoring"]) {
      const { text = "" } = await world.ask(command, ADMIN, ADMIN);
      assertStringIncludes(text, "Мониторинг выключен", command);
    }
    assertEquals(world.fromBot(GROUP), []);
    const usage = await world.ask("/monitoring maybe", ADMIN, ADMIN);
    assertStringIncludes(usage.text ?? "", "/monitoring on");
    const refused = await world.ask("/monitoring on", ANNA, ANNA);
    assertStringIncludes(refused.text ?? "", "администраторы");
    await world.ask("/monitoring on", ADMIN, ADMIN);
    await world.alert(GROUP, ALERT);
  });
});

Deno.test("talking: commands are published in two languages, and more to administrators", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    const own = { type: "chat", chat_id: ADMIN } as const;
    await world.telegram.until(
      () => world.telegram.commands(own, "en"),
      "the administrators' list",
    );
    const names = (list: readonly { command: string }[] = []) => list.map((it) => it.command);
    const everyone = names(world.telegram.commands());
    assert(everyone.includes("status") && !everyone.includes("monitoring"));
    assertEquals(names(world.telegram.commands(undefined, "en")), everyone);
    assertEquals(names(world.telegram.commands(own)), [
      ...everyone,
      "logs",
      "monitoring",
      "announce",
    ]);
    const [ru] = world.telegram.commands(undefined, "ru") ?? [];
    const [en] = world.telegram.commands(undefined, "en") ?? [];
    assertMatch(ru?.description ?? "", /[а-я]/);
    assertNotMatch(en?.description ?? "", /[а-я]/);
  });
});

Deno.test("talking: the bot speaks English when told to", async () => {
  await withWorld(async (world) => {
    for (
      const command of ["/start", "/help", "/status", "/stats", "/metrics", "/incidents", "/health"]
    ) {
      const it = await world.ask(command);
      assertNotMatch(`${it.text}${buttons(it).flat()}`, /[а-яё]/i, command);
    }
    const { text = "" } = await world.ask("/status");
    assertStringIncludes(text, "EVERYTHING WORKS FINE");
  }, { env: { BOT_LANG: "en" } });
});

Deno.test("buttons: old, unknown, forged, without a message: every press is answered", async () => {
  await withWorld(async (world) => {
    const menu = await world.ask("/menu");
    for (
      const data of ["button_from_2019", "new:", "__proto__", "toString", "💥", "x".repeat(64)]
    ) {
      const { text } = await world.telegram.pressForged(ANNA, menu.id, data, ANNA);
      assertStringIncludes(text, "устарела", data);
    }
    const inline = await world.telegram.pressForged(ANNA, null, "status", ANNA);
    assertStringIncludes(inline.text, "устарела");

    const before = world.fromBot(ANNA).length;
    world.telegram.deleteMessage(ANNA, menu.id);
    await world.telegram.pressForged(ANNA, menu.id, "help", ANNA);
    const anew = await world.nextMessage(ANNA, before - 1, "the screen as a new message");
    assertStringIncludes(anew.text ?? "", "Справка");
    assertEquals(world.logged("ERROR"), []);
  });
});

Deno.test("buttons: a press too old to be answered still changes its message", async () => {
  await withWorld(async (world) => {
    const menu = await world.ask("/menu");
    world.telegram.fault = (method) =>
      method === "answercallbackquery"
        ? {
          kind: "status",
          code: 400,
          description:
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
        }
        : undefined;
    world.telegram.press(ANNA, menu.id, "❓ Справка", ANNA).catch(() => {});
    await world.telegram.until(() => menu.text?.includes("Справка"), "the edit");
    assertEquals(world.logged("ERROR"), []);
  });
});

Deno.test("bad input: an answer or silence, never a crash, never an error in the log", async () => {
  await withWorld(async (world) => {
    const chat = { id: ANNA, type: "private", first_name: "Анна" } as const;
    const from = { id: ANNA, is_bot: false, first_name: "Анна" };
    const message = { message_id: 900, date: 1, chat, from };
    const document = { file_id: "f", file_unique_id: "f" };
    world.telegram.pushUpdate({ message: { ...message, photo: [] } } as never);
    world.telegram.pushUpdate({ message: { ...message, sticker: document } } as never);
    world.telegram.pushUpdate(
      { message: { ...message, from: undefined, text: "/status" } } as never,
    );
    world.telegram.pushUpdate({ message: { ...message, caption: "/status", document } } as never);
    world.telegram.pushUpdate({
      message: {
        ...message,
        text: "/start",
        entities: [{ type: "bot_command", offset: 0, length: 99 }],
      },
    } as never);
    world.telegram.pushUpdate(
      { edited_message: { ...message, text: "/status", edit_date: 2 } } as never,
    );
    world.telegram.pushUpdate({ channel_post: { ...message, text: "/status" } } as never);
    for (
      const text of [
        "привет",
        "/",
        "//",
        "/ status",
        "/статус",
        "/@",
        "/status@other_bot",
        "/start@",
        "\u0000",
      ]
    ) {
      world.telegram.say(ANNA, ANNA, text);
    }
    world.telegram.say(ANNA, ANNA, "/getid");
    await world.alert(ANNA, "id этого чата");
    const upper = await world.ask(
      `/STATUS@${world.telegram.bot.username.toUpperCase()}`,
      GROUP,
      ANNA,
    );
    assertStringIncludes(upper.text ?? "", "РАБОТАЕТ");
    assertEquals(world.logged("ERROR"), []);
    assertEquals(world.violations(), []);
  });
});
