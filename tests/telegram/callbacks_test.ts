import { type Callback, CALLBACKS, createCodec } from "../../src/telegram/callbacks.ts";
import { alertButtons, mainMenu } from "../../src/telegram/menus.ts";
import { markupOf } from "../../src/telegram/messages.ts";
import { textsOf } from "../../src/telegram/texts/format.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

// How a button says what it asks for. Old messages keep their buttons for years.

const codec = createCodec({ why: 12, note: 54, menu: 0 });

Deno.test("data is the name, or the name and its argument", async (t) => {
  const cases: [string, Callback<"why" | "note" | "menu">][] = [
    ["menu", { action: "menu" }],
    ["new:menu", { action: "menu", opensNew: true }],
    ["why:4711", { action: "why", argument: "4711" }],
    ["new:why:-100", { action: "why", argument: "-100", opensNew: true }],
    ["why:a:b", { action: "why", argument: "a:b" }],
    ["why:сбой", { action: "why", argument: "сбой" }],
    ["note:new:menu", { action: "note", argument: "new:menu" }],
  ];
  for (const [data, callback] of cases) {
    await t.step(data, () => {
      assertEquals(codec.write(callback), data);
      const { argument = undefined, opensNew = false } = callback;
      assertEquals(codec.read(data), { action: callback.action, argument, opensNew });
    });
  }
});

Deno.test("data that no button of ours carries is read as none", async (t) => {
  const foreign = [
    "",
    ":",
    "new:",
    "new",
    "menu:",
    "menu:1",
    "unknown",
    "unknown:1",
    "Menu",
    " menu",
  ]
    .concat(["menu\n", "new:new:menu", "why:", "why:1234567890123", "why:оченьдо", "toString"])
    .concat(["__proto__", "new:toString", "\u0000menu"]);
  for (const data of foreign) {
    await t.step(JSON.stringify(data), () => assertEquals(codec.read(data), null));
  }
});

Deno.test("an argument may take as many bytes as its action says, and no more", () => {
  const longest = "x".repeat(54);
  const data = codec.write({ action: "note", argument: longest, opensNew: true });
  assertEquals(new TextEncoder().encode(data).length, 63);
  assertRefused(() => codec.write({ action: "note", argument: `${longest}x` }));
  assertRefused(() => codec.write({ action: "why", argument: "оченьдо" }));
  assertRefused(() => codec.write({ action: "menu", argument: "1" }));
});

Deno.test("a table of names whose data Telegram could refuse is refused at start", async (t) => {
  const tables: [string, Record<string, number>][] = [
    ["an argument too long", { note: 56 }],
    ["a name too long", { ["x".repeat(61)]: 0 }],
    ["a colon in a name", { "a:b": 0 }],
    ["the mark of new messages", { new: 0 }],
    ["no name", { "": 0 }],
  ];
  for (const [title, table] of tables) {
    await t.step(title, () => assertRefused(() => createCodec(table)));
  }
  createCodec({ note: 55, ["x".repeat(60)]: 0 });
});

Deno.test("buttons of messages sent by earlier versions are still understood", async (t) => {
  const names = [
    "menu",
    "monitoring_menu",
    "analytics_menu",
    "admin_menu",
    "close",
    "help",
    "status",
  ]
    .concat(["stats", "metrics", "incidents", "history", "export", "health", "logs", "database"])
    .concat(["connections", "subscriptions", "subscribe", "unsubscribe", "forget", "forget_now"]);
  for (const name of names) {
    await t.step(name, () => {
      for (const opensNew of [false, true]) {
        const callback = CALLBACKS.read(opensNew ? `new:${name}` : name);
        assertEquals(callback, { action: name, argument: undefined, opensNew } as Callback);
      }
    });
  }
});

Deno.test("keyboards carry data that is read back", () => {
  const texts = textsOf("ru");
  const menu = mainMenu(texts, { isAdministrator: true });
  const buttons = [...menu, ...alertButtons(texts, "kz")].flat();
  const sent = markupOf([...menu, ...alertButtons(texts, "kz")]).inline_keyboard.flat();
  assert(buttons.length > 8);
  for (const [index, button] of buttons.entries()) {
    const it = sent[index];
    assert(it && "callback_data" in it && "action" in button);
    assertEquals(CALLBACKS.read(it.callback_data)?.action, button.action);
    assertEquals(CALLBACKS.read(it.callback_data)?.opensNew, button.opensNew ?? false);
  }
});

function assertRefused(work: () => unknown): void {
  assert(assertThrows(work) instanceof RangeError);
}
