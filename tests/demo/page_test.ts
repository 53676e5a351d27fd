import { createPortalSandbox } from "../../src/sandbox/bitrix24/portals.ts";
import { createBitrix24Sandbox } from "../../src/sandbox/bitrix24/server.ts";
import { addCast, ANNA, COMPANY, IGOR, PORTALS, SUPPORT, TEAM } from "../../src/demo/cast.ts";
import { type BotSettings, Desk } from "../../src/demo/desk.ts";
import { type PageServer, startPageServer } from "../../src/demo/page_server.ts";
import type {
  DeskState,
  PageAction,
  PageChat,
  PageEvent,
  PageState,
} from "../../src/demo/page_types.ts";
import { createTelegramSandbox, type TelegramSandbox } from "../../src/sandbox/telegram/server.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { TOKEN } from "../sandbox/telegram/support.ts";

interface Stage {
  readonly telegram: TelegramSandbox;
  readonly page: PageServer;
  readonly restarts: BotSettings[];
  readonly plays: () => number;
  feed(region: string): Promise<Response>;
  act(action: PageAction | Record<string, unknown>): Promise<{ status: number; body: unknown }>;
  state(): Promise<PageState>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
}

/** The page's server between the two stand-ins, with nobody for a bot. */
async function withPage(use: (stage: Stage) => Promise<void>): Promise<void> {
  const telegram = createTelegramSandbox({ token: TOKEN, pollGuardMs: 0 });
  const bitrix24 = createBitrix24Sandbox();
  const portals = createPortalSandbox();
  addCast(telegram, "ru");
  const restarts: BotSettings[] = [];
  let plays = 0;
  let page: PageServer | null = null;
  const desk: Desk = new Desk({
    telegram,
    bitrix24,
    portals,
    regions: ["ru", "kz"],
    portalNames: PORTALS[TEAM],
    settings: { intervalSeconds: 1, lang: "ru" },
    restart: (settings) => Promise.resolve(void restarts.push(settings)),
    onChange: () => page?.refresh(),
  });
  const playDay = () => {
    plays++;
    desk.beginPlay("day");
  };
  const server = page = startPageServer({ telegram, desk, playDay }, { port: 0 });
  const get = (path: string, headers = {}) => fetch(`${server.url}${path}`, { headers });
  try {
    await use({
      telegram,
      page: server,
      restarts,
      plays: () => plays,
      get,
      feed: (region) => fetch(`${bitrix24.url}/json_status.php?reg=${region}`),
      async act(action) {
        const response = await fetch(`${server.url}/act`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(action),
        });
        return { status: response.status, body: await response.json() };
      },
      async state() {
        const events = await listen(server);
        const { value } = await events.next();
        await events.return();
        assert(value?.kind === "state");
        return value.state;
      },
    });
  } finally {
    await desk.close();
    await server.close();
    await bitrix24.close();
    await portals.close();
    await telegram.close();
  }
}

/** The stream as a browser reads it; resolves when it is connected. */
async function listen({ url }: PageServer): Promise<AsyncGenerator<PageEvent, void, void>> {
  const stop = new AbortController();
  const response = await fetch(`${url}/events`, { signal: stop.signal });
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  return (async function* () {
    let rest = "";
    try {
      assert(response.body);
      for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
        const blocks = (rest + piece).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
          if (block.startsWith("data: ")) yield JSON.parse(block.slice("data: ".length));
        }
      }
    } finally {
      stop.abort();
    }
  })();
}

async function next<K extends PageEvent["kind"]>(
  events: AsyncGenerator<PageEvent, void, void>,
  kind: K,
): Promise<Extract<PageEvent, { kind: K }>> {
  while (true) {
    const { value, done } = await events.next();
    assert(!done && value);
    if (value.kind === kind) return value as Extract<PageEvent, { kind: K }>;
  }
}

function chat({ chats }: { chats: readonly PageChat[] }, id: number): PageChat {
  const found = chats.find((it) => it.id === id);
  assert(found);
  return found;
}

