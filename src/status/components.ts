// Russian endings are listed, because a pattern such as "any few letters" would find a lead in «лидер» and
// the disk in «дискуссия».
const HARD = "(?:ы|а|у|ом|е|ов|ам|ами|ах)?"; // лид, проект, чат
const VELAR = "(?:и|а|у|ом|е|ов|ам|ами|ах)?"; // диск, вебхук
const FEMININE_A = "(?:а|ы|и|у|е|ой|ою|ей|ею|ам|ами|ах)?"; // почта, задача
const NEUTER_O = "(?:о|а|у|ом|е|ам|ами|ах)"; // письмо
const SOFT = "(?:ь|я|ю|ем|е|и|ей|ям|ями|ях)"; // календарь
const FEMININE_IA = "(?:я|и|ю|ей|ею|й|ям|ями|ях)"; // телефония
const NEUTER_IE = "(?:е|я|ю|ем|и|й|ям|ями|ях)"; // сообщение
const FLEETING = "(?:ок|ка|ку|ком|ке|ки|ков|кам|ками|ках)"; // звонок
// Separator between the words of a name: spaces, hyphens, dashes. Its bound keeps matching linear.
const GAP = "[\\s\\u2010-\\u2015-]{1,3}";

/**
 * The words for each component in Bitrix24's announcements. English nouns that are verbs too (lead, deal,
 * call, store, site) count in the plural only, because "may lead to" does not mean the CRM.
 */
const WORDS: readonly (readonly [name: string, words: readonly string[]])[] = [
  ["CRM", [
    "crm",
    "сделк(?:а|и|у|е|ой|ою|ам|ами|ах)",
    "сделок",
    `лид${HARD}`,
    `клиент${HARD}`,
    "deals",
    "leads",
  ]],
  ["Почта", [`почт${FEMININE_A}`, `письм${NEUTER_O}`, "писем", "e-?mails?", "mails?"]],
  ["Задачи", [`задач${FEMININE_A}`, `проект${HARD}`, "tasks?", "projects?"]],
  ["Диск", [`диск${VELAR}`, `файл${HARD}`, "disks?", "drives?", "files?"]],
  ["Календарь", [`календар${SOFT}`, "calendars?"]],
  ["Телефония", [`телефони${FEMININE_IA}`, `звон${FLEETING}`, "telephony", "calls"]],
  ["Чат", [`чат${HARD}`, `мессенджер${HARD}`, `сообщени${NEUTER_IE}`, "chats?", "messengers?"]],
  ["Видеозвонки", [
    `видео(?:${GAP})?звон${FLEETING}`,
    `видео(?:${GAP})?конференци${FEMININE_IA}`,
    `videos?(?:(?:${GAP})?(?:calls?|calling|conferenc(?:es?|ing)))?`,
  ]],
  ["Сайты", [`сайт${HARD}`, `магазин${HARD}`, "sites", "stores"]],
  ["Открытые линии", [
    `открыт(?:ые|ых|ым|ыми|ая|ой|ою|ую)${GAP}лини${FEMININE_IA}`,
    `open${GAP}channels?`,
  ]],
  ["Бизнес-процессы", [
    `бизнес(?:${GAP})?процесс${HARD}`,
    `робот${HARD}`,
    "workflows?",
    "automations?",
  ]],
  ["REST API", [
    // Not "the rest of the services".
    `(?<!the\\s)rest(?!\\sof(?![\\p{L}\\p{N}_]))(?:${GAP}api)?`,
    "apis?",
    `веб-?хук${VELAR}`,
    "webhooks?",
  ]],
  ["Авторизация", [
    `авторизаци${FEMININE_IA}`,
    `вход${HARD}`,
    "logins?",
    `log${GAP}in`,
    `sign(?:${GAP})?in`,
    "auth",
    "authori[sz]ation",
  ]],
];

// Names with a component's word that mean something else; they are matched first, which uses up the word.
const OTHER_THINGS = `чат${GAP}бот${HARD}|chat${GAP}bots?`;

// One pattern for all components, so that each word counts once: «видео-звонки» is not also «звонки».
// Lookarounds replace `\b`, which knows Latin letters only. All repetitions are bounded.
const PATTERN = new RegExp(
  `(?<![\\p{L}\\p{N}_])(?:${OTHER_THINGS}|${
    WORDS.map(([, words]) => `(${words.join("|")})`).join("|")
  })(?![\\p{L}\\p{N}_])`,
  "giu",
);

/** Names of Bitrix24's components in their fixed order. */
export const COMPONENTS: readonly string[] = WORDS.map(([name]) => name);

/**
 * The components that a text names, in the order of {@linkcode COMPONENTS}. Matches whole words in any case
 * and inflection, with ё equal to е, in time linear in the text.
 */
export function findComponents(text: string): string[] {
  const found = new Set<number>();
  // text.normalize() would take quadratic time on a long run of accents.
  const plain = text.replaceAll("и\u0306", "й").replaceAll("И\u0306", "Й")
    .replace(/е\u0308|ё/giu, "е");
  for (const match of plain.matchAll(PATTERN)) {
    const index = match.findIndex((group, position) => position > 0 && group !== undefined);
    if (index > 0) found.add(index - 1);
  }
  return COMPONENTS.filter((_, index) => found.has(index));
}
