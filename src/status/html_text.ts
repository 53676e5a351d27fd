import { Tokenizer } from "htmlparser2";
import { HtmlTree } from "./html_tree.ts";

/** What a reader of some HTML would see. */
export interface HtmlText {
  /** Plain text, one line per block; no tags, entities, control or invisible characters. */
  readonly text: string;
  /** The same without what a style may hide. */
  readonly sure: string;
  /** The same with what may be shown or not, such as a list to choose from or a drawing. */
  readonly whole: string;
  /** False where a browser may show something else: tags in a disorder that is not followed here. */
  readonly certain: boolean;
  /** False when the nesting was too deep to go on: `text` then ends where reading stopped. */
  readonly complete: boolean;
}

// Controls but white space, and the format characters: zero-width ones, direction overrides, soft
// hyphens; then the fillers and joiners Unicode files elsewhere although nothing is drawn.
const INVISIBLE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000E-\u001F\u007F-\u009F\p{Cf}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u2800\u3164\uFFA0]/gu;

// Unicode composition takes quadratic time over a long run of accents; no script needs eight.
const PILED_ACCENTS = /(\p{M}{8})\p{M}+/gu;

/**
 * Turns HTML from outside into the text a person would see. Text that merely contains `<` or `&`
 * survives; where there is no tag at all, the line breaks of the source are kept. Never throws;
 * takes time linear in the input.
 */
export function htmlToText(html: string): HtmlText {
  const seen = new Lines();
  // The same until something is not seen, or not surely seen.
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
      // What is not seen may take its place all the same.
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

/** Text as it is put together, line by line. */
class Lines {
  #lines: string[] = [];
  #line: string[] = [];
  add(data: string): void {
    this.#line.push(data);
  }

  /** Where a block begins or ends, or a cell of a table. */
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

/** Shortens a text to `max` UTF-16 units, at a word and with "…"; a longer word is cut inside. */
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

/** Takes out what cannot be seen and leaves single spaces and single line breaks. */
function tidy(text: string): string {
  return text.toWellFormed().replaceAll("\u0085", "\n").replace(INVISIBLE, "")
    .replace(PILED_ACCENTS, "$1").normalize("NFC")
    .replace(/[^\S\r\n\u2028\u2029]+/g, " ").replace(/(?: ?[\r\n\u2028\u2029])+ ?/g, "\n").trim();
}
