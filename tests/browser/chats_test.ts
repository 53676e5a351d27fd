// What a chat client is for: alerts that arrive where somebody looks and where nobody does, chats that
// come and go, topics, commands that complete themselves.
import { assertEquals } from "../assert.ts";
import { parse } from "../../src/deps/csv.ts";
import { download, reopen } from "./browser.ts";
import { browserTest, visit, withDemo } from "./stage.ts";
import { assertNothingFailed } from "./visitor.ts";

browserTest("a stranger causes an outage and sees what it does", async (t) => {
  await visit(t, "stranger", { lang: "en" }, async (me) => {
    const { words } = me;
    await me.starts(words.igor);
    await me.open(words.team);
    await me.hasUnread(words.igor, 0);
    await me.step("the alert arrives in the open chat and is counted in the others", async () => {
      const alert = await me.arrives("🔴 Bitrix24 outage", () => me.feed("ru", "outage"));
      await me.shows(alert, "🔴 Bitrix24 outage · .ru");
      for (const name of [words.anna, words.igor]) await me.hasUnread(name, 1);
      await me.hasUnread(words.team, 0);
      await me.hasTitle("(2) bitrix24-bot");
    });
    await me.step("it is seen in the second chat, and counted no more", async () => {
      await me.open(words.igor);
      await me.shows(me.messages.last(), "🔴 Bitrix24 outage");
      await me.hasUnread(words.igor, 0);
      await me.hasUnread(words.anna, 1);
      await me.hasTitle("(1) bitrix24-bot");
    });
    await me.step("a button under it answers", async () => {
      const alert = me.saying("🔴 Bitrix24 outage");
      await me.arrives("📋 What to tell people", () => me.press(alert, "📋 Text"));
    });
    await me.step("unsubscribed: the end of it is told only to the others", async () => {
      const menu = await me.ask("/menu", "Main menu");
      await me.press(menu, "🔔 Subscriptions");
      await me.press(menu, "❌ Unsubscribe");
      await me.seesToast("You have unsubscribed");
      await me.feed("ru", "well");
      await me.hasUnread(words.anna, 2);
      assertEquals(await me.saying("works again").count(), 0);
    });
    await me.step("the CSV file has it", async () => {
      const message = await me.ask("/export", ".csv");
      const { bytes } = await download(me.page, message.getByRole("link", { name: /\.csv/ }));
      const [, ...rows] = parse(new TextDecoder().decode(bytes), { separator: ";" });
      assertEquals(rows.at(-1)?.slice(1, 3), ["ru", "CRM, Почта"]);
      assertEquals(rows.at(-1)?.slice(4, 6), ["resolved", "outage"]);
    });
    await assertNothingFailed(me);
  });
});

browserTest("everybody who looks sees the same at the same time", async (t) => {
  await withDemo(t, { lang: "ru" }, (enter) =>
    enter("window-1", {}, async (me) => {
      await enter("window-2", { lang: "en", scheme: "dark" }, async (other) => {
        // The page speaks the browser's language, the bot its own.
        await other.open(me.words.team);
        const before = await other.messages.count();
        await me.ask("/getid", "id этого чата");
        await other.messages.nth(before + 1).waitFor();
        await other.breaks("kz", "garbage");
        await me.isBroken("kz", "garbage");
        await me.step("a window opened later has it all", async () => {
          await reopen(other.page);
          await other.shows(other.messages.last(), "id этого чата");
          await other.isBroken("kz", "garbage");
        });
      });
    }));
});

browserTest("a private chat that blocks the bot, and a group that throws it out", async (t) => {
  await visit(t, "chats-come-and-go", {}, async (me) => {
    const { words } = me;
    await me.starts(words.igor);
    await me.open(words.support);
    await me.ask("/subscribe", "Вы успешно подписались");
    await me.open(words.igor);
    await me.step("blocked: nobody can write, and no alert comes", async () => {
      await me.does(words.block);
      await me.button(words.unblock).waitFor();
      await me.composer.waitFor({ state: "hidden" });
    });
    await me.open(words.support);
    await me.step("thrown out: the same in a group", async () => {
      await me.does(words.kick);
      await me.button(words.add).waitFor();
      await me.composer.waitFor({ state: "hidden" });
      await me.open(words.team);
      await me.arrives("🔴 Сбой Bitrix24", () => me.feed("ru", "outage"));
      await me.hasUnread(words.igor, 0);
      await me.hasUnread(words.support, 0);
    });
    await me.step("unblocked: what was missed comes", async () => {
      await me.open(words.igor);
      await me.arrives("🔴 Сбой Bitrix24", () => me.button(words.unblock).click());
      await me.composer.waitFor();
    });
    await me.step("added again: the bot says so, and what was missed comes", async () => {
      await me.open(words.support);
      await me.arrives("🔴 Сбой Bitrix24", () => me.button(words.add).click());
      await me.saying("Этот чат подписан на алерты").waitFor();
    });
    await me.step("an administrator's rights can be given and taken", async () => {
      await me.does(words.promote);
      await me.does(words.demote);
      await me.does(words.promote);
    });
    await me.feed("ru", "well");
    await me.saying("снова работает").waitFor();
  });
});

