import { assertEquals } from "../assert.ts";
import type { Fault } from "../../src/sandbox/telegram/server.ts";
import { ADMIN, ANNA, GROUP, withWorld } from "../world.ts";
import { daemon } from "./program.ts";

Deno.test("end to end: killed while a message of the administrator is sent, corrected and removed, the next start does the rest", async () => {
  await withWorld(async (world) => {
    const { telegram } = world;
    const copies = () =>
      [GROUP, ANNA, ADMIN].map((chatId) =>
        telegram.messages(chatId).filter((it) =>
          !it.deleted && it.text?.startsWith("📣 Сообщение администратора бота")
        ).map((it) => it.text?.split("\n")[1])
      );
    const all = (text?: string) => Array(3).fill(text === undefined ? [] : [text]);
    const until = (expected: unknown) =>
      telegram.until(
        () => JSON.stringify(copies()) === JSON.stringify(expected),
        JSON.stringify(expected),
      );
    /** No call of this kind gets through while somebody presses; then comes the kill, and a start. */
    const killedAt = async (method: string, press: () => Promise<unknown>) => {
      let held = 0;
      const hang: Fault = { kind: "hang" };
      telegram.fault = (called, payload) =>
        called === method && !String(payload["text"]).startsWith("✅") && ++held > 0
          ? hang
          : undefined;
      await press();
      await telegram.until(() => held > 0, `a call of ${method} that hangs`);
      await bot.end("SIGKILL");
      telegram.fault = undefined;
      bot = daemon(world);
    };
    let bot = daemon(world);
    await world.ask("/start", ANNA, ANNA);
    await world.ask("/start", ADMIN, ADMIN);

    const preview = await world.ask("/announce Было", ADMIN, ADMIN);
    await killedAt("sendmessage", () => telegram.press(ADMIN, preview.id, "📨 Отправить", ADMIN));
    await until(all("Было"));

    const draft = await world.ask("/announce #1 Стало", ADMIN, ADMIN);
    await killedAt(
      "editmessagetext",
      () => telegram.press(ADMIN, draft.id, "✏️ Исправить везде", ADMIN),
    );
    await until(all("Стало"));

    const shown = await world.ask("/announce #1", ADMIN, ADMIN);
    await world.press(shown, "🗑 Удалить", ADMIN);
    await killedAt(
      "deletemessage",
      () => telegram.press(ADMIN, shown.id, "🗑 Удалить везде", ADMIN),
    );
    await until(all());
    assertEquals((await bot.end("SIGTERM")).code, 0);
    assertEquals(world.violations(), []);
  }, { isStarted: false });
});
