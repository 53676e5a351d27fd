import { assertEquals } from "../assert.ts";
import { ANNA, LIFE, told } from "./crafted.ts";
import { mostWithin, readMessage, type Run, withUncertain } from "./record.ts";

Deno.test("withUncertain() doubts what was sent last in a chat that a kill cut short", () => {
  const lines = told(ANNA, ["alert 1", "edited alert 1", "worsened 2"]);
  const killed = (at: number, region = "qa"): Run[] => [
    { ...LIFE, signal: "SIGKILL", code: 137, begun: [{ chatId: ANNA, region, at, isDue: true }] },
  ];
  const certain = (runs: Run[]) => withUncertain(lines, runs).map((it) => it.isCertain);
  assertEquals(certain(killed(2)), [true, true, false]);
  assertEquals(certain(killed(3)), [true, true, true], "begun after it was sent");
  assertEquals(certain(killed(0, "qb")), [true, true, true], "of another incident");
});

Deno.test("readMessage() tells news from answers", () => {
  const cases: [string, string | undefined][] = [
    ["🔴 Сбой Bitrix24 · .qa\n\nЗатронуто: CRM", "alert"],
    ["⚠️ Bitrix24: возможны задержки · .qa", "alert"],
    ["✅ Завершено: сбой Bitrix24 · .qa\n\nНедоступна CRM", "over"],
    ["✅ Завершено: задержки Bitrix24 · .qa, было 10:00–10:05 (5 минут)", "late"],
    ["🔴 Стало хуже: теперь это сбой (.qa).", "worsened"],
    ["✅ Bitrix24 снова работает (.qa).\nДлительность: 8 секунд.", "recovered"],
    ["🔴 Открытые инциденты", undefined],
    ["✅ ВСЕ ОТЛИЧНО РАБОТАЕТ", undefined],
  ];
  for (const [text, saying] of cases) {
    assertEquals(readMessage(text)?.saying, saying, text);
    if (saying) assertEquals(readMessage(text)?.region, "qa");
  }
});

Deno.test("mostWithin() finds the densest stretch", () => {
  assertEquals(mostWithin([], 10), 0);
  assertEquals(mostWithin([0, 10, 20], 10), 1);
  assertEquals(mostWithin([0, 1, 2, 50, 51, 59, 60], 10), 3);
});