function regionOf(desk: DeskState, region: string) {
  return desk.regions.find((it) => it.region === region);
}

Deno.test("page: it is shown to this machine's browser and to nobody else", async (t) => {
  await withPage(async ({ page, get }) => {
    const { port } = new URL(page.url);
    await t.step("the page, under a policy that runs nothing but its own", async () => {
      const response = await get("/");
      assertEquals(response.status, 200);
      assertStringIncludes(
        response.headers.get("content-security-policy") ?? "",
        "default-src 'none'",
      );
      assertStringIncludes(await response.text(), "</html>");
      const localhost = await fetch(`http://localhost:${port}/base.css`).catch(() => null);
      await localhost?.body?.cancel();
      if (localhost) assertEquals(localhost.status, 200);
    });
    await t.step("a name of somebody else's that leads here", async () => {
      const raw = await rawGet(Number(port), "/", { Host: `evil.example:${port}` });
      assertMatch(raw, /^HTTP\/1\.1 403 /);
    });
    await t.step("another machine, for which any address but this one stands", async () => {
      const error = await assertRejects(() =>
        Deno.connect({ hostname: "127.0.0.2", port: Number(port) })
      );
      assert(error instanceof Deno.errors.ConnectionRefused);
    });
    await t.step("a page of another origin", async () => {
      for (const origin of ["http://evil.example", "null", `https://127.0.0.1:${port}`]) {
        const response = await get("/events", { Origin: origin });
        assertEquals(response.status, 403);
        await response.body?.cancel();
      }
    });
    await t.step("a form of another page cannot act", async () => {
      const body = JSON.stringify({ do: "restart" });
      const response = await fetch(`${page.url}/act`, { method: "POST", body });
      assertEquals(response.status, 400);
      assertStringIncludes((await response.json()).error, "application/json");
    });
    await t.step("no other file", async () => {
      for (const path of ["/../desk.ts", "/..%2fdesk.ts", "/desk.ts", "/nothing.js", "/page"]) {
        const response = await get(path);
        assertEquals(response.status, 404, path);
        await response.body?.cancel();
      }
    });
  });
});

Deno.test("page: it hears at once of all that happens", async (t) => {
  await withPage(async ({ page, telegram, act, state }) => {
    const events = await listen(page);
    const first = await next(events, "state");
    await t.step("first of all, what there is", () => {
      const people = first.state.people.map((it) => it.name);
      assertEquals(people, ["Анна", "Игорь", "Вера", "Emma", "Глеб"]);
      assertEquals(first.state.chats.length, 9);
      assertEquals(chat(first.state, COMPANY).topics?.map((it) => it.name), ["Сбои", "Разговоры"]);
      assertEquals(chat(first.state, IGOR).isStarted, false);
    });
    await t.step("what a person says, and that the chat is begun", async () => {
      assertEquals(
        await act({ do: "say", chat: IGOR, user: IGOR, text: " /start ", topic: null }),
        {
          status: 200,
          body: {},
        },
      );
      const { message } = await next(events, "message");
      assertEquals([message.text, message.from, message.isDeleted], ["/start", IGOR, false]);
      assertEquals(message.entities.map((it) => it.type), ["bot_command"]);
      assertEquals(chat(await next(events, "chats"), IGOR).isStarted, true);
    });
    await t.step("a topic", async () => {
      const [topic] = chat(await state(), COMPANY).topics ?? [];
      assert(topic);
      await act({ do: "say", chat: COMPANY, user: ANNA, text: "тут?", topic: topic.id });
      assertEquals((await next(events, "message")).message.topic, topic.id);
    });
    await t.step("what becomes of chats", async () => {
      await act({ do: "block", chat: IGOR });
      assertEquals(chat(await next(events, "chats"), IGOR).isBlocked, true);
      await act({ do: "kick", chat: TEAM });
      assertEquals(chat(await next(events, "chats"), TEAM).bot, "kicked");
      await act({ do: "add", chat: TEAM });
      const { message } = await next(events, "message");
      assertEquals(message.service, { kind: "bot_added" });
      await act({ do: "migrate", chat: SUPPORT });
      let chats: readonly PageChat[] = [];
      while (!chats.some((it) => it.movedTo)) ({ chats } = await next(events, "chats"));
      const { movedTo } = chat({ chats }, SUPPORT);
      assertEquals(chat({ chats }, movedTo ?? 0).type, "supergroup");
    });
    await t.step("what the bot did, in a line", async () => {
      page.log({ at: 1, kind: "check", text: "GET /", isFine: true });
      assertEquals((await next(events, "log")).entry.text, "GET /");
      assertEquals((await state()).log.map((it) => it.text), ["GET /"]);
    });
    await t.step("what cannot be done is said", async () => {
      const blocked = { do: "say", chat: IGOR, user: IGOR, text: "?", topic: null };
      const { status, body } = await act(blocked);
      assertEquals(status, 400);
      assertMatch((body as { error: string }).error, /blocks the bot/);
      for (
        const wrong of [
          {},
          { do: "dance" },
          { do: "feed", region: "fr", mode: "well" },
          { do: "feed", region: "ru", mode: "odd" },
          { do: "interval", seconds: 0.001 },
          { do: "telegram", mode: "odd" },
          { do: "portal", name: "other.bitrix24.ru", mode: "502" },
          { do: "portal", name: PORTALS[TEAM][0], mode: "odd" },
          { do: "say", chat: ANNA, user: ANNA, text: "x".repeat(4_097), topic: null },
          { do: "own", region: "ru", text: " ", severity: "outage" },
        ]
      ) assertEquals((await act(wrong)).status, 400, JSON.stringify(wrong));
    });
    await events.return();
    assertEquals(telegram.violations, []);
  });
});

