import type { LinkSight, PortalSight, RegionSight } from "../../domain/evidence.ts";
import type { Verdict } from "../../domain/verdict.ts";

/** A verdict: in bold, beside it, and what to do next. */
export interface VerdictText {
  readonly bold: string;
  readonly more?: string;
  readonly next?: string;
}

const SUPPORT = "в поддержку Bitrix24 или своему партнёру";
const YOURS = "Скорее всего, дело на вашей стороне: сеть, браузер, права. " +
  `Если войти не может никто — ${SUPPORT}.`;
const SEND = `Если у вас так же, эти факты можно отправить ${SUPPORT}:`;
const PAGE = "Объявлен ли сбой, видно на странице статуса.";
const UNKNOWN = "Проверьте портал со своего устройства и спросите ещё раз через несколько минут.";

const verdicts: Record<Verdict, VerdictText> = {
  "outage": {
    bold: "🔴 Это у Bitrix24.",
    more: " Объявлен сбой",
    next: "Писать в поддержку не нужно: там знают.",
  },
  "delays": { bold: "🟠 Объявлены задержки" },
  "unreachable": {
    bold: "🟠 Портал отсюда не отвечает, а Bitrix24 о сбое не сообщал.",
    next: SEND,
  },
  "ill": {
    bold: "🟠 Портал отсюда отвечает ошибкой, а Bitrix24 о сбое не сообщал.",
    next: SEND,
  },
  "fails, unreadable": {
    bold: "🟠 С порталом отсюда что-то не так, а статус Bitrix24 не читается.",
    next: SEND,
  },
  "fails, unwatched": {
    bold: "🟠 С порталом отсюда что-то не так, а статус его региона я не проверяю.",
    next: `${PAGE} ${SEND}`,
  },
  "fails, half": {
    bold: "⚪ Портал отсюда не ответил как надо, но и моя связь под вопросом.",
    next: `Вывода не делаю: дело может быть во мне. ${UNKNOWN}`,
  },
  "no link": {
    bold: "⚪ Судить не могу: моя собственная связь прервана.",
    next: UNKNOWN,
  },
  "none": {
    bold: "🔎 Портала с таким адресом нет.",
    next: "Проверьте адрес: в нём опечатка, или портал удалён. " +
      "Бесплатные Bitrix24 удаляет, если в них 50 дней никто не входил.",
  },
  "closed": {
    bold: "🔒 Публичная часть портала закрыта его администратором.",
    next: "Открыть её может он же.",
  },
  "renamed": {
    bold: "➡️ Портал переименован.",
    next: "Открывайте его по новому адресу.",
  },
  "slow": {
    bold: "🟡 Портал отсюда отвечает медленно, сбоев не объявлено.",
    next: `Спросите ещё раз через несколько минут. Если медленно у всех — ${SUPPORT}.`,
  },
  "limits": {
    bold: "⚪ Портал ответил, но мой вопрос отклонил.",
    next: "Это лимит запросов или условие тарифа, а не признак сбоя. " +
      `Если войти не может никто — ${SUPPORT}.`,
  },
  "answers, unreadable": {
    bold: "❓ Портал ответил, а статус Bitrix24 не читается.",
    next: `Объявлен ли сбой, не знаю. Если войти не может никто — ${SUPPORT}.`,
  },
  "answers, unwatched": {
    bold: "❓ Портал ответил, а статус его региона я не проверяю.",
    next: `${PAGE} Если войти не может никто — ${SUPPORT}.`,
  },
  "answers, half": {
    bold: "⚪ Портал ответил, но свою связь я проверил только наполовину.",
    next: "Вывода поэтому не делаю. Спросите ещё раз через минуту.",
  },
  "unasked, unreadable": {
    bold: "❓ Сказать нечего: статус Bitrix24 не читается, о портале ничего не известно.",
    next: UNKNOWN,
  },
  "unasked, unwatched": {
    bold: "❓ Сказать нечего: статус региона я не проверяю, о портале ничего не известно.",
    next: PAGE,
  },
  "unasked": { bold: "⚪ Сбоев не объявлено, а о портале сказать нечего." },
  "alive, text": {
    bold: "✅ Портал отвечает",
    more: ", сбоев не объявлено, но у Bitrix24 есть объявление.",
    next: `Может быть, оно о вашем случае. Если нет: ${YOURS[0]?.toLowerCase()}${YOURS.slice(1)}`,
  },
  "alive": { bold: "✅ Портал отвечает", more: ", сбоев не объявлено.", next: YOURS },
};

