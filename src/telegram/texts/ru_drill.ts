import type { DrillStep } from "../../domain/drill.ts";
import type { Unconcerned } from "../../domain/rule.ts";

/** The answer to /drill, and what marks its messages. */
export const drill = {
  mark: "🧪 УЧЕБНЫЙ",
  title: (region: string) => `🧪 Учения в этом чате: сбой ${region}`,
  steps: {
    opened: "Через 5 секунд: задержки",
    worsened: "Через 30 секунд: сбой",
    reminder: "Через минуту: напоминание",
    closed: "Через 2 минуты: снова работает",
  } satisfies Record<DrillStep["kind"], string>,
  manners: {
    sound: "со звуком",
    silent: "без звука: тихие часы",
    edit: "без звука: изменится сообщение",
    morning: "пришло бы утром: тихие часы. Покажу сразу, без звука",
    not: "не придёт",
    "no reminder": "не придёт: таких здесь нет или тихие часы",
  },
  why: {
    "another region": "не придёт: этот регион чат не выбрал",
    "only delays": "не придёт: чат выбрал только сбои",
    "other components": "не придёт: этих сервисов чат не выбрал",
  } satisfies Record<Unconcerned, string>,
  marks: (mark: string) =>
    `Всё учебное помечено «${mark}»; настоящий сбой придёт без этой пометки. Кнопки под сообщением работают, попробуйте. Другие чаты, история и метрики учений не видят.`,
  notTold: "Этот чат не подписан: настоящий сбой сюда бы не пришёл. Подписать: /subscribe",
  tooSoon: (rest: string) => `Учения здесь только что были. Следующие — через ${rest}.`,
  quote:
    "Здесь будут слова Bitrix24 о сбое. Сейчас это учения: о настоящем состоянии они ничего не говорят, его показывает /status.",
};
