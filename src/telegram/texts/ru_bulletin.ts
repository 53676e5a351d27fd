import { counted } from "./ru_counted.ts";

const chats = (count: number) => counted(count, "чат", "чата", "чатов");

/** Messages of the bot's administrators to the chats. */
export const bulletin = {
  signature: "📣 Сообщение администратора бота",
  takenBack: "🗑 Администратор бота удалил это сообщение.",
  usage:
    "Напишите /announce и текст: его получат все чаты. /announce ru и текст: только те, что слышат .ru. Сначала покажу, как это будет выглядеть.",
  unwatched: (region: string, watched: string) =>
    `За регионом .${region} бот не следит (следит за ${watched}), поэтому его никто не слышит. Если это слово текста, начните его с большой буквы.`,
  nobody: (region: string) => `Ни один чат не слышит .${region}: отправлять некому.`,
  nobodyAtAll: "У бота пока нет ни одного чата: отправлять некому.",
  tooLong: (length: number, limit: number) =>
    `Текст слишком длинный: ${length} знаков, а можно ${limit}.`,
  preview: "Так это увидят в чатах:",
  to: (count: number, region: string | null) =>
    `Получат: ${chats(count)}${
      region === null ? "" : `, где слышат .${region}`
    }. «Отправить» — без звука, а в тихие часы его не будет в любом случае.`,
  correction: (id: number, count: number) =>
    `Заменит сообщение № ${id}: ${chats(count)}. Без звука: это правка.`,
  send: "📨 Отправить",
  loud: "🔔 Отправить со звуком",
  apply: "✏️ Исправить везде",
  cancel: "Отмена",
  cancelled: "Отменено: ничего не отправлено.",
  sent: (id: number, count: number) => `✅ Сообщение № ${id} отправлено: ${chats(count)}.`,
  until: "Исправить и удалить можно до",
  fix: "✏️ Исправить",
  remove: "🗑 Удалить",
  howToFix: (id: number) =>
    `Напишите /announce #${id} и новый текст целиком. Покажу его, а потом заменю им сообщение во всех чатах.`,
  sure: (id: number, count: number) =>
    `Удалить сообщение № ${id}? Оно исчезнет отовсюду: ${
      chats(count)
    }. Ошибку можно просто исправить; новое сообщение — не раньше чем через десять минут после прошлого.`,
  yes: "🗑 Удалить везде",
  no: "Оставить",
  removed: (id: number) => `🗑 Сообщение № ${id} удаляется из всех чатов.`,
  gone: "Такого сообщения нет, или оно удалено.",
  staleDraft: "Черновику больше часа. Напишите /announce ещё раз.",
  tooLate: "С отправки прошло больше 48 часов: Telegram больше не даёт менять такие сообщения.",
  tooSoon: (time: string) =>
    `Не больше одного сообщения за десять минут. Нажмите ещё раз после ${time}.`,
  /** To the other administrators. */
  notices: {
    sent: (by: number, id: number, count: number, text: string) =>
      `📣 Администратор ${by} отправил сообщение № ${id} (${
        chats(count)
      }): ${text}. Исправить или удалить: /announce #${id}`,
    corrected: (by: number, id: number, text: string) =>
      `📣 Администратор ${by} исправил сообщение № ${id}: ${text}`,
    removed: (by: number, id: number) => `📣 Администратор ${by} удалил сообщение № ${id}.`,
  },
};
