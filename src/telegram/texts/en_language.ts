import type { language as ru } from "./ru_language.ts";

export const language: typeof ru = {
  title: "🌐 Language of this chat",
  usage:
    "Choose by a button, or write /lang ru or /lang en. Everything here changes: alerts, menus, answers.",
  chosen: "From now on I write here in English",
  components: {
    "Почта": "Mail",
    "Задачи": "Tasks",
    "Диск": "Drive",
    "Календарь": "Calendar",
    "Телефония": "Telephony",
    "Чат": "Chat",
    "Видеозвонки": "Video calls",
    "Сайты": "Sites",
    "Открытые линии": "Open Channels",
    "Бизнес-процессы": "Workflows",
    "Авторизация": "Sign-in",
  },
  unknown: "I do not know that language. Write /lang ru or /lang en.",
};
