import { counted } from "./ru_counted.ts";

/** The file of all incidents. */
export const exporting = {
  exportCaption: (count: number, part: number | null, isCompressed: boolean) =>
    [
      `📤 ${counted(count, "инцидент", "инцидента", "инцидентов")}. Время в файле — UTC.`,
      part === null ? "" : ` Часть ${part}.`,
      isCompressed ? " Файл велик и поэтому сжат (gzip): распакуйте его перед Excel." : "",
    ].join(""),
  exportHeadings: [
    "№",
    "регион",
    "затронуто",
    "описание",
    "состояние",
    "серьёзность",
    "начало (UTC)",
    "конец (UTC)",
    "длительность, мин",
  ],
  exportSent: "Файл отправлен",
  exportPreparing: "📤 Готовлю файл…",
  exportFailed: {
    forbidden:
      "⚠️ Файл не отправлен: в этом чате мне нельзя отправлять файлы. Разрешите это в настройках чата или напишите мне /export в личном чате.",
    tooLarge:
      "⚠️ Файл не отправлен: он слишком велик для сервера Telegram (413). Администратор бота может получить его на сервере: bitrix24-bot export.",
    later: (seconds: number) =>
      `⚠️ Файл не отправлен: Telegram просит подождать ${
        counted(seconds, "секунду", "секунды", "секунд")
      }. Потом попробуйте ещё раз: /export`,
    unanswered:
      "⚠️ Файл не отправлен: связь с Telegram оборвалась. Попробуйте ещё раз через минуту: /export",
    refused: (reason: string) =>
      `⚠️ Файл не отправлен, Telegram ответил: ${reason}. Попробуйте /export в личном чате со мной.`,
  },
};
