import { Bot, GrammyError, HttpError, InputFile } from "grammy";
import {
  assert,
  assertEquals,
  assertObjectMatch,
  assertRejects,
  assertStringIncludes,
} from "../../assert.ts";
import {
  createTelegramSandbox,
  type TelegramSandbox,
} from "../../../src/sandbox/telegram/server.ts";
import { ALICE, call, TOKEN, withSandbox } from "./support.ts";

function createBot({ apiRoot }: TelegramSandbox): Bot {
  return new Bot(TOKEN, { client: { apiRoot } });
}

/** Takes all updates there are, so that the next poll has to wait. */
async function drain(sandbox: TelegramSandbox): Promise<void> {
  await call(sandbox, "deleteWebhook", { drop_pending_updates: true });
}

/** Starts a long poll and comes back when it waits on the server. */
async function poll(sandbox: TelegramSandbox, signal?: AbortSignal) {
  await drain(sandbox);
  const answer = call(sandbox, "getUpdates", { timeout: 30 }, signal ?? null);
  // The caller looks at it later; an early failure must not count as unhandled.
  answer.catch(() => {});
  await sandbox.until(() => sandbox.isPolled, "the poll");
  return { answer };
}

Deno.test("createTelegramSandbox() serves a real grammY bot", async () => {
  await withSandbox(async (sandbox) => {
    const bot = createBot(sandbox);
    bot.command("start", async (ctx) => {
      const sent = await ctx.reply("Welcome", { reply_parameters: { message_id: ctx.msgId } });
      await ctx.api.editMessageText(ctx.chatId, sent.message_id, "Welcome back", {
        reply_markup: { inline_keyboard: [[{ text: "More", callback_data: "more" }]] },
      });
    });
    bot.on("callback_query:data", (ctx) => ctx.answerCallbackQuery(ctx.callbackQuery.data));
    bot.command(
      "export",
      (ctx) =>
        ctx.replyWithDocument(new InputFile(new TextEncoder().encode("a;b\nж"), "export.csv"), {
          caption: "All of it",
          caption_entities: [{ type: "bold", offset: 0, length: 3 }],
        }),
    );
    const started = bot.start();
    const welcome = await sandbox.until(
      () => sandbox.messages(ALICE).find((it) => it.edits === 1),
      "the edited welcome",
    );
    assertObjectMatch(welcome, { text: "Welcome back", reply_to: 1, from: { id: 4242 } });
    assertEquals((await sandbox.press(ALICE, welcome.id, "More", ALICE)).text, "more");
    sandbox.say(ALICE, ALICE, "/export");
    const { document, caption, entities } = await sandbox.until(
      () => sandbox.messages(ALICE).find((it) => it.document !== undefined),
      "the document",
    );
    assertEquals(caption, "All of it");
    assertEquals(entities, [{ type: "bold", offset: 0, length: 3 }]);
    assertObjectMatch(document ?? {}, { file_name: "export.csv", mime_type: "text/csv" });
    assertEquals(new TextDecoder().decode(document?.bytes), "a;b\nж");
    const again = await bot.api.sendDocument(ALICE, document?.file_id ?? "");
    assertEquals(again.document.file_name, "export.csv");
    await bot.stop();
    await started;
    assertEquals(bot.botInfo, sandbox.bot);
    assertEquals(sandbox.violations, []);
  });
});

Deno.test("getUpdates ends the earlier of two polls with 409", async () => {
  await withSandbox(async (sandbox) => {
    await drain(sandbox);
    const bot = createBot(sandbox);
    const started = assertRejects(() => bot.start());
    await sandbox.until(() => sandbox.isPolled, "the bot's poll");
    const other = call(sandbox, "getUpdates", { timeout: 30 });
    const error = await started;
    assert(error instanceof GrammyError);
    assertEquals(error.error_code, 409);
    assertEquals(
      error.description,
      "Conflict: terminated by other getUpdates request; " +
        "make sure that only one bot instance is running",
    );
    sandbox.say(ALICE, ALICE, "for the other");
    assertObjectMatch(await other, { result: [{ message: { text: "for the other" } }] });
  });
});

