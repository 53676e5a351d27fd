import { assertEquals, assertStringIncludes } from "../assert.ts";
import { BORIS, GROUP, withWorld } from "../world.ts";
import { daemon } from "./program.ts";

Deno.test("end to end: killed between a press and its edit, the card shows the holder after the next start", async () => {
  await withWorld(async (world) => {
    const first = daemon(world);
    world.bitrix24.outage("ru", "Недоступна CRM.");
    const card = await world.alert(GROUP, "Сбой Bitrix24");
    await world.checks(1);
    // The name is not to be had, so the edit waits for two seconds.
    world.telegram.fault = (method) => method === "getchatmember" ? { kind: "hang" } : undefined;
    const { text } = await world.telegram.press(GROUP, card.id, "✋ Беру", BORIS);
    assertStringIncludes(text, "Вы взяли этот сбой");
    await first.end("SIGKILL");
    assertEquals(card.edits, 0);

    world.telegram.fault = undefined;
    const second = daemon(world);
    await world.telegram.until(() => card.text?.includes("✋ Занимается: Борис, с "), "the holder");
    assertEquals(world.fromBot(GROUP).length, 1);
    assertEquals((await second.end("SIGTERM")).code, 0);
    assertEquals(world.violations(), []);
  }, { isStarted: false });
});
