import { startApp } from "./app.ts";
import type { Build } from "./build.ts";
import { parseConfig } from "./config.ts";
import { pause } from "./core/pause.ts";
import { createBitrix24Sandbox } from "./demo/bitrix24.ts";
import { eventText } from "./demo/print.ts";
import { createTelegramSandbox } from "./demo/telegram.ts";
import { setUpLogging } from "./logger.ts";

const ANNA = 1001;
const TEAM = -1001;
const TOKEN = "1000000001:demo-sandbox-token-which-opens-nothing";
/** Between two acts, so that a person can read along. */
const BEAT_MS = 2_500;

const STORY = {
  ru: {
    intro: "Настоящий бот, ненастоящие Telegram и Bitrix24. Проверка — раз в секунду.",
    anna: "Анна",
    team: "Дежурные",
    knock: "Анна пишет боту. Пока всё работает.",
    outage: "А теперь Bitrix24 ломается…",
    trouble: "Недоступны: CRM, Почта. Пожалуйста, подождите, мы уже работаем над решением.",
    worse: "Сбой растёт: объявление изменилось, и алерты правятся на месте.",
    more: "Недоступны: CRM, Почта, Телефония. Ожидаем решения к 16:00.",
    press: "Анна нажимает кнопку под алертом.",
    status: "🔄 Статус",
    recovery: "Bitrix24 починили.",
    history: "И всё это осталось в истории.",
    end: "Это был весь бот: те же команды, кнопки, база и доставка, что и на сервере.\n" +
      "Дальше: тесты — deno task test, свой бот — раздел «Run it for real» в README.md.",
  },
  en: {
    intro: "The real bot between a pretend Telegram and a pretend Bitrix24, checking each second.",
    anna: "Anna",
    team: "On duty",
    knock: "Anna writes to the bot. All is well so far.",
    outage: "And now Bitrix24 breaks…",
    trouble: "Unavailable: CRM, mail. Please wait, we are working on it.",
    worse: "It grows: the announcement has changed, and the alerts are edited in place.",
    more: "Unavailable: CRM, mail, telephony. We expect a fix by 16:00.",
    press: "Anna presses a button under the alert.",
    status: "🔄 Status",
    recovery: "Bitrix24 is repaired.",
    history: "And all of it is in the history.",
    end:
      "That was the whole bot: the same commands, buttons, database and delivery as on a server.\n" +
      "Next: the tests, deno task test; your own bot, “Run it for real” in README.md.",
  },
};

/**
 * Plays an outage and its end, in about twenty seconds, against the real bot: real HTTP to both
 * stand-ins, a real database in a folder that is removed afterwards. Prints the chats as they change.
 */
export async function runDemo(
  { build, lang, print, signal }: {
    build: Build;
    lang: "ru" | "en";
    print: (text: string) => void;
    signal: AbortSignal;
  },
): Promise<void> {
  const story = STORY[lang];
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-demo-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const bitrix24 = await createBitrix24Sandbox();
  stack.defer(() => bitrix24.close());
  const telegram = await createTelegramSandbox({ token: TOKEN });
  stack.defer(() => telegram.close());
  const names = {
    chat: (id: number) => id === TEAM ? `👥 ${story.team}` : `👤 ${story.anna}`,
    user: () => story.anna,
    button: (chatId: number, data: string) =>
      telegram.messages(chatId)
        .flatMap((it) => it.reply_markup?.inline_keyboard.flat() ?? [])
        .find((it) => "callback_data" in it && it.callback_data === data)?.text ?? data,
  };
  telegram.addUser({ id: ANNA, first_name: story.anna });
  telegram.addGroup({ id: TEAM, title: story.team, members: { [ANNA]: "creator" } });
  stack.defer(telegram.onEvent((event) => {
    const text = eventText(event, names, new Date());
    if (text) print(text);
  }));
  bitrix24.well("ru");

  const config = parseConfig({
    BOT_TOKEN: TOKEN,
    GROUP_ID: String(TEAM),
    ADMIN_CHAT_ID: String(ANNA),
    CHECK_INTERVAL: "1",
    HEALTH_PORT: "0",
    BOT_LANG: lang,
    TELEGRAM_API_ROOT: telegram.apiRoot,
    STATUS_URL: bitrix24.url,
    DATABASE_URL: `file:${folder}/bot.db`,
    LOG_FILE: `${folder}/bot.log`,
  }, Deno.readTextFileSync);
  const logging = await setUpLogging({
    level: "WARNING",
    file: config.logFile,
    format: "text",
    // The chats are the show; of the log only what would spoil it.
    stderr: (line) => line.includes(" ERROR ") && print(`${line}\n`),
  });
  stack.defer(() => logging.dispose());
  const app = await startApp(config, { build, logging });
  stack.defer(() => app.stop());

  const lastOfBot = () => telegram.lastFromBot(ANNA);
  const acts: (() => void)[] = [
    () => {
      print(`— ${story.knock}\n\n`);
      telegram.say(ANNA, ANNA, "/start");
      telegram.say(TEAM, ANNA, "/status");
    },
    () => {
      print(`— ${story.outage}\n\n`);
      bitrix24.set("ru", feed("error", story.trouble, 4711));
    },
    () => {
      print(`— ${story.worse}\n\n`);
      bitrix24.set("ru", feed("error", story.more, 4712));
    },
    () => {
      print(`— ${story.press}\n\n`);
      const alert = lastOfBot();
      if (alert) telegram.press(ANNA, alert.id, story.status, ANNA).catch(() => {});
    },
    () => {
      print(`— ${story.recovery}\n\n`);
      bitrix24.well("ru");
    },
    () => {},
    () => {
      print(`— ${story.history}\n\n`);
      telegram.say(ANNA, ANNA, "/history");
    },
  ];
  print(`${story.intro}\n\n`);
  for (const act of acts) {
    if (signal.aborted) return;
    act();
    await pause(BEAT_MS, signal);
  }
  if (!signal.aborted) print(`${story.end}\n`);
}

function feed(result: "error", statusInfo: string, id: number) {
  return { result, info: "", statusTitle: "", statusInfo, id };
}
