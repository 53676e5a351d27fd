import type { FirstTexts } from "../../domain/ready_text.ts";

/** While the last reading says so. `{components}` and the like: domain/ready_text.ts. */
const lasting: FirstTexts = {
  colleagues: `У Bitrix24 {what} ({regions}).
Затронуто: {components}.
Началось: {since}.
Статус: {page}`,
  clients: `Здравствуйте! Сейчас в сервисе Bitrix24, которым мы пользуемся, {what}, \
поэтому ответы и заявки могут задерживаться.
Началось: {since}.`,
  support: `Bitrix24 {regions}: {what}
с {since}
{components}
Портал {portal}
{answer}`,
};

/** When the last reading says something else, or nothing. */
const doubtful: FirstTexts = {
  colleagues: `Bitrix24 сообщал: {what} ({regions}).
Началось: {since}.
{now}
Статус: {page}`,
  clients: `Здравствуйте! Сервис Bitrix24, которым мы пользуемся, сообщал: {what}.
Началось: {since}.
{now}`,
  support: `Bitrix24 {regions}: {what}
с {since}
{now}
Портал {portal}
{answer}`,
};

/** Texts for others, to be copied. */
export const ready = {
  title: "📋 Что сказать людям",
  labels: {
    colleagues: "👥 Коллегам",
    clients: "🤝 Клиентам",
    support: "🛟 В поддержку",
    over: "✅ Снова работает",
  },
  lasting,
  doubtful,
  over: `Bitrix24 снова работает ({regions}).
Было затронуто: {components}.
Началось: {since}.
Закончилось: {until}.
Длительность: {duration}.`,
  what: { outage: "сбой", degraded: "задержки" },
  now: {
    unreadable: "Сейчас его статус прочитать не удаётся.",
    recovering: "Последняя проверка: работает. Ждём подтверждения.",
    over: (until: string) => `Завершено: ${until}.`,
  },
  /** Why there is no text that it works again. */
  notOver: {
    unreadable:
      "Текста «снова работает» не даю: инцидент закрыт, но сейчас статус прочитать не удаётся.",
    bad: "Текста «снова работает» не даю: последняя проверка снова видит сбой или задержки.",
  },
  /** Behind names that fit. */
  more: (left: number) => `и ещё ${left}`,
  noRegion: "регион не указан",
  hint: "Кнопка копирует текст целиком.",
};
