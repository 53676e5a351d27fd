import { ANNA, COMPANY, EMMA, GLEB, IGOR, INTEGRATOR, PORTALS, TEAM, VERA } from "./cast.ts";
import type { Desk } from "./desk.ts";
import type { TelegramSandbox } from "../sandbox/telegram/server.ts";

/** A step of a play. */
interface Act {
  readonly caption: string;
  readonly play: (stage: { telegram: TelegramSandbox; desk: Desk }) => void;
  /** Milliseconds until the next step. */
  readonly ms: number;
}

/** Pause between two steps, so that a person can follow. */
const BEAT_MS = 2_500;

const WORDS = {
  ru: {
    outage: {
      knock: "Анна пишет боту. Пока всё работает.",
      outage: "А теперь Bitrix24 ломается…",
      trouble: "Недоступны: CRM, Почта. Пожалуйста, подождите, мы уже работаем над решением.",
      take: "Игорь берёт сбой на себя, и это видно всей группе.",
      worse: "Сбой растёт: объявление изменилось, и алерты правятся на месте.",
      more: "Недоступны: CRM, Почта, Телефония. Ожидаем решения к 16:00.",
      hush: "Анна просит тишины: об этом сбое прозвучит только ухудшение и конец.",
      recovery: "Bitrix24 починили.",
      history: "И всё это осталось в истории.",
    },
    day: {
      rules: "08:30. Эмма читает по-английски, Глеб сегодня отсыпается, интегратор следит за .kz.",
      morning: "09:00. Обычное утро: дежурные спрашивают, всё ли работает.",
      mail: "10:20. Почта работает с задержками.",
      slow: "Почта: возможны задержки.",
      mailWell: "11:05. С почтой порядок.",
      crm: "12:40. В регионе ru падает CRM.",
      crmDown: "Недоступна CRM. Пожалуйста, подождите, мы уже работаем над решением.",
      both: "12:55. Теперь и телефония, и регион kz.",
      crmMore: "Недоступны: CRM, Телефония. Пожалуйста, подождите, мы уже работаем над решением.",
      ask: "13:10. Игорь спрашивает в группе.",
      kz: "14:00. kz снова в строю.",
      ru: "14:30. И ru тоже.",
      blind: "16:20. Статус kz не прочитать: бот не знает, работает ли Bitrix24, и так и говорит.",
      sighted: "17:10. Статус снова читается, всё работает.",
      evening: "18:00. Что было за день?",
    },
  },
  en: {
    outage: {
      knock: "Anna writes to the bot. All is well so far.",
      outage: "And now Bitrix24 breaks…",
      trouble: "Unavailable: CRM, mail. Please wait, we are working on it.",
      take: "Igor takes it, and the whole group sees that.",
      worse: "It grows: the announcement has changed, and the alerts are edited in place.",
      more: "Unavailable: CRM, mail, telephony. We expect a fix by 16:00.",
      hush: "Anna asks for quiet: of this outage only a worsening and the end will sound.",
      recovery: "Bitrix24 is repaired.",
      history: "And all of it is in the history.",
    },
    day: {
      rules: "08:30. Emma reads English, Gleb sleeps late today, the integrator looks after .kz.",
      morning: "09:00. An ordinary morning: those on duty ask whether all is well.",
      mail: "10:20. Mail is slow.",
      slow: "Mail: delays are possible.",
      mailWell: "11:05. Mail is fine again.",
      crm: "12:40. CRM breaks down in region ru.",
      crmDown: "CRM is unavailable. Please wait, we are working on it.",
      both: "12:55. Telephony as well now, and region kz.",
      crmMore: "Unavailable: CRM, telephony. Please wait, we are working on it.",
      ask: "13:10. Igor asks in the group.",
      kz: "14:00. kz is back.",
      ru: "14:30. And so is ru.",
      blind: "16:20. The status of kz cannot be read: the bot does not know, and says so.",
      sighted: "17:10. It can be read again, and all is well.",
      evening: "18:00. What happened today?",
    },
  },
};

