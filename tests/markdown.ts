// Markdown reduced to what has to be the same in every language: headings by their level, and of each
// paragraph, list item and table row the code, the links and the numbers in it.

/** A piece of a text in Markdown: a heading, a fenced block, a paragraph, a list item, a table row. */
export interface Piece {
  readonly kind: "heading" | "block" | "paragraph" | "item" | "row";
  /** Level of a heading; otherwise that of the one above. */
  readonly level: number;
  /** As it is written; of a heading without the signs in front, of a block without the fences. */
  readonly text: string;
  /** What stands behind the fence of a block. */
  readonly language: string;
}

/** The pieces of a text, in order. Knows no more of Markdown than the documents here use. */
export function piecesOf(markdown: string): Piece[] {
  const pieces: Piece[] = [];
  let level = 0;
  let block: { fence: string; language: string; lines: string[] } | null = null;
  let words: { kind: Piece["kind"]; lines: string[] } | null = null;
  const put = (kind: Piece["kind"], text: string, language = "") =>
    pieces.push({ kind, level, text, language });
  const endWords = () => {
    if (words) put(words.kind, words.lines.join("\n"));
    words = null;
  };
  for (const line of markdown.split("\n")) {
    const [, fence = "", language = ""] = /^\s*(`{3,}|~{3,})\s*(\S*)\s*$/.exec(line) ?? [];
    if (block) {
      if (language === "" && fence.startsWith(block.fence)) {
        put("block", block.lines.join("\n"), block.language);
        block = null;
      } else block.lines.push(line);
      continue;
    }
    const [, signs, title = ""] = /^(#+) (.*)$/.exec(line) ?? [];
    const kind = line.startsWith("|") ? "row" : /^(-|\d+\.) /.test(line) ? "item" : null;
    if (fence !== "" || signs !== undefined || kind !== null || line.trim() === "") endWords();
    if (fence !== "") block = { fence, language, lines: [] };
    else if (signs !== undefined) {
      level = signs.length;
      put("heading", title);
    } else if (kind !== null) words = { kind, lines: [line] };
    else if (words) words.lines.push(line.trim());
    else if (line.trim() !== "") words = { kind: "paragraph", lines: [line] };
  }
  if (block) throw new Error(`A block has no end: ${block.lines[0]}`);
  endWords();
  return pieces;
}

/** The code in a text, in order, without the backticks. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code.replaceAll("\n", " "));
}

/** Where the links and pictures of a text lead. */
export function linksIn(text: string): string[] {
  return [...text.replaceAll(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = ""]) => to);
}

/** The cells of a table's row. */
export function cellsOf({ text }: Piece): string[] {
  return text.replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((it) => it.trim());
}

/** What a translation has to keep of a piece, as a line to compare and to read. */
export function essenceOf(piece: Piece): string {
  const { kind, text, language } = piece;
  if (kind === "heading") return `${"#".repeat(piece.level)} ${codeIn(text).join(" ")}`;
  if (kind === "block") return `${language}\n${withoutRemarks(text, language)}`;
  if (kind === "row") return cellsOf(piece).map((it) => essenceOfWords(it, isCode(it))).join(" | ");
  return `${kind}: ${essenceOfWords(text, false)}`;
}

/** Sentences have another order in another language; a list of settings and defaults has the same. */
function essenceOfWords(text: string, isOrdered: boolean): string {
  const code = codeIn(text).map((it) => `\`${it}\``);
  const rest = text.replaceAll(/`[^`]*`/g, "");
  const addresses = [...rest.matchAll(/(?<!\()https?:\/\/[^\s,)]+/g)].map(([it]) => it);
  const numbers = [
    ...rest.replaceAll(/\]\([^)]*\)|https?:\/\/\S+/g, "")
      .matchAll(/(?<![\p{L}\d])\d+(?:[.,]\d+)*/gu),
  ].map(([it]) => it.replaceAll(",", "."));
  const found = [...code, ...linksIn(text), ...addresses, ...numbers];
  return (isOrdered ? found : found.sort()).join(" ");
}

/** Whether a cell holds nothing but code. */
function isCode(cell: string): boolean {
  return cell.replaceAll(/`[^`]*`|,/g, "").trim() === "";
}

/** A block without what is said in it for people: comments, and in a transcript the words in brackets. */
function withoutRemarks(text: string, language: string): string {
  const remark = language === "text" ? / +\([^()]*\)$/ : /(^|\s+)#.*$/;
  return text.split("\n").map((it) => it.replace(remark, "")).join("\n");
}