const portal: Record<PortalSight, (seconds: string) => string> = {
  alive: (seconds) => `ответил за ${seconds} с`,
  slow: (seconds) => `ответил за ${seconds} с, это долго`,
  renamed: () => "переименован в",
  none: () => "портала с таким адресом нет",
  closed: () => "публичная часть закрыта администратором",
  ill: () => "ответил ошибкой",
  "5xx": () => "ответил ошибкой",
  timeout: () => "нет ответа",
  tls: () => "защищённое соединение не установлено",
  dns: () => "имя не найдено",
  limits: () => "отклонил вопрос",
  unasked: () => "не спрошен",
};

/** Of what the witnesses say of an answer, whatever is no code; nothing where it only repeats. */
const details: Readonly<Record<string, string>> = {
  "no answer within 3 s": "за 3 с",
  "its name cannot be resolved": "",
  "the connection was refused": "в соединении отказано",
  "the connection broke off": "соединение оборвалось",
  "the network is unreachable": "нет пути в сеть",
  "no connection": "нет соединения",
  "a certificate for another name": "сертификат на другое имя",
  "a certificate that has expired": "сертификат просрочен",
  "a certificate that is not valid yet": "сертификат ещё не действует",
  "a certificate of an unknown authority": "сертификат неизвестного центра",
  "a wrong certificate": "неверный сертификат",
  "no address that may be asked about":
    "спрашиваю порталы с адресом вида company.bitrix24.ru и домены из PORTAL_DOMAINS",
  "its name leads to an address that is not public": "имя ведёт на внутренний адрес",
  "too many questions at once": "сейчас слишком много вопросов",
  "longer than an answer may be": "ответ слишком длинный",
  "not understood": "ответ непонятен",
  "a redirect to no portal": "отправляет не на портал",
};

const region: Record<RegionSight, string> = {
  well: "сбоев не объявлено",
  text: "сбоев не объявлено, есть объявление",
  delays: "задержки",
  outage: "сбой",
  unreadable: "не читается",
  unwatched: "не проверяю",
};

const link: Record<LinkSight, (vendor: string) => string> = {
  good: (vendor) => `моя связь: Telegram и ${vendor} ответили`,
  half: (vendor) => `моя связь: Telegram ответил, ${vendor} — нет`,
  dead: (vendor) => `моя связь: не ответили ни Telegram, ни ${vendor}`,
};

/** The answer to «Это у них или у нас?». */
export const evidence = {
  button: "🔎 У нас или у них?",
  verdicts,
  portal,
  /** Instead of `portal.unasked` where there was an answer. */
  unclear: "ответил непонятно",
  details,
  attempts: (bad: number) => `${bad} из ${bad}`,
  status: (of: string) => `статус ${of}`,
  statusUnknown: "регион портала не выбран: /portal",
  region,
  /** Instead of `region.well` where every witness was heard. */
  works: "работает",
  link,
  hints: {
    dns: "Проверьте и адрес: такого имени нет.",
    tls: "Откройте портал в браузере: он скажет, что не так с сертификатом.",
  },
  whichPortal: "Проверить портал: /check company.bitrix24.ru",
  remember: (address: string) => `💾 Запомнить ${address}`,
  rememberBy: (address: string) => `Запомнить: /portal ${address}`,
  remembered: "Новый адрес запомнен.",
  full: "Больше десяти порталов не запоминаю. Уберите лишний: /portal",
  more: (left: number) => `…и ещё ${left}`,
  tooOften: "Проверяю не чаще раза в 5 секунд. Спросите ещё раз.",
  busy: "Сейчас проверяют сразу многие. Спросите ещё раз через полминуты.",
  type: "Напишите, например, /check company.bitrix24.ru",
};