Deno.test("getUpdates forgets a poll whose client went away", async () => {
  await withSandbox(async (sandbox) => {
    const client = new AbortController();
    const { answer } = await poll(sandbox, client.signal);
    client.abort();
    await assertRejects(() => answer);
    await sandbox.until(() => !sandbox.isPolled, "the end of the poll");
    sandbox.say(ALICE, ALICE, "kept");
    assertObjectMatch(await call(sandbox, "getUpdates"), {
      result: [{ message: { text: "kept" } }],
    });
  });
});

Deno.test("getUpdates gives each update until it is confirmed, of the kinds asked for", async () => {
  await withSandbox(async (sandbox) => {
    await drain(sandbox);
    const texts = async (payload: Record<string, unknown>) => {
      const { result } = await call(sandbox, "getUpdates", payload);
      return (result as { message?: { text?: string } }[]).map((it) => it.message?.text);
    };
    for (const text of ["1", "2", "3"]) sandbox.say(ALICE, ALICE, text);
    assertEquals(await texts({}), ["1", "2", "3"]);
    assertEquals(await texts({ limit: 2 }), ["1", "2"]);
    assertEquals(await texts({ offset: -2 }), ["2", "3"]);
    assertEquals(await texts({}), ["2", "3"]);
    assertEquals(await texts({ allowed_updates: ["callback_query"] }), ["2", "3"]);
    sandbox.say(ALICE, ALICE, "unwanted");
    assertEquals(sandbox.pushUpdate({ message_reaction: {} as never }), 0);
    assertEquals(await texts({ allowed_updates: [] }), ["2", "3"]);
    const last = sandbox.pushUpdate({ edited_message: {} as never });
    assertEquals(await texts({ offset: last }), [undefined]);
    assertEquals(await texts({ offset: last + 1 }), []);
    const waiting = texts({ offset: last + 1, timeout: 30 });
    await sandbox.until(() => sandbox.isPolled, "the poll");
    sandbox.say(ALICE, ALICE, "4");
    sandbox.say(ALICE, ALICE, "5");
    assertEquals(await waiting, ["4", "5"], "what happens in one go comes in one batch");
  });
});

Deno.test("getUpdates holds back repeated conflicts and repeated short polls", async () => {
  await withSandbox(async (sandbox) => {
    await drain(sandbox);
    assertEquals((await call(sandbox, "getUpdates")).result, []);
    const second = call(sandbox, "getUpdates");
    await sandbox.until(() => sandbox.isPolled, "the short poll that was made to wait");
    const third = call(sandbox, "getUpdates", { offset: 1, timeout: 30 });
    assertEquals((await second).status, 409, "the first conflict is told at once");
    third.catch(() => {});
    const arrived = Promise.withResolvers<void>();
    sandbox.fault = () => void arrived.resolve();
    const fourth = call(sandbox, "getUpdates", { offset: 2, timeout: 30 });
    await arrived.promise;
    sandbox.say(ALICE, ALICE, "for the last");
    assertObjectMatch(await fourth, { result: [{ message: { text: "for the last" } }] });
    const codes = sandbox.calls.filter((it) => it.method === "getupdates").map((it) =>
      it.errorCode
    );
    assertEquals(codes, [undefined, 409, undefined], "the next conflict is not told yet");
    sandbox.away(true);
    await assertRejects(() => third);
  }, { pollGuardMs: 60_000 });
});