/** The steps of an outage and its end, under half a minute. */
export function outageActs(lang: "ru" | "en"): Act[] {
  const words = WORDS[lang].outage;
  const act = (caption: string, play: Act["play"], beats = 1): Act => ({
    caption,
    play,
    ms: BEAT_MS * beats,
  });
  return [
    act(words.knock, ({ telegram }) => {
      telegram.say(ANNA, ANNA, "/start");
      for (const name of PORTALS[TEAM]) telegram.say(TEAM, ANNA, `/portal ${name}`);
      telegram.say(TEAM, ANNA, "/status");
    }),
    act(words.outage, ({ desk }) => desk.own("ru", words.trouble, "outage")),
    act(words.take, ({ telegram }) => press(telegram, IGOR, "take")),
    act(words.worse, ({ desk }) => desk.own("ru", words.more, "outage")),
    // The next edit of the card is five seconds after the last one.
    act(words.hush, ({ telegram }) => press(telegram, ANNA, "hush"), 2),
    act(words.recovery, ({ desk }) => desk.feed("ru", "well"), 2),
    act(words.history, ({ telegram }) => void telegram.say(ANNA, ANNA, "/history")),
  ];
}

/** The person presses a button under the newest card in the team's group. */
function press(telegram: TelegramSandbox, person: number, action: "take" | "hush"): void {
  for (const { id, reply_markup } of telegram.messages(TEAM).toReversed()) {
    for (const button of reply_markup?.inline_keyboard.flat() ?? []) {
      if (!("callback_data" in button) || !button.callback_data.startsWith(`${action}:`)) continue;
      return void telegram.press(TEAM, id, button.callback_data, person).catch(() => {});
    }
  }
}

/** The steps of a working day with incidents, about a minute. */
export function dayActs(lang: "ru" | "en"): Act[] {
  const words = WORDS[lang].day;
  return [
    { caption: words.rules, play: ({ telegram }) => chooseRules(telegram), ms: 4_000 },
    {
      caption: words.morning,
      play({ telegram, desk }) {
        for (const { region } of desk.state.regions) desk.feed(region, "well");
        for (const { name } of desk.state.portals) desk.portal(name, "alive");
        desk.link(true);
        desk.page(true);
        desk.telegram("well");
        telegram.say(TEAM, ANNA, "/status");
      },
      ms: 5_000,
    },
    { caption: words.mail, play: ({ desk }) => desk.own("ru", words.slow, "degraded"), ms: 6_000 },
    { caption: words.mailWell, play: ({ desk }) => desk.feed("ru", "well"), ms: 6_000 },
    { caption: words.crm, play: ({ desk }) => desk.own("ru", words.crmDown, "outage"), ms: 5_000 },
    {
      caption: words.both,
      play({ desk }) {
        desk.own("ru", words.crmMore, "outage");
        desk.feed("kz", "outage");
      },
      ms: 5_000,
    },
    {
      caption: words.ask,
      play: ({ telegram }) => void telegram.say(COMPANY, IGOR, "/status"),
      ms: 4_000,
    },
    { caption: words.kz, play: ({ desk }) => desk.feed("kz", "well"), ms: 5_000 },
    { caption: words.ru, play: ({ desk }) => desk.feed("ru", "well"), ms: 6_000 },
    { caption: words.blind, play: ({ desk }) => desk.feed("kz", "error_500"), ms: 8_000 },
    { caption: words.sighted, play: ({ desk }) => desk.feed("kz", "well"), ms: 6_000 },
    {
      caption: words.evening,
      play: ({ telegram }) => void telegram.say(TEAM, ANNA, "/history"),
      ms: 3_000,
    },
  ];
}

/** Three chats set their rules: what they hear, and how. */
function chooseRules(telegram: TelegramSandbox): void {
  const say = (chat: number, person: number, ...commands: string[]) => {
    for (const command of commands) telegram.say(chat, person, command);
  };
  say(EMMA, EMMA, "/start", "/lang en");
  const now = new Date().getUTCHours();
  const hour = (plus: number) => `${(now + plus + 24) % 24}:00`;
  say(GLEB, GLEB, "/start", `/quiet ${hour(-1)}-${hour(6)} UTC`);
  const portals = PORTALS[INTEGRATOR].map((name) => `/portal ${name}`);
  say(INTEGRATOR, VERA, ...portals, "/subscribe kz");
}
