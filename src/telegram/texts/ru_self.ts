// What the bot says of itself: where it was added, and what its administrators should know.

import { named } from "../foreign.ts";

/** The bot was added to a group or a channel. */
export const membership = {
  lacksAdministrator:
    "Мне не хватает прав администратора: без них Telegram не всегда говорит, кто управляет группой, и /subscribe может не сработать. Отдельные права не нужны.",
  channel: (id: number) =>
    `Чтобы алерты приходили в этот канал, впишите его id ${id} в GROUP_ID или GROUP_IDS.`,
  "may not write": (title: string) =>
    `🔇 Меня добавили в «${title}», но писать там мне нельзя. Разрешите мне отправлять сообщения или сделайте меня администратором.`,
  "may not post": (title: string) =>
    `🔇 Меня добавили в канал «${title}», но публиковать там мне нельзя. Дайте мне право публикации сообщений.`,
  thenIStart: "Как только это исправят, я начну сам.",
};

/** To the administrators, about the bot itself. */
export const notices = {
  moved: (from: number, to: number) =>
    `🔀 Группа ${from} из настроек стала супергруппой ${to}. Алерты идут туда; замените id в GROUP_ID или GROUP_IDS.`,
  database: {
    locked: "🛢 База данных занята другой программой.",
    full: "🛢 На диске с базой данных нет места.",
    "read only": "🛢 База данных доступна только для чтения.",
    damaged: "🛢 Файл базы данных повреждён.",
    failed: "🛢 База данных не отвечает.",
  },
  databaseAdvice:
    "Пока это так, новых алертов не будет: сначала запись, потом отправка. Проверки идут, /status отвечает. Ничего не удалено.",
  unstored: (region: string, severity: string) =>
    `🔴 Bitrix24 .${region}: ${severity}. Записать это нельзя, поэтому подписчики об этом пока не знают.`,
  databaseWell: "🛢 База данных снова в порядке.",
  rescued: (setAside: string, restoredFrom: string | null) =>
    `🛢 При запуске файл базы данных оказался повреждён. Он сохранён как ${setAside}. ${
      restoredFrom === null
        ? "Резервной копии нет, поэтому начата новая база: подписчикам нужно подписаться заново."
        : `Данные восстановлены из резервной копии ${restoredFrom}.`
    }`,
  damagedFound: (detail: string) =>
    `🛢 Ежедневная проверка нашла повреждение базы данных: ${
      named(detail)
    }. Перезапустите бота: он сохранит этот файл и продолжит с последней исправной копии.`,
  conflict:
    "👯 Telegram отдаёт обновления другому экземпляру бота с этим же токеном. Оставьте один: пока их два, ответы на команды теряются.",
  monitoring: {
    on: (id: number) => `▶️ Администратор ${id} включил мониторинг.`,
    off: (id: number) =>
      `⏸ Администратор ${id} выключил мониторинг: алертов не будет, пока его не включат. Включить: /monitoring on`,
  },
  unauthorized: "🔑 Telegram не принимал токен бота (401), теперь снова принимает.",
};
