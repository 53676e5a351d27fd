import { assertEquals, assertMatch } from "../assert.ts";
import { run } from "./program.ts";

Deno.test("end to end: the demo plays an outage and its end", async () => {
  const { code, stdout, stderr } = await run(["demo"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(
    stdout,
    /ОТЛИЧНО РАБОТАЕТ[^]*🔴 Сбой Bitrix24[^]*Затронуто: CRM, Почта, Телефония[^]*снова работает/,
  );
});
