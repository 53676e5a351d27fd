import type { SwitchProblem } from "../../domain/portal_watch.ts";
import { counted } from "./ru_counted.ts";

const problems: Record<SwitchProblem, string> = {
  "gone": "Этого портала здесь уже нет.",
  "too many here":
    "Следить можно за тремя порталами чата, не больше. Сначала выключите слежение за другим.",
  "too many in all":
    "Бот уже следит за стольким числом порталов, сколько может. Попробуйте позже или спросите его администратора.",
};

/** Portals on watch, and what is said of them before Bitrix24 says anything. */
export const watch = {
  sign: "Похоже на сбой, Bitrix24 его не подтвердил.",
  /** After the portal's address; the time follows. */
  silent: " отсюда не отвечает с ",
  silentAgain: " отсюда снова не отвечает с ",
  ill: " отвечает ошибкой с ",
  /** After the time. */
  causes: {
    "5xx": " (ошибка сервера)",
    "tls": " (сбой защищённого соединения)",
    "dns": " (имя не находится)",
  } as Readonly<Partial<Record<string, string>>>,
  taken: "Bitrix24 это подтвердил: подробности в алерте.",
  over: "✅ Портал снова отвечает.",
  /** Before and after the portal's address. */
  overReply: ["✅ ", " отсюда снова отвечает."],
  /** Instead of these, for a portal that answers and cannot be used as before. */
  overOtherwise: {
    renamed: {
      over: "➡️ Портал отвечает, но переименован. Новый адрес скажет /check.",
      reply: ["➡️ ", " отсюда отвечает, но переименован. Новый адрес скажет /check."],
    },
    closed: {
      over: "🔒 Портал отвечает, но его публичная часть закрыта администратором.",
      reply: ["🔒 ", " отсюда отвечает, но публичная часть закрыта администратором."],
    },
  } as Readonly<Partial<Record<string, { over: string; reply: readonly string[] }>>>,
  wasSilent: " отсюда был недоступен: ",
  gone:
    " — такого портала нет: адрес неверный или портал удалён. Больше за ним не слежу. Включить снова: /portal",

  early: (region: string) =>
    `Ранний сигнал, регион ${region}: похоже на сбой, Bitrix24 его не подтвердил.`,
  several: "Несколько порталов отсюда не отвечают с ",
  earlyOver: (region: string) => `Ранний сигнал, регион ${region}: прошло.`,
  wereSilent: "Несколько порталов отсюда не отвечали: ",
  /** To the administrators. */
  earlyNotice: (region: string, portals: number, since: string) =>
    `👂 Регион ${region}: ${
      counted(portals, "портал", "портала", "порталов")
    } разных чатов отсюда не отвечают с ${since}, а Bitrix24 о сбое не сообщал.`,

  /** In the alert of an incident, before and after the first time. */
  firstSigns: "Первые признаки в ",
  announcedAt: ", Bitrix24 объявил в ",
  /** In the reply at its end, after its duration. */
  lag: (duration: string) => ` · объявлен через ${duration} после первых признаков`,

  button: "Следить",
  isWatched: ", слежу",
  on: (address: string) =>
    `Слежу за ${address}: раз в минуту спрашиваю, отвечает ли он. Если дважды подряд нет, а Bitrix24 о сбое молчит, напишу сюда.`,
  off: (address: string) => `Больше не слежу за ${address}.`,
  unknownRegion: "Следить можно за порталом региона, который бот проверяет.",
  unheard: "Этот чат не подписан, и писать сюда я не буду. Сначала подпишите его: /subscribe",
  notAllowed:
    "За порталом на своём домене слежу, только если домен назван в настройках бота (PORTAL_DOMAINS).",
  problems,
  signals: "👂 Ранние сигналы",
  signalsInWords: "ранние сигналы",
  signalsHint:
    "«Ранние сигналы»: несколько порталов региона не отвечают сразу, а Bitrix24 ещё ничего не объявил.",
};