Deno.test("page: the desk decides what Bitrix24 says, and takes over from what plays", async (t) => {
  await withPage(async ({ act, state, feed, restarts, plays }) => {
    await t.step("each region by itself", async () => {
      await act({ do: "feed", region: "ru", mode: "outage" });
      assertEquals((await (await feed("ru")).json()).result, "error");
      assertEquals((await (await feed("kz")).json()).result, "notice");
      await act({ do: "feed", region: "ru", mode: "error_500" });
      const broken = await feed("ru");
      assertEquals([broken.status, await broken.text()], [500, ""]);
      await act({ do: "own", region: "ru", text: "Недоступен диск", severity: "degraded" });
      const { result, statusInfo, id } = await (await feed("ru")).json();
      assertEquals([result, statusInfo], ["warning", "Недоступен диск"]);
      await act({ do: "own", region: "ru", text: "Недоступен диск", severity: "degraded" });
      assert((await (await feed("ru")).json()).id > id, "said again, it is a new announcement");
      assertEquals(regionOf((await state()).desk, "ru")?.mode, "own");
    });
    await t.step("each portal by itself, and the bot's own link", async () => {
      const [name] = PORTALS[TEAM];
      assertEquals((await act({ do: "portal", name, mode: "502" })).status, 200);
      await act({ do: "link", isThere: false });
      const { desk } = await state();
      assertEquals([desk.portals, desk.isLinkThere], [[{ name, mode: "502" }], false]);
    });
    await t.step("a day plays until somebody takes the desk", async () => {
      await act({ do: "day" });
      assertEquals(plays(), 1);
      assertEquals((await state()).desk.playing?.what, "day");
      await act({ do: "feed", region: "kz", mode: "well" });
      assertEquals((await state()).desk.playing, null);
    });
    await t.step("new settings start the bot again", async () => {
      await act({ do: "interval", seconds: 15 });
      await act({ do: "lang", lang: "en" });
      assertEquals(restarts, [
        { intervalSeconds: 15, lang: "ru" },
        { intervalSeconds: 15, lang: "en" },
      ]);
      const { intervalSeconds, lang, bot } = (await state()).desk;
      assertEquals([intervalSeconds, lang, bot], [15, "en", "running"]);
    });
  });
});