Deno.test("fault breaks calls the way it is told to", async () => {
  await withSandbox(async (sandbox) => {
    const { api } = createBot(sandbox);
    const send = () => api.sendMessage(ALICE, "x");
    sandbox.fault = (method, payload) =>
      method === "sendmessage" && payload["chat_id"] === ALICE
        ? { kind: "status", code: 429, description: "Too Many Requests", retryAfter: 7 }
        : undefined;
    const error = await assertRejects(send);
    assert(error instanceof GrammyError);
    assertEquals([error.error_code, error.parameters.retry_after], [429, 7]);
    assertEquals((await api.getMe()).id, 4242);
    sandbox.fault = () => ({ kind: "reset" });
    assert(await assertRejects(send) instanceof HttpError);
    sandbox.fault = () => ({ kind: "garbage", status: 502, body: "<html>Bad Gateway</html>" });
    assert(await assertRejects(send) instanceof HttpError);
    assertEquals(sandbox.lastFromBot(ALICE), undefined, "no fault above lets a call through");
    sandbox.fault = () => ({ kind: "delay", ms: 1 });
    assertEquals((await send()).text, "x");
    sandbox.fault = () => ({ kind: "hang" });
    const client = new AbortController();
    const hanging = api.sendMessage(ALICE, "y", {}, client.signal as never);
    client.abort();
    await assertRejects(() => hanging);
    assertEquals(sandbox.messages(ALICE).length, 2);
    assertEquals(sandbox.violations, []);
  });
});

Deno.test("fault lost drops the answer of a call that took effect", async () => {
  await withSandbox(async (sandbox) => {
    const send = (text: string) => call(sandbox, "sendMessage", { chat_id: ALICE, text });
    sandbox.fault = () => ({ kind: "lost" });
    await assertRejects(() => send("x"));
    assertEquals(sandbox.lastFromBot(ALICE)?.text, "x");
    await assertRejects(() => send(""));
    const lost = { method: "sendmessage", ok: false, errorCode: 0, description: "fault: lost" };
    assertEquals(sandbox.calls.length, 2);
    for (const it of sandbox.calls) assertObjectMatch(it, lost);
    assertEquals(sandbox.violations, [
      `sendmessage in chat ${ALICE}: 400 Bad Request: message text is empty`,
    ]);
    await assertRejects(() => call(sandbox, "getUpdates"));
    sandbox.fault = undefined;
    const { result } = await call(sandbox, "getUpdates");
    assertEquals((result as unknown[]).length, 1, "what was not confirmed comes again");
  });
});

Deno.test("away() drops all connections until the server is back", async () => {
  await withSandbox(async (sandbox) => {
    const { answer } = await poll(sandbox);
    sandbox.away(true);
    await assertRejects(() => answer);
    await assertRejects(() => call(sandbox, "getMe"));
    assertEquals(sandbox.calls.slice(-2).map((it) => it.errorCode), [0, 0]);
    sandbox.say(ALICE, ALICE, "meanwhile");
    sandbox.away(false);
    assertObjectMatch(await call(sandbox, "getUpdates"), {
      result: [{ message: { text: "meanwhile" } }],
    });
  });
});

Deno.test("close() ends what waits, and can be called twice", async () => {
  const sandbox = createTelegramSandbox({ token: TOKEN });
  sandbox.addUser({ id: ALICE, first_name: "Alice" });
  const pressed = sandbox.pressForged(ALICE, null, "x", ALICE);
  const { answer } = await poll(sandbox);
  const arrived = Promise.withResolvers<void>();
  sandbox.fault = () => {
    arrived.resolve();
    return { kind: "hang" };
  };
  const hanging = call(sandbox, "getMe");
  hanging.catch(() => {});
  await arrived.promise;
  const never = sandbox.until(() => false, "what never comes");
  never.catch(() => {});
  await sandbox.close();
  await sandbox.close();
  for (const promise of [answer, hanging, never, pressed]) await assertRejects(() => promise);
});

Deno.test("until() says what it waited for, and what the bot did instead", async () => {
  await withSandbox(async (sandbox) => {
    await call(sandbox, "sendMessage", { chat_id: ALICE });
    const error = await assertRejects(() => sandbox.until(() => undefined, "a miracle", 1));
    assertStringIncludes(error.message, "Waited 1 ms in vain for a miracle");
    assertStringIncludes(error.message, "message text is empty");
    const mistake = () => {
      throw new Error("A mistake in the predicate");
    };
    assertStringIncludes(
      (await assertRejects(() => sandbox.until(mistake, "x"))).message,
      "mistake",
    );
  });
});
