import { assertEquals } from "../../assert.ts";
import { REFUSED_CALLS, REFUSED_KEYBOARDS } from "./refused_calls.ts";
import { button, COMMAND, commands, entity, REFUSED_TEXTS } from "./refused_text.ts";
import { ALICE, BASIC_GROUP, BOB, call, GROUP, TOKEN, withSandbox } from "./support.ts";

Deno.test("createTelegramSandbox() refuses what the real server refuses, and takes note of it", async () => {
  await withSandbox(async (sandbox) => {
    const rows = [...REFUSED_TEXTS, ...REFUSED_KEYBOARDS, ...REFUSED_CALLS];
    for (const [rule, method, payload, description] of rows) {
      const count = sandbox.violations.length;
      const { result, ...answer } = await call(sandbox, method, payload);
      assertEquals(result, undefined, rule);
      assertEquals(answer, {
        ok: false,
        status: 400,
        error_code: 400,
        description: `Bad Request: ${description}`,
      }, rule);
      assertEquals(sandbox.violations.length, count + 1, rule);
    }
    assertEquals(sandbox.messages(ALICE).length, 1, "nothing refused may have an effect");
  }, { limits: false });
});

const ACCEPTED: readonly [rule: string, method: string, payload: Record<string, unknown>][] = [
  ["text of 4096", "sendMessage", { chat_id: ALICE, text: "x".repeat(4096) }],
  [
    "callback data of 64 bytes",
    "sendMessage",
    button({ text: "x", callback_data: "ж".repeat(32) }),
  ],
  ["link button", "sendMessage", button({ text: "x", url: "https://status.bitrix24.ru" })],
  ["copy button", "sendMessage", button({ text: "x", copy_text: { text: "y" }, style: "primary" })],
  [
    "copy button of 256",
    "sendMessage",
    button({ text: "x", copy_text: { text: "ж".repeat(256) } }),
  ],
  ["entity found by Telegram", "sendMessage", entity({ type: "url", offset: 0, length: 1 })],
  [
    "time",
    "sendMessage",
    entity({ type: "date_time", offset: 0, length: 5, unix_time: 1, date_time_format: "Dt" }),
  ],
  ["nested values as text", "sendMessage", {
    chat_id: String(ALICE),
    text: "x",
    entities: '[{"type":"bold","offset":0,"length":1}]',
    reply_markup: '{"inline_keyboard":[]}',
  }],
  ["reply that need not be", "sendMessage", {
    chat_id: ALICE,
    text: "x",
    reply_parameters: { message_id: 77, allow_sending_without_reply: true },
  }],
  ["basic group", "sendMessage", { chat_id: BASIC_GROUP, text: "x" }],
  ["action", "sendChatAction", { chat_id: GROUP, action: "typing" }],
  ["100 commands", "setMyCommands", commands(Array(100).fill(COMMAND))],
  [
    "commands of a person",
    "setMyCommands",
    commands([COMMAND], { scope: { type: "chat", chat_id: ALICE }, language_code: "ru" }),
  ],
  ["commands of a member", "setMyCommands", {
    commands: [COMMAND],
    scope: { type: "chat_member", chat_id: GROUP, user_id: BOB },
  }],
  ["webhook", "deleteWebhook", {}],
  ["webhook info", "getWebhookInfo", {}],
  ["chat", "getChat", { chat_id: GROUP }],
];

Deno.test("createTelegramSandbox() takes what the real server takes", async () => {
  await withSandbox(async (sandbox) => {
    for (const [rule, method, payload] of ACCEPTED) {
      const { ok, description } = await call(sandbox, method, payload);
      assertEquals({ ok, description }, { ok: true, description: undefined }, rule);
    }
    assertEquals(sandbox.violations, []);
  });
});

const NOTED: readonly [rule: string, payload: Record<string, unknown>, note: string][] = [
  ["empty entity", entity({ type: "bold", offset: 1, length: 0 }), "entity bold at 1 is empty"],
  [
    "white space before an entity",
    entity({ type: "bold", offset: 2, length: 1 }, "  x"),
    "white space round the text is cut off and moves entity bold",
  ],
  [
    "two actions",
    button({ text: "x", url: "https://bitrix24.ru", callback_data: "y" }),
    `button "x" has url and callback_data`,
  ],
  [
    "a press and a copy",
    button({ text: "x", callback_data: "y", copy_text: { text: "z" } }),
    `button "x" has callback_data and copy_text`,
  ],
  [
    "nine buttons in a row",
    {
      chat_id: ALICE,
      text: "x",
      reply_markup: { inline_keyboard: [Array(9).fill({ text: "x", callback_data: "x" })] },
    },
    "row of 9 buttons, only 8 are shown",
  ],
];

Deno.test("createTelegramSandbox() notes what the real server lets pass in silence", async () => {
  await withSandbox(async (sandbox) => {
    for (const [rule, payload, note] of NOTED) {
      const { ok } = await call(sandbox, "sendMessage", payload);
      assertEquals(ok, true, rule);
      assertEquals(sandbox.violations.at(-1), `sendmessage in chat ${ALICE}: ${note}`, rule);
    }
    assertEquals(sandbox.violations.length, NOTED.length);
  });
});

Deno.test("createTelegramSandbox() answers 401 and 404 as the real server does", async () => {
  await withSandbox(async (sandbox) => {
    const rows: [path: string, code: number, description: string][] = [
      ["/bot4242:wrong/getMe", 401, "Unauthorized"],
      ["/botwrong/getMe", 401, "Unauthorized: invalid token specified"],
      [`/bot${TOKEN}/sendTelepathy`, 404, "Not Found: method not found"],
      ["/robot/getMe", 404, "Not Found"],
      ["/", 404, "Not Found"],
    ];
    for (const [path, code, description] of rows) {
      const response = await fetch(sandbox.apiRoot + path);
      assertEquals(response.status, code, path);
      assertEquals(await response.json(), { ok: false, error_code: code, description }, path);
    }
  });
});

Deno.test("createTelegramSandbox() understands every way to send a call", async () => {
  await withSandbox(async (sandbox) => {
    const url = `${sandbox.apiRoot}/bot${TOKEN}/SENDMESSAGE`;
    const fields: [string, string][] = [
      ["chat_id", String(ALICE)],
      ["text", "жир"],
      ["entities", '[{"type":"bold","offset":0,"length":3}]'],
    ];
    const form = new FormData();
    for (const [name, value] of fields) form.set(name, value);
    const json = { chat_id: ALICE, text: "жир", entities: JSON.parse(fields[2]?.[1] ?? "") };
    const requests = [
      new Request(`${url}?${new URLSearchParams(fields)}`),
      new Request(url, { method: "POST", body: new URLSearchParams(fields) }),
      new Request(url, { method: "POST", body: form }),
      new Request(url, {
        method: "POST",
        body: JSON.stringify(json),
        headers: { "content-type": "application/json" },
      }),
    ];
    for (const request of requests) {
      const { ok } = await (await fetch(request)).json();
      assertEquals(ok, true);
      const message = sandbox.lastFromBot(ALICE);
      assertEquals(message?.text, "жир");
      assertEquals(message?.entities, [{ type: "bold", offset: 0, length: 3 }]);
    }
    const broken = await fetch(url, {
      method: "POST",
      body: "{",
      headers: { "content-type": "application/json" },
    });
    assertEquals(broken.status, 400);
    await broken.body?.cancel();
  });
});