browserTest("a group that becomes a supergroup takes its subscription along", async (t) => {
  await visit(t, "supergroup", {}, async (me) => {
    const { words } = me;
    await me.open(words.support);
    await me.step("only the group's administrators may subscribe it", async () => {
      await me.writesAs(words.vera);
      const menu = await me.ask("/menu", "Главное меню");
      await me.press(menu, "🔔 Управление подписками");
      await me.press(menu, "✅ Подписаться");
      await me.seesAlert("только её администраторы");
      await me.writesAs(words.igor);
      await me.press(menu, "✅ Подписаться");
      await me.seesToast("Вы успешно подписались");
    });
    await me.step("the old group leads to the new one", async () => {
      await me.does(words.migrate);
      await me.button(words.open).click();
      await me.composer.waitFor();
      await me.chat(words.support).nth(1).waitFor({ state: "detached" });
    });
    await me.step("where alerts come now", async () => {
      await me.arrives("🔴 Сбой Bitrix24", () => me.feed("kz", "outage"));
      await me.arrives("снова работает", () => me.feed("kz", "well"));
    });
  });
});

browserTest("a topic of a forum gets the alerts that were asked for there", async (t) => {
  await visit(t, "topics", {}, async (me) => {
    const { words } = me;
    await me.open(words.company);
    await me.topic(words.topic);
    await me.ask("/subscribe", "алерты будут приходить в эту тему");
    await me.topic(words.general);
    await me.step("the alert is not in General, but the chat counts it", async () => {
      await me.feed("ru", "outage");
      await me.hasUnread(words.company, 1);
      assertEquals(await me.saying("Сбой Bitrix24").count(), 0);
      await me.open(words.team);
      await me.open(words.company);
      await me.button(`${words.topic} ${words.unread(1)}`).waitFor();
      await me.hasUnread(words.company, 1);
    });
    await me.step("it is in the topic, and counted no more when seen there", async () => {
      await me.topic(words.topic);
      await me.shows(me.messages.last(), "🔴 Сбой Bitrix24");
      await me.hasUnread(words.company, 0);
    });
    await me.step("so is its end, and an answer to a command", async () => {
      await me.arrives("снова работает", () => me.feed("ru", "well"));
      await me.ask("/status", "ОТЛИЧНО РАБОТАЕТ");
      await me.topic(words.otherTopic);
      assertEquals(await me.saying("РАБОТАЕТ").count(), 0);
    });
  });
});

browserTest("typing / offers the commands of that person in that chat", async (t) => {
  await visit(t, "completion", {}, async (me) => {
    const { words } = me;
    const options = me.page.getByRole("listbox", { name: words.commands }).getByRole("option");
    await me.starts(words.igor);
    await me.step("what is typed narrows the list", async () => {
      await me.composer.pressSequentially("/st");
      await options.first().waitFor();
      assertEquals(await options.locator("strong").allInnerTexts(), [
        "/start",
        "/status",
        "/stats",
      ]);
      await options.filter({ hasText: "Текущий статус Bitrix24" }).waitFor();
    });
    await me.step("arrows choose and Enter sends", async () => {
      await me.arrives("ОТЛИЧНО РАБОТАЕТ", async () => {
        await me.composer.press("ArrowDown");
        await me.composer.press("Enter");
      });
      assertEquals(await me.composer.inputValue(), "");
    });
    await me.step("Escape closes it, Tab completes", async () => {
      await me.composer.pressSequentially("/hist");
      await options.first().waitFor();
      await me.composer.press("Tab");
      assertEquals(await me.composer.inputValue(), "/history ");
      await me.composer.fill("/");
      await options.first().waitFor();
      await me.composer.press("Escape");
      await options.first().waitFor({ state: "hidden" });
      await me.composer.fill("");
    });
    await me.step(
      "the button offers all of them, the administrators' to administrators",
      async () => {
        await me.page.getByRole("button", { name: words.commands }).click();
        await options.first().waitFor();
        // It stays, also where the text had the focus before.
        await me.checks(1);
        const all = await options.locator("strong").allInnerTexts();
        assertEquals([all.length, all.includes("/logs")], [22, false]);
        await options.filter({ hasText: "/getid" }).click();
        await me.shows(me.messages.last(), "id этого чата");
        await me.open(words.anna);
        await me.page.getByRole("button", { name: words.commands }).click();
        await options.filter({ hasText: "/monitoring" }).waitFor();
      },
    );
  });
  await visit(t, "completion-en", { lang: "en" }, async (me) => {
    const options = me.page.getByRole("listbox", { name: me.words.commands }).getByRole("option");
    const answers = Promise.withResolvers<void>();
    await me.page.route("**/act", (route) => answers.promise.then(() => route.continue()));
    await reopen(me.page);
    await me.chat(me.words.team).waitFor();
    await me.step("typed before the server has told of the commands: listed then", async () => {
      await me.composer.pressSequentially("/expo");
      assertEquals(await options.count(), 0);
      answers.resolve();
      await options.filter({ hasText: "Incidents as a CSV file" }).waitFor();
    });
  });
});
