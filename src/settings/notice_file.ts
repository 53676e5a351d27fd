import {
  isToken,
  KNOWN,
  longest,
  MAX_COPY_LENGTH,
  namesIn,
  READY_TEXTS,
  type ReadyText,
  TOKENS,
  type Wording,
} from "../domain/ready_text.ts";
import { type Language, LANGUAGES } from "../domain/rule.ts";

/** A text of the file: its heading `[colleagues ru]` and the lines below. */
interface Section {
  readonly heading: string;
  /** Number of the heading's line, from 1. */
  readonly at: number;
  readonly lines: { readonly at: number; readonly text: string }[];
}

const HEADINGS = `${READY_TEXTS.join(", ")}, each with ${LANGUAGES.join(" or ")}: [${
  READY_TEXTS[0]
} ${LANGUAGES[0]}]`;

/**
 * Reads the file of NOTICE_FILE. `mistakes`: sentences that begin with the line, such as `line 3: …`;
 * with any of them the wording must not be used.
 */
export function readNotices(content: string): { wording: Wording; mistakes: string[] } {
  const texts: Record<Language, Partial<Record<ReadyText, string>>> = { ru: {}, en: {} };
  const mistakes: string[] = [];
  const { sections, stray } = sectionsOf(content);
  if (stray !== null) {
    mistakes.push(
      `line ${stray}: there is a text before the first heading; the headings are of ${HEADINGS}`,
    );
  }
  for (const section of sections) {
    const { heading, at } = section;
    const [name = "", language = "", ...more] = heading.split(/\s+/);
    const text = READY_TEXTS.find((it) => it === name.toLowerCase());
    const lang = LANGUAGES.find((it) => it === language.toLowerCase());
    if (text === undefined || lang === undefined || more.length > 0) {
      mistakes.push(
        `line ${at}: [${shown(heading)}] is none of the headings, which are of ${HEADINGS}`,
      );
      continue;
    }
    if (texts[lang][text] !== undefined) {
      mistakes.push(`line ${at}: [${text} ${lang}] is there twice; keep one of the two`);
      continue;
    }
    texts[lang][text] = section.lines.map((it) => it.text).join("\n").trim();
    mistakes.push(...mistakesIn(section, text, texts[lang][text]));
  }
  return { wording: texts, mistakes };
}

function sectionsOf(content: string): { sections: Section[]; stray: number | null } {
  const sections: Section[] = [];
  let stray: number | null = null;
  for (const [index, line] of content.replace(/^\ufeff/, "").split(/\r\n?|\n/).entries()) {
    const text = line.replaceAll("\t", " ").trimEnd();
    const at = index + 1;
    const [, heading] = /^\s*\[(.*)\]$/.exec(text) ?? [];
    if (/^\s*#/.test(text)) continue;
    const last = sections.at(-1);
    if (heading !== undefined) sections.push({ heading: heading.trim(), at, lines: [] });
    else if (last) last.lines.push({ at, text });
    else if (text !== "") stray ??= at;
  }
  return { sections, stray };
}

function mistakesIn({ at, lines }: Section, name: ReadyText, template: string): string[] {
  const tokens = Object.keys(TOKENS).filter((it) =>
    it !== "now" && (it !== "until" || name === "over")
  );
  const mistakes = lines.flatMap(({ at, text }) => {
    const unknown = namesIn(text).filter((it) => !tokens.includes(it));
    const rest = text.replace(/\{[^{}]*\}/g, "");
    return [
      ...unknown.map((it) =>
        `line ${at}: {${shown(it)}} is no token of this text; there are ${
          tokens.map((it) => `{${it}}`).join(" ")
        }`
      ),
      ...(/[{}]/.test(rest) ? [`line ${at}: a { or a } stands alone; take it out`] : []),
      ...(/[\p{Cc}\ufffd]/u.test(text)
        ? [`line ${at}: there are characters that cannot be read; save the file as UTF-8`]
        : []),
    ];
  });
  if (mistakes.length > 0) return mistakes;
  if (template === "") return [`line ${at}: nothing stands below this heading; write a text there`];
  const length = longest(template);
  if (length > MAX_COPY_LENGTH) {
    return [
      `line ${at}: this text can be ${length} characters long, and a button copies ` +
      `${MAX_COPY_LENGTH}; shorten it by ${length - MAX_COPY_LENGTH}, or use fewer tokens`,
    ];
  }
  // A line with an unknown value is left out.
  const isSure = lines.some(({ text }) =>
    text.replace(/\p{Cf}/gu, "").trim() !== "" &&
    namesIn(text).every((it) => isToken(it) && KNOWN.includes(it))
  );
  return isSure ? [] : [
    `line ${at}: nothing of this text may be left, because a line is left out when a token has no ` +
    "value; write a line with none but {regions}, {what} and {page}",
  ];
}

/** Foreign text for a message of one line. */
function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, "?").slice(0, 40).toWellFormed();
}