Deno.test("page: Telegram's faults are those of the stand-in, and end again", async () => {
  await withPage(async ({ telegram, act, state }) => {
    const send = () =>
      fetch(`${telegram.apiRoot}/bot${TOKEN}/sendMessage`, {
        method: "POST",
        body: new URLSearchParams({ chat_id: String(TEAM), text: "hello" }),
      }).then(async (it) => (await it.json()).error_code ?? 200).catch(() => "no answer");
    await act({ do: "telegram", mode: "error_500" });
    assertEquals(await send(), 500);
    await act({ do: "telegram", mode: "flood" });
    assertEquals(await send(), 429);
    await act({ do: "telegram", mode: "away" });
    assertEquals(await send(), "no answer");
    await act({ do: "telegram", mode: "well" });
    assertEquals(await send(), 200);
    assertEquals((await state()).desk.telegram, "well");
  });
});

Deno.test("page: a document is downloaded under its own name", async () => {
  await withPage(async ({ telegram, get, state }) => {
    const body = new FormData();
    body.set("chat_id", String(TEAM));
    body.set("document", new File(["a;b\r\n"], "сбои.csv"));
    await (await fetch(`${telegram.apiRoot}/bot${TOKEN}/sendDocument`, { method: "POST", body }))
      .text();
    const { document } = (await state()).messages.find((it) => it.document) ?? {};
    assertEquals([document?.name, document?.size], ["сбои.csv", 5]);
    const file = await get(`/files/${document?.id}`);
    assertEquals(await file.text(), "a;b\r\n");
    assertEquals(
      file.headers.get("content-disposition"),
      `attachment; filename*=UTF-8''${encodeURIComponent("сбои.csv")}`,
    );
    const none = await get("/files/none");
    assertEquals(none.status, 404);
    await none.body?.cancel();
  });
});

Deno.test("page: the command menu is the narrowest that Telegram would show", async () => {
  await withPage(async ({ telegram, act }) => {
    const publish = async (command: string, scope: unknown, language_code = "") => {
      const commands = [{ command, description: command }];
      await (await fetch(`${telegram.apiRoot}/bot${TOKEN}/setMyCommands`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ commands, scope, language_code }),
      })).text();
    };
    const menu = async (chat: number, user: number, lang = "ru") => {
      const { body } = await act({ do: "commands", chat, user, lang });
      return (body as { commands: { command: string }[] }).commands.map((it) => it.command);
    };
    assertEquals(await menu(TEAM, ANNA), []);
    await publish("all", { type: "default" });
    assertEquals(await menu(TEAM, ANNA), ["all"]);
    await publish("all_en", { type: "default" }, "en");
    assertEquals(await menu(TEAM, ANNA, "en"), ["all_en"]);
    await publish("groups", { type: "all_group_chats" });
    assertEquals(await menu(TEAM, ANNA, "en"), ["groups"]);
    telegram.say(ANNA, ANNA, "/start");
    assertEquals(await menu(ANNA, ANNA), ["all"]);
    await publish("admins", { type: "all_chat_administrators" });
    assertEquals(await menu(TEAM, IGOR), ["admins"]);
    await publish("anna", { type: "chat", chat_id: ANNA });
    assertEquals(await menu(ANNA, ANNA), ["anna"]);
    await publish("one", { type: "chat_member", chat_id: TEAM, user_id: IGOR });
    assertEquals([await menu(TEAM, IGOR), await menu(TEAM, ANNA)], [["one"], ["admins"]]);
  });
});

/** Fetch would not send a Host of somebody else's choice. */
async function rawGet(port: number, path: string, headers: Record<string, string>) {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = Object.entries({ ...headers, Connection: "close" }).map(([k, v]) => `${k}: ${v}`);
  const request = [`GET ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
  await connection.write(new TextEncoder().encode(request));
  const bytes = new Uint8Array(1_000);
  const length = await connection.read(bytes);
  return new TextDecoder().decode(bytes.subarray(0, length ?? 0));
}
