// The card of an incident: who has it, how loud it is, what to tell people, one failure once.
import type { Locator } from "playwright-core";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { shoot, until } from "./browser.ts";
import { assertFit } from "./fit.ts";
import { browserTest, visit, withDemo } from "./stage.ts";
import { assertNothingFailed, type Visitor } from "./visitor.ts";

/** Longer than the three lines that clients leave of a folded quotation. */
const LONG = `Недоступны: CRM, Почта, Телефония. ${
  "Специалисты уже работают над решением. ".repeat(6)
}`;

/** By then an outage follows the delays of a drill. */
const DRILL_MS = 40_000;

browserTest(
  "an outage is taken, released, taken over, made quiet and told of to others",
  async (t) => {
    await visit(t, "card", {}, async (me) => {
      const { words } = me;
      await me.open(words.team);
      await me.writesAs(words.igor);
      const card = await me.arrives("🔴 Сбой Bitrix24 · .ru", () => me.feed("ru", "outage"));
      const age = card.locator("time[data-format]");
      const firstAge = await age.innerText();
      await me.step("taken: by name, for everybody to see", async () => {
        assertEquals(await styleOf(card), "success");
        await hand(card).click();
        await me.seesToast("Вы взяли этот сбой");
        await me.shows(card, "✋ Занимается: Игорь, с");
        assertEquals(await styleOf(card), null);
      });
      await me.step("a press too many releases nothing, a later one does", async () => {
        await hand(card).click();
        await me.seesToast("Сбой у вас");
        await pressUntilNotice(me, card, "Вы отпустили этот сбой");
        await me.has(card, "✋ Беру");
      });
      await me.step(
        "somebody else's: a question first, and taken over when pressed again",
        async () => {
          // Right after the release it would be a press too many again.
          await pressUntilNotice(me, card, "Вы взяли этот сбой");
          await me.shows(card, "✋ Занимается: Игорь");
          await me.writesAs(words.vera);
          await hand(card).click();
          await me.seesToast("Уже занимается Игорь. Забрать?");
          await pressUntilNotice(me, card, "Теперь сбой у вас");
          await me.shows(card, "✋ Занимается: Вера");
        },
      );
      await me.step("how long ago it began goes on by itself", async () => {
        await until(async () => await age.innerText() !== firstAge, `another age than ${firstAge}`);
      });
      await me.step("quiet: only an administrator of the group may ask for it", async () => {
        await me.press(card, "🔕 Тише 1 ч");
        await me.seesAlert("администраторы");
        await me.writesAs(words.anna);
        await me.press(card, "🔕 Тише 1 ч");
        await me.shows(card, /🔕 Без звука до \d/);
      });
      await me.step(
        "what to tell people: for the asker alone, and copied as it stands",
        async () => {
          const texts = await me.arrives("Что сказать людям", () => me.press(card, "📋 Текст"));
          await me.shows(texts, words.onlyFor(words.anna));
          await me.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
          await texts.getByRole("button", { name: /Коллегам/ }).click();
          await me.seesToast("Текст скопирован");
          const copied = await me.page.evaluate<string>("navigator.clipboard.readText()");
          assertStringIncludes(copied, "У Bitrix24 сбой (.ru)");
          assert(copied.length <= 256, copied);
        },
      );
      await me.step("the end says who took it, and the card how it went", async () => {
        const reply = await me.arrives("снова работает (.ru)", () => me.feed("ru", "well"));
        await me.shows(reply, /Взял: Вера, через \d+ секунд/);
        await me.shows(card, /\d сбой → .*\d работает/);
        assertEquals(await me.buttons(card), ["📋 Текст", "📋 История"]);
      });
      await assertNothingFailed(me);
    });
  },
);

