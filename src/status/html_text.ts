import { Parser } from "htmlparser2";

/** What a reader of some HTML would see. */
export interface HtmlText {
  /** Plain text, one line per block; no tags, entities, control or invisible characters. */
  readonly text: string;
  /** False when the nesting was too deep to go on: `text` then ends where reading stopped. */
  readonly complete: boolean;
}

/**
 * The parser shifts its whole stack of open elements for every tag, so a megabyte of `<b>` would
 * keep it busy for half a minute. Real pages nest a few dozen levels.
 */
const MAX_DEPTH = 128;

/** Elements whose content a browser with scripts does not show as text. */
const UNSEEN = new Set(
  [
    "script style template noscript head title iframe object embed applet audio video canvas map",
    "datalist noembed noframes rp desc metadata defs symbol annotation annotation-xml",
  ].join(" ").split(" "),
);

/** What may stand in `<head>`; any other element ends it, as in a browser, closed or not. */
const HEAD_CONTENT = new Set(
  "base basefont bgsound link meta noframes noscript script style template title".split(" "),
);

/** Elements that begin and end a line. */
const BLOCKS = new Set(
  [
    "address article aside blockquote br caption center dd details dialog dir div dl dt",
    "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main menu",
    "nav ol option p pre search section select summary table tbody textarea tfoot thead tr ul",
  ].join(" ").split(" "),
);

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
  const lines: string[] = [];
  let line: string[] = [];
  const hides: boolean[] = []; // one entry per open element
  let hidden = 0; // how many of them hide their content
  let head = -1; // where in `hides` an open <head> is
  let tags = false;
  let complete = true;

  function breakLine(): void {
    if (line.length === 0) return;
    lines.push(line.join(""));
    line = [];
  }

  const parser = new Parser({
    onopentag(name, attributes) {
      tags = true;
      if (head >= 0 && head === hides.length - 1 && !HEAD_CONTENT.has(name)) {
        hides[head] = false;
        hidden--;
        head = -1;
      }
      const hiding = UNSEEN.has(name) || isHidden(name, attributes);
      if (name === "head") head = hides.length;
      hides.push(hiding);
      if (hiding) hidden++;
      if (hidden === 0) separate(name);
      if (hides.length > MAX_DEPTH) {
        complete = false;
        parser.pause();
      }
    },
    onclosetag(name) {
      if (hidden === 0) separate(name);
      if (hides.pop() === true) hidden--;
      if (head >= hides.length) head = -1;
    },
    ontext(data) {
      if (hidden === 0) line.push(data);
    },
  }, { decodeEntities: true });

  function separate(name: string): void {
    if (BLOCKS.has(name)) breakLine();
    else if (name === "td" || name === "th") line.push(" ");
  }

  parser.write(html);
  if (complete) parser.end();
  breakLine();
  const text = tags ? lines.map((one) => one.replace(/[^\S\uFEFF]+/g, " ")) : lines;
  return { text: tidy(text.join("\n")), complete };
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

function isHidden(name: string, attributes: Record<string, string>): boolean {
  if (Object.hasOwn(attributes, "hidden")) return true;
  if (name === "dialog" && !Object.hasOwn(attributes, "open")) return true;
  const style = attributes["style"];
  if (style === undefined) return false;
  let display = "";
  let visibility = "";
  for (const declaration of style.toLowerCase().split(";")) {
    const colon = declaration.indexOf(":");
    if (colon < 0) continue;
    const property = declaration.slice(0, colon).trim();
    const value = declaration.slice(colon + 1).replace("!important", "").trim();
    // As in a browser the last declaration wins: a text shown after all must not be missed.
    if (property === "display") display = value;
    else if (property === "visibility") visibility = value;
  }
  return display === "none" || visibility === "hidden" || visibility === "collapse";
}
