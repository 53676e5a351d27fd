import { Tokenizer } from "htmlparser2";
import { HtmlTree } from "./html_tree.ts";

/** The visible text of an HTML document. */
export interface HtmlText {
  /** Plain text, one line per block; no tags, entities, control or invisible characters. */
  readonly text: string;
  /** The text without parts that a style may hide. */
  readonly sure: string;
  /** The text with parts of unknown visibility, such as in a select or an svg. */
  readonly whole: string;
  /** False where a browser may show other text, because of misplaced tags. */
  readonly certain: boolean;
  /** False when the nesting was too deep; the text is incomplete then. */
  readonly complete: boolean;
}

// Control characters except white space; format characters (zero-width, direction, soft hyphen); invisible
// fillers and joiners of other Unicode categories.
const INVISIBLE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000E-\u001F\u007F-\u009F\p{Cf}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u2800\u3164\uFFA0]/gu;

// More than eight accents in a row: Unicode composition takes quadratic time over them.
const PILED_ACCENTS = /(\p{M}{8})\p{M}+/gu;

/**
 * Converts foreign HTML to its visible text, in linear time. Plain text with `<` or `&` is kept; without any
 * tag, line breaks of the source are kept too. Never throws.
 */
export function htmlToText(html: string): HtmlText {
  const seen = new Lines();
  // One object for both, until they differ.
  let whole = seen;
  let sure = seen;
  let tags = false;
  let complete = true;
  const tree = new HtmlTree(html, {
    text(data, sight) {
      if (sight === "perhaps" && whole === seen) whole = seen.copy();
      if (sight === "hardly" && sure === seen) sure = seen.copy();
      if (sight === "seen" || sight === "hardly") seen.add(data);
      if (sight !== "unseen" && whole !== seen) whole.add(data);
      if (sight === "seen" && sure !== seen) sure.add(data);
    },
    edge(name, isBlock, sight) {
      tags = true;
      if (!isBlock && name !== "td" && name !== "th") return;
      if (sight === "seen" || sight === "hardly") seen.edge(isBlock);
      // Hidden text may still separate words.
      else if (whole === seen) whole = seen.copy();
      if (whole !== seen) whole.edge(isBlock);
      if (sure !== seen) sure.edge(isBlock);
    },
    tooDeep() {
      complete = false;
      tokenizer.pause();
    },
  });
  const tokenizer = new Tokenizer({ decodeEntities: true }, tree);
  tokenizer.write(html);
  tokenizer.end();
  const text = seen.text(tags);
  const other = (lines: Lines) => lines === seen ? text : lines.text(tags);
  return { text, sure: other(sure), whole: other(whole), certain: tree.certain, complete };
}

/** Collects text line by line. */
class Lines {
  #lines: string[] = [];
  #line: string[] = [];
  add(data: string): void {
    this.#line.push(data);
  }

  /** Marks the start or end of a block or a table cell. */
  edge(isBlock: boolean): void {
    if (!isBlock) this.add(" ");
    else if (this.#line.length > 0) {
      this.#lines.push(this.#line.join(""));
      this.#line = [];
    }
  }

  copy(): Lines {
    const copy = new Lines();
    copy.#lines = [...this.#lines];
    copy.#line = [...this.#line];
    return copy;
  }

  text(tags: boolean): string {
    this.edge(true);
    const lines = tags ? this.#lines.map((one) => one.replace(/[^\S\uFEFF]+/g, " ")) : this.#lines;
    return tidy(lines.join("\n"));
  }
}

/** Shortens a text to `max` UTF-16 units, between words and with "…"; a long word is cut. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  let end = max - 1;
  if (!/\s/.test(text.charAt(end))) {
    const space = Math.max(text.lastIndexOf(" ", end), text.lastIndexOf("\n", end));
    if (space > end / 2) end = space;
  }
  const last = text.charCodeAt(end - 1);
  if (last >= 0xD800 && last <= 0xDBFF) end--; // the first half of a surrogate pair
  return text.slice(0, end).trimEnd() + "…";
}

/** Removes invisible characters, and reduces spaces and line breaks to single ones. */
function tidy(text: string): string {
  return text.toWellFormed().replaceAll("\u0085", "\n").replace(INVISIBLE, "")
    .replace(PILED_ACCENTS, "$1").normalize("NFC")
    .replace(/[^\S\r\n\u2028\u2029]+/g, " ").replace(/(?: ?[\r\n\u2028\u2029])+ ?/g, "\n").trim();
}