browserTest("regions that fail alike are one card, until each is well again", async (t) => {
  await visit(t, "card-en", { lang: "en" }, async (me) => {
    const { words } = me;
    await me.open(words.team);
    // A busy machine may take longer than two checks of a second for both.
    await me.chooses(words.interval, "5");
    const card = await me.arrives("🔴 Bitrix24 outage", async () => {
      await me.feed("ru", "outage");
      await me.feed("kz", "outage");
    });
    await me.step("both are on it, and nothing else is", async () => {
      await me.shows(card, /🔴 Bitrix24 outage · (\.kz \.ru|\.ru \.kz)/);
      assertEquals(await me.alerts(), 1);
    });
    await me.step("who takes one takes both, and so it stays over a restart", async () => {
      await me.press(card, "✋ I'll take it");
      await me.shows(card, "✋ In hand: Anna, since");
      await me.chooses(words.interval, "1");
    });
    await me.step("one leaves it with an edit, the last one with a reply", async () => {
      await me.feed("kz", "well");
      await me.shows(card, "✅ .kz");
      assertEquals(await me.saying("works again").count(), 0);
      const reply = await me.arrives("works again", () => me.feed("ru", "well"));
      await me.shows(reply, "Taken by Anna, after");
    });
    await assertNothingFailed(me);
  });
});

browserTest("the card in light and dark, and a drill in the group next door", async (t) => {
  await withDemo(t, { lang: "ru" }, async (enter) => {
    await enter("card-drill", { size: "phone" }, async (me) => {
      const { words } = me;
      await me.step(
        "a drill says what will come, begins, and is taken like any other",
        async () => {
          await me.open(words.support);
          await me.ask("/subscribe", "Вы успешно подписались");
          await me.ask("/drill", /🧪 Учения[^]*Через 30 секунд: сбой — со звуком/);
          await hand(me.saying("🧪 УЧЕБНЫЙ")).click();
          await me.saying(/🧪 УЧЕБНЫЙ[^]*✋ Занимается: Игорь/).waitFor();
        },
      );
      await me.step("nobody else hears of it", async () => {
        await me.view(words.chats);
        for (const name of [words.anna, words.team]) await me.hasUnread(name, 0);
      });
    });
    await enter("card-acting", {}, async (me) => {
      await me.writesAs(me.words.igor);
      const card = await me.arrives("⚠️", () => me.feed("ru", "degraded"));
      await hand(card).click();
      await me.shows(card, "✋ Занимается: Игорь");
      await me.arrives("🔴", () => me.announces("ru", LONG));
      await me.arrives("🔴 Сбой Bitrix24 · .kz", () => me.feed("kz", "outage"));
    });
    for (const scheme of ["light", "dark"] as const) {
      for (const size of ["wide", "phone"] as const) {
        const name = `card-${size}-${scheme}`;
        await enter(name, { scheme, size, bypassesPolicy: true }, async (me) => {
          await me.step(name, () => look(me, name));
        });
      }
    }
    await enter("card-drill-goes-on", {}, async (me) => {
      await me.step("the drill went on meanwhile", async () => {
        await me.open(me.words.support);
        await me.saying(/🧪 УЧЕБНЫЙ[^]*\d задержки → .*\d сбой/).waitFor({ timeout: DRILL_MS });
      });
    });
  });
});

/** Folded as it is sent, and unfolded, for everybody; kept as pictures. */
async function look(me: Visitor, name: string): Promise<void> {
  const card = me.saying("Занимается: Игорь");
  const heightOf = async () => (await card.locator("blockquote").boundingBox())?.height ?? 0;
  // At the end of the chat is the one that nobody has taken.
  await assertFit(me, `${name}-free`);
  await card.scrollIntoViewIfNeeded();
  await assertFit(me, name);
  const folded = await heightOf();
  await card.getByRole("button", { name: me.words.wholeQuote }).click();
  assert(await heightOf() > folded + 20, "the whole quotation is seen");
  await shoot(me.page, `${name}-unfolded`);
}

/** The button by which an incident is taken. */
function hand(card: Locator): Locator {
  return card.getByRole("button", { name: /^✋/ });
}

async function styleOf(card: Locator): Promise<string | null> {
  return await hand(card).getAttribute("data-style");
}

/** Presses the hand again and again, as somebody does who has missed the moment. */
async function pressUntilNotice(me: Visitor, card: Locator, text: string): Promise<void> {
  const notice = me.page.getByRole("status").filter({ hasText: text });
  await until(async () => {
    await hand(card).click();
    await me.answered(card);
    return await notice.count() > 0;
  }, `a notice ${text}`);
  await me.seesToast(text);
}
