import { assertEquals, assertStringIncludes } from "../assert.ts";
import type { SandboxMessage } from "../../src/sandbox/telegram/server.ts";
import { ADMIN, ANNA, BORIS, buttons, GROUP, withWorld, type World } from "../world.ts";

const TAKE = "✋ Беру";

/** A group with the card of an outage. */
export async function withCard(
  use: (world: World, card: SandboxMessage) => Promise<void>,
): Promise<void> {
  await withWorld(async (world) => {
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await use(world, await world.alert(GROUP, "Сбой Bitrix24"));
  });
}

/** The button under a card by which it is taken. */
function takeButton(card: SandboxMessage): string {
  return buttons(card).flat().find((it) => it.startsWith("✋")) ?? "";
}

async function shows(world: World, card: SandboxMessage, words: string): Promise<void> {
  await world.telegram.until(() => card.text?.includes(words), `a card that shows ${words}`);
}

Deno.test("taking: a member of the group takes the outage, and its card says who has it since when", async () => {
  await withCard(async (world, card) => {
    assertEquals(takeButton(card), TAKE);
    const answer = await world.telegram.press(GROUP, card.id, TAKE, BORIS);
    assertStringIncludes(answer.text, "Вы взяли этот сбой");
    assertEquals(answer.show_alert, false);
    await shows(world, card, "✋ Занимается: Борис, с ");
    assertStringIncludes(takeButton(card), "✋ Занимается: Борис, с ");
    assertEquals(world.fromBot(GROUP).length, 1);
    assertEquals(world.violations(), []);
    assertEquals(world.logged("ERROR"), []);
  });
});

Deno.test("taking: whoever presses after somebody else is told who has it, and the card stays as it is", async () => {
  await withCard(async (world, card) => {
    await world.telegram.press(GROUP, card.id, TAKE, BORIS);
    await shows(world, card, "Занимается: Борис");
    const { edits } = card;
    for (const person of [ANNA, ADMIN]) {
      const { text } = await world.telegram.press(GROUP, card.id, takeButton(card), person);
      assertEquals(text, "Уже занимается Борис. Забрать? Нажмите ещё раз");
    }
    const own = await world.telegram.press(GROUP, card.id, takeButton(card), BORIS);
    assertEquals(own.text, "Сбой у вас. Чтобы отпустить, нажмите ещё раз.");
    assertEquals(card.edits, edits);
  });
});

Deno.test("taking: in a private chat and for an incident of another chat there is nothing to take", async () => {
  await withCard(async (world, card) => {
    await world.ask("/subscribe");
    const own = await world.alert(ANNA, "Сбой Bitrix24");
    assertEquals(takeButton(own), "");
    const forged = await world.telegram.pressForged(ANNA, own.id, "take:1", ANNA);
    assertStringIncludes(forged.text, "устарела");
    for (const data of ["take:2", "take:-1", "take:x"]) {
      const { text } = await world.telegram.pressForged(GROUP, card.id, data, BORIS);
      assertStringIncludes(text, "устарела", data);
    }
    assertEquals(card.edits, 0);
  });
});
