import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ADMIN, ANNA, BORIS, GROUP, withWorld, type World } from "../world.ts";

/** When it was written, in seconds as Telegram has them. */
function ago(minutes: number) {
  return { date: Math.floor(Date.now() / 1000) - minutes * 60 };
}

const DAY = 20 * 60;

/** The bot is off while this happens, and then started; it has answered all of it. */
async function meanwhile(world: World, happens: () => void): Promise<void> {
  await world.stop();
  happens();
  await world.start();
  world.telegram.say(ADMIN, ADMIN, "/getid");
  await world.alert(ADMIN, "id этого чата");
}

function textsTo(world: World, chatId: number): string[] {
  return world.fromBot(chatId).map((it) => it.text ?? "");
}

Deno.test("stale: what an administrator switched long ago is not done, and they are told to repeat it", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    await meanwhile(world, () => {
      world.telegram.say(ADMIN, ADMIN, "/monitoring off", ago(DAY));
      world.telegram.say(GROUP, ADMIN, "/monitoring off", ago(6));
    });
    for (const chat of [ADMIN, GROUP]) {
      const { text } = await world.alert(chat, "команда пришла давно, повторите");
      assertStringIncludes(text ?? "", "не выполнил");
    }
    assertStringIncludes((await world.ask("/monitoring", ADMIN, ADMIN)).text ?? "", "включён");
    const anew = await world.ask("/monitoring off", ADMIN, ADMIN);
    assertStringIncludes(anew.text ?? "", "выключен");
  });
});

Deno.test("stale: what an administrator switched four minutes ago is done", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    await meanwhile(world, () => world.telegram.say(ADMIN, ADMIN, "/monitoring off", ago(4)));
    assertStringIncludes((await world.ask("/monitoring", ADMIN, ADMIN)).text ?? "", "выключен");
  });
});

Deno.test("stale: subscribing and unsubscribing are done in their order, however old", async () => {
  await withWorld(async (world) => {
    await meanwhile(world, () => {
      world.telegram.say(ANNA, ANNA, "/start", ago(DAY));
      world.telegram.say(ANNA, ANNA, "/unsubscribe", ago(DAY - 1));
      world.telegram.say(BORIS, BORIS, "/unsubscribe", ago(DAY));
      world.telegram.say(BORIS, BORIS, "/subscribe", ago(DAY - 1));
    });
    await world.alert(BORIS, "Вы успешно подписались");
    assertEquals(await sqlite3(world.databaseFile, "SELECT chat_id FROM subscribers"), `${BORIS}`);
  });
});

Deno.test("stale: of old questions the newest of each person is answered, over several polls; younger ones all", async () => {
  await withWorld(async (world) => {
    await meanwhile(world, () => {
      for (let count = 0; count < 130; count++) {
        world.telegram.say(ANNA, ANNA, "/health", ago(DAY - count));
        world.telegram.say(GROUP, BORIS, "/history", ago(DAY - count));
        world.telegram.say(BORIS, BORIS, "привет", ago(DAY - count));
      }
      world.telegram.say(ANNA, ANNA, "/stats", ago(6));
      world.telegram.say(GROUP, BORIS, "/incidents", ago(6));
      for (let count = 0; count < 3; count++) world.telegram.say(ANNA, ANNA, "/getid", ago(4));
    });
    await world.alert(GROUP, "Открытых инцидентов нет");
    await world.telegram.until(() => world.fromBot(ANNA).length >= 4, "Anna's answers");
    const answers = textsTo(world, ANNA).map((it) => it.split("\n")[0]);
    assertEquals(answers.filter((it) => it?.includes("id этого чата")).length, 3);
    assertEquals(answers.filter((it) => it?.includes("Статистика")).length, 1);
    assertEquals(answers.length, 4);
    assertEquals(textsTo(world, GROUP).length, 1);
    assertEquals(textsTo(world, BORIS), [], "Boris asked the newest in the group");
    assertMatch(world.logLines.join("\n"), /Old questions passed over for newer ones/);
  });
});

Deno.test("stale: a backlog of exactly one full poll is answered at once", async () => {
  await withWorld(async (world) => {
    await world.stop();
    for (let count = 0; count < 100; count++) world.telegram.say(ANNA, ANNA, "/stats", ago(10));
    await world.start();
    await world.nextMessage(ANNA, 0, "the answer");
    const next = await world.ask("/getid");
    assertStringIncludes(next.text ?? "", "id этого чата");
  });
});

Deno.test("stale: a clock of ours that is an hour ahead makes what has just come old only until Telegram dates an answer", async () => {
  await withWorld(async (world) => {
    await world.start(() => Date.now() + 3_600_000);
    await world.ask("/start", ADMIN, ADMIN);
    const { text } = await world.ask("/monitoring off", ADMIN, ADMIN);
    assertStringIncludes(text ?? "", "Мониторинг выключен");
  }, { isStarted: false });
});

Deno.test("stale: what was written long ago is so by Telegram's clock, however wrong the machine's is", async (t) => {
  const cases = [[-1, 55, "команда пришла давно, повторите"], [1, 0, "выключен"]] as const;
  for (const [hours, minutes, answer] of cases) {
    await t.step(`${hours} h`, async () => {
      await withWorld(async (world) => {
        world.telegram.say(ADMIN, ADMIN, "/monitoring off", ago(minutes));
        await world.start(() => Date.now() + hours * 3_600_000);
        await world.alert(ADMIN, answer);
      }, { isStarted: false });
    });
  }
});
