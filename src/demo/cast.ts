import type { TelegramSandbox } from "../sandbox/telegram/server.ts";

/** Ids of the people and chats in the demo. */
export const ANNA = 1001;
export const IGOR = 1002;
export const VERA = 1003;
/** Reads English. */
export const EMMA = 1004;
/** Wants to sleep. */
export const GLEB = 1005;
export const TEAM = -1001;
export const SUPPORT = -1002;
export const COMPANY = -1003;
/** Looks after the portals of two clients. */
export const INTEGRATOR = -1004;

/** The person in ADMIN_CHAT_ID, and the group in GROUP_ID. */
export const ADMINISTRATOR = ANNA;
export const CONFIGURED_GROUP = TEAM;

/** The portals that chats look after. */
export const PORTALS = {
  [TEAM]: ["company.bitrix24.ru"],
  [INTEGRATOR]: ["alfa.bitrix24.kz", "beta.bitrix24.kz"],
} as const;

const NAMES = {
  ru: {
    [ANNA]: "Анна",
    [IGOR]: "Игорь",
    [VERA]: "Вера",
    [EMMA]: "Emma",
    [GLEB]: "Глеб",
    [TEAM]: "Дежурные",
    [SUPPORT]: "Поддержка",
    [COMPANY]: "Компания",
    [INTEGRATOR]: "Интегратор",
    topics: ["Сбои", "Разговоры"],
  },
  en: {
    [ANNA]: "Anna",
    [IGOR]: "Igor",
    [VERA]: "Vera",
    [EMMA]: "Emma",
    [GLEB]: "Gleb",
    [TEAM]: "On duty",
    [SUPPORT]: "Support",
    [COMPANY]: "Company",
    [INTEGRATOR]: "Integrator",
    topics: ["Outages", "Small talk"],
  },
} as const;

/**
 * Puts people and chats on the stage: an administrator, four others, the configured group, a basic
 * group that can become a supergroup, a forum with topics, and a group with regions of its own.
 */
export function addCast(telegram: TelegramSandbox, lang: "ru" | "en"): void {
  const names = NAMES[lang];
  for (const id of [ANNA, IGOR, VERA, EMMA, GLEB] as const) {
    telegram.addUser({ id, first_name: names[id], language_code: id === EMMA ? "en" : lang });
  }
  telegram.addGroup({
    id: TEAM,
    title: names[TEAM],
    members: { [ANNA]: "creator", [IGOR]: "administrator", [VERA]: "member" },
  });
  telegram.addGroup({
    id: SUPPORT,
    title: names[SUPPORT],
    type: "group",
    members: { [IGOR]: "creator", [VERA]: "member" },
  });
  telegram.addGroup({
    id: COMPANY,
    title: names[COMPANY],
    members: { [ANNA]: "creator", [IGOR]: "member" },
    isForum: true,
  });
  telegram.addGroup({
    id: INTEGRATOR,
    title: names[INTEGRATOR],
    members: { [VERA]: "creator", [GLEB]: "member" },
  });
  for (const topic of names.topics) telegram.addTopic(COMPANY, topic);
}
