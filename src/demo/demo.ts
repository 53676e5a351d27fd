import { type App, startApp } from "../app.ts";
import type { Build } from "../build.ts";
import { parseConfig } from "../settings/config.ts";
import { pause } from "../time/pause.ts";
import { createPortalSandbox } from "../sandbox/bitrix24/portals.ts";
import { createBitrix24Sandbox } from "../sandbox/bitrix24/server.ts";
import { addCast, ADMINISTRATOR, CONFIGURED_GROUP, PORTALS } from "./cast.ts";
import { type BotSettings, Desk } from "./desk.ts";
import { type PageServer, startPageServer } from "./page_server.ts";
import { botEntry, callEntry, checkEntry, probeEntry } from "./page_view.ts";
import { eventText } from "./print.ts";
import { dayActs, outageActs } from "./story.ts";
import { createTelegramSandbox } from "../sandbox/telegram/server.ts";
import { setUpLogging } from "../log/logger.ts";

const TOKEN = "1000000001:demo-sandbox-token-which-opens-nothing";
const REGIONS = ["ru", "kz"];
/** Shorter times than on a server, because a person is watching. */
const PACE = { periodSeconds: 2, repeatMs: 500, sharedMs: 0 };
/** Default port of the page. */
const PORT = 8090;

const SAYS = {
  ru: {
    bot: "Статус Bitrix24",
    intro: "Настоящий бот, ненастоящие Telegram и Bitrix24. Проверка — раз в секунду.",
    page: (url: string) => `То же самое в браузере, и с пультом: ${url}`,
    taken: (port: number) => `Порт ${port} занят, поэтому страница на другом.`,
    end: "Дальше — сами: в браузере. Ctrl-C останавливает.\n" +
      "Тесты — deno task test, свой бот — README.ru.md, «Запуск».",
  },
  en: {
    bot: "Bitrix24 status",
    intro: "The real bot between a pretend Telegram and a pretend Bitrix24, checking each second.",
    page: (url: string) => `The same in a browser, and with a control desk: ${url}`,
    taken: (port: number) => `Port ${port} is taken, so the page is on another.`,
    end: "Go on yourself, in the browser. Ctrl-C stops it.\n" +
      "The tests: deno task test; your own bot: README.md, “Run it for real”.",
  },
};

/**
 * Runs the real bot between the two stand-ins, with real HTTP and a database in a temporary folder. Plays an
 * outage and its end, then follows the page until the signal is aborted. Prints the chats' messages. Throws
 * when the requested port is taken; the default port is replaced by any free one then.
 */
export async function runDemo(
  { build, lang, port, print, signal }: {
    build: Build;
    lang: "ru" | "en";
    /** Port of the page; null for 8090 or, if that is taken, any free one. */
    port: number | null;
    print: (text: string) => void;
    signal: AbortSignal;
  },
): Promise<void> {
  const says = SAYS[lang];
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-demo-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const bitrix24 = await createBitrix24Sandbox();
  stack.defer(() => bitrix24.close());
  const portals = createPortalSandbox();
  stack.defer(() => portals.close());
  const telegram = await createTelegramSandbox({
    token: TOKEN,
    botName: says.bot,
    botUsername: "bitrix24_demo_bot",
  });
  stack.defer(() => telegram.close());
  addCast(telegram, lang);

  let page: PageServer | null = null;
  let app: App | null = null;
  const logging = await setUpLogging({
    level: "INFO",
    file: `${folder}/bot.log`,
    format: "text",
    // The output is the chats; of the log only errors are printed.
    stderr(line) {
      page?.log(botEntry(line, Date.now()));
      if (line.includes(" CRITICAL ")) print(`${line}\n`);
    },
  });
  stack.defer(() => logging.dispose());
  stack.defer(() => app?.stop());
  const start = async (settings: BotSettings) => {
    const config = parseConfig({
      BOT_TOKEN: TOKEN,
      GROUP_ID: String(CONFIGURED_GROUP),
      ADMIN_CHAT_ID: String(ADMINISTRATOR),
      REGIONS: REGIONS.join(","),
      CHECK_INTERVAL: String(settings.intervalSeconds),
      // Shorter waits than on a server, because a person is watching.
      REQUEST_TIMEOUT: "2",
      RETRY_ATTEMPTS: "2",
      RETRY_DELAY: "0.2",
      HEALTH_PORT: "0",
      BOT_LANG: settings.lang,
      TELEGRAM_API_ROOT: telegram.apiRoot,
      STATUS_URL: bitrix24.url,
      DATABASE_URL: `file:${folder}/bot.db`,
      LOG_FILE: `${folder}/bot.log`,
    }, Deno.readTextFileSync);
    app = await startApp(config, { build, logging, ways: { ...portals.ways, pace: PACE } });
  };
  const desk = new Desk({
    telegram,
    bitrix24,
    portals,
    regions: REGIONS,
    portalNames: Object.values(PORTALS).flat(),
    settings: { intervalSeconds: 1, lang },
    async restart(settings) {
      await app?.stop();
      await start(settings);
    },
    onChange: () => page?.refresh(),
  });
  stack.defer(() => desk.close());

  const play = async (what: "outage" | "day") => {
    const playing = AbortSignal.any([signal, desk.beginPlay(what)]);
    const acts = what === "outage" ? outageActs : dayActs;
    for (const { caption, play, ms } of acts(desk.state.lang)) {
      if (playing.aborted) return;
      print(`— ${caption}\n\n`);
      page?.log({ at: Date.now(), kind: "story", text: caption, isFine: true });
      desk.caption(what, caption);
      play({ telegram, desk });
      await pause(ms, playing);
    }
    if (!playing.aborted) desk.endPlay();
  };
  page = serve(
    { telegram, desk, playDay: () => void play("day") },
    port,
    (taken) => print(`${says.taken(taken)}\n`),
  );
  stack.defer(() => page?.close());
  stack.defer(bitrix24.onAnswer((it) => page?.log(checkEntry(it))));
  portals.onRequest = (it) => page?.log(probeEntry(it, portals.state(it.host), Date.now()));
  stack.defer(telegram.onCall((it) => {
    const entry = callEntry(it);
    if (entry) page?.log(entry);
  }));
  const titleOf = (id: number) => telegram.chats().find((it) => it.id === id)?.title ?? String(id);
  const names = {
    chat: (id: number) => `${id < 0 ? "👥" : "👤"} ${titleOf(id)}`,
    user: titleOf,
    ago: (ms: number) =>
      new Intl.RelativeTimeFormat(lang, { numeric: "auto" })
        .format(-Math.max(Math.round(ms / 1000), 0), "second"),
    button: (chatId: number, data: string) =>
      telegram.messages(chatId)
        .flatMap((it) => it.reply_markup?.inline_keyboard.flat() ?? [])
        .find((it) => "callback_data" in it && it.callback_data === data)?.text ?? data,
  };
  stack.defer(telegram.onEvent((event) => {
    const text = eventText(event, names, new Date());
    if (text) print(text);
  }));

  print(`${says.intro}\n${says.page(page.url)}\n\n`);
  await start({ intervalSeconds: 1, lang });
  await play("outage");
  if (signal.aborted) return;
  print(`${says.end}\n`);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
}

function serve(
  stage: Parameters<typeof startPageServer>[0],
  port: number | null,
  onTaken: (port: number) => void,
): PageServer {
  try {
    return startPageServer(stage, { port: port ?? PORT });
  } catch (error) {
    if (port !== null || !(error instanceof Deno.errors.AddrInUse)) throw error;
    onTaken(PORT);
    return startPageServer(stage, { port: 0 });
  }
}
