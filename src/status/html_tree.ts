import type { TokenizerCallbacks } from "htmlparser2";
import { endOfNoscript, INTEGRATION, type Kind, kindOf } from "./html_elements.ts";
import { OpenElements, type Sink } from "./html_open.ts";
import { StyleSheet } from "./html_sheet.ts";
import { judge, type Sight, worse } from "./html_style.ts";

/**
 * Elements that all browsers treat alike in an open select, option or optgroup; any other makes the
 * result uncertain.
 */
const FOR_LISTS = new Set(["option", "optgroup", "script", "template", "select"]);

/** Attributes with an effect on visibility. */
const ATTRIBUTES = new Set(["hidden", "style", "open", "popover"]);
/** Attributes that selectors of a style sheet use. */
const MARKS = new Set(["class", "id"]);

/**
 * Follows HTML's tokens by a browser's rules and reports each text with its visibility. It keeps the stack
 * of open elements instead of a tree. Where a browser would move text, reopen hiding elements, or apply
 * other rules that are missing here, {@linkcode certain} becomes false.
 */
export class HtmlTree implements TokenizerCallbacks {
  readonly #html: string;
  readonly #sink: Sink;
  readonly #open: OpenElements;
  readonly #sheet: StyleSheet;
  readonly #attributes = new Map<string, string>();
  #certain: boolean;
  #name = "";
  #attribute: string | null = null;
  #value = "";
  /** Start of text that is not reported yet; -1 for none. */
  #textStart = -1;
  #textEnd = -1;
  #hasForm = false;
  /** Number of open templates; inside, only their own tags count. */
  #templates = 0;
  #inTemplate = { draws: false, marks: false, hides: false, tables: false };
  /** End of the content of an open noscript element, which is plain text; null for none. */
  #noscriptEnd: number | null = null;
  #scriptStart = 0;

  constructor(html: string, sink: Sink) {
    this.#html = html;
    this.#sink = sink;
    this.#sheet = new StyleSheet(html);
    this.#open = new OpenElements(sink, () => this.#doubt());
    // Browsers drop a NUL in some places and show it in others.
    this.#certain = !html.includes("\0") &&
      !["html", "body"].some((name) => this.#sheet.mayHide(name, "", ""));
  }

  /** Whether a browser shows exactly the text that was reported as visible. */
  get certain(): boolean {
    return this.#certain;
  }

  isInForeignContext(): boolean {
    const { top } = this.#open;
    return top !== undefined && top.foreign && !INTEGRATION.has(top.name);
  }

  onopentagname(start: number, end: number): void {
    this.#name = this.#html.slice(start, end).toLowerCase();
    if (this.#attributes.size > 0) this.#attributes.clear();
  }

  onattribname(start: number, end: number): void {
    const name = this.#html.slice(start, end).toLowerCase();
    const counts = ATTRIBUTES.has(name) || !this.#sheet.isEmpty && MARKS.has(name);
    this.#attribute = counts && !this.#attributes.has(name) ? name : null;
    this.#value = "";
  }

  onattribdata(start: number, end: number): void {
    if (this.#attribute !== null) this.#value += this.#html.slice(start, end);
  }

  onattribentity(code: number): void {
    if (this.#attribute !== null) this.#value += String.fromCodePoint(code);
  }

  onattribend(): void {
    if (this.#attribute !== null) this.#attributes.set(this.#attribute, this.#value);
    this.#attribute = null;
  }

  onopentagend(end: number): void {
    this.#start(this.#name, end, false);
  }

  onselfclosingtag(end: number): void {
    this.#start(this.#name, end, true);
  }

  ontext(start: number, end: number): void {
    // The rest of an unfinished end tag has a start of -1.
    if (start < 0) return;
    if (start !== this.#textEnd) {
      this.#flush();
      this.#textStart = start;
    }
    this.#textEnd = end;
  }

  ontextentity(code: number, end: number): void {
    this.#flush();
    this.#text(String.fromCodePoint(code), end - 1);
  }

  oncdata(start: number, end: number, endOffset: number): void {
    this.#flush();
    if (this.isInForeignContext()) this.#text(this.#html.slice(start, end - endOffset), start);
    // A browser ends this at the first ">".
    else this.#doubt();
  }

  oncomment(start: number): void {
    if (this.#html.startsWith("[CDATA[", start)) this.#doubt();
  }

  ondeclaration(): void {}
  onprocessinginstruction(): void {}

  onend(): void {
    this.#flush();
    if (this.#noscriptEnd !== null && this.#noscriptEnd < this.#html.length) this.#doubt();
  }

  onclosetag(start: number, end: number): void {
    this.#flush();
    const html = this.#html;
    const name = html.slice(start, end).toLowerCase();
    // The tokenizer ends such a tag at the first ">", and treats a control character as a slash.
    const hasQuotes = !html.startsWith(">", end) &&
      /["']/.test(html.slice(end, html.indexOf(">", end)));
    if (hasQuotes || !html.startsWith("</", start - 2)) this.#doubt();
    if (this.#isInNoscript(start, name)) return;
    if (name === "script" && this.#isEscaped(start)) this.#doubt();
    const { top } = this.#open;
    if (this.#templates > 0) {
      if (name === "template" && --this.#templates === 0) this.#open.closeAt(this.#open.depth - 1);
      return;
    }
    if (top?.foreign) {
      if (top.name !== name) this.#doubt();
      return this.#open.closeForeign(name);
    }
    if (this.#open.hasOptions && !["option", "optgroup", "select"].includes(name)) this.#doubt();
    this.#end(name, kindOf(name));
  }

  #doubt(): void {
    this.#certain = false;
  }

  /** Reports the collected text; the tokenizer may pass it one character at a time. */
  #flush(): void {
    const start = this.#textStart;
    this.#textStart = -1;
    if (start >= 0) this.#text(this.#html.slice(start, this.#textEnd), start);
  }

  #text(data: string, at: number): void {
    if (this.#isInNoscript(at, "") || this.#templates > 0) return;
    const { top, sight } = this.#open;
    if (top?.kind.fosters && /\S/.test(data)) this.#doubt();
    this.#sink.text(data, sight);
  }

  #start(name: string, end: number, isClosed: boolean): void {
    this.#flush();
    if (this.#isInNoscript(end, "")) return;
    const { top } = this.#open;
    const kind = kindOf(name);
    if (name === "noscript" && !top?.foreign) this.#noscriptEnd = endOfNoscript(this.#html, end);
    if (name === "script") this.#scriptStart = end;
    if (this.#templates > 0) return this.#startInTemplate(name, kind);
    if (this.#open.hasOptions && !FOR_LISTS.has(name)) this.#doubt();
    if (top?.foreign || name === "svg" || name === "math") {
      const isOdd = top?.foreign && (kind.endsForeign || INTEGRATION.has(top.name)) ||
        ["template", "foreignobject", "annotation-xml"].includes(name);
      if (isOdd) this.#doubt();
      this.#fosters(name);
      this.#push(name, kind, true);
      if (isClosed) this.#open.closeAt(this.#open.depth - 1);
      return;
    }
    this.#startHtml(name, kind);
  }

  /** Handles a start tag in a template, whose content is hidden; a doubt where other rules apply. */
  #startInTemplate(name: string, kind: Kind): void {
    const it = this.#inTemplate;
    if (name === "template") this.#templates++;
    // Within svg and math templates have other rules, and within select some.
    it.draws ||= name === "svg" || name === "math" || name === "select";
    if (it.draws && (kind.isRaw || name === "template")) this.#doubt();
    // A marker that stays open lets formatting elements reach out of the template.
    it.marks ||= kind.isMarker;
    it.hides ||= kind.isFormatting && this.#judge(name, kind, false) !== "seen";
    if (it.marks && it.hides) this.#doubt();
  }

  #startHtml(name: string, kind: Kind): void {
    if (name === "html" || name === "body" || name === "head" || name === "frame") {
      if (name !== "head" && this.#judge(name, kind, false) !== "seen") this.#doubt();
      return this.#sink.edge(name, false, "seen");
    }
    if (name === "frameset") return this.#doubt();
    const { hasSelect } = this.#open;
    // Chromium deviates from the standard here.
    if (name === "marquee" || name === "bgsound") this.#doubt();
    if (kind.tableContext !== null) return this.#startTablePart(name, kind.tableContext);
    this.#fosters(name);
    if (name === "form") {
      if (this.#hasForm) return;
      this.#hasForm = true;
    }
    if (name === "a" || name === "nobr") this.#open.endFormatting(name);
    else this.#open.closeBefore(name, kind);
    if (name === "select" && hasSelect) return; // it ends the one that is open
    if (kind.isVoid) {
      const { sight } = this.#open;
      this.#sink.edge(name, kind.isBlock, worse(this.#judge(name, kind, false), sight));
      if (this.#attributes.has("style")) this.#sink.edge(name, true, "unseen");
      return;
    }
    this.#push(name, kind, false);
    if (name === "template") this.#templates = 1;
  }

  #startTablePart(name: string, context: readonly string[]): void {
    const [parent = ""] = context;
    const around = [...context, ...(kindOf(parent).tableContext ?? [])];
    if (!this.#open.clearTo(around)) return; // outside of tables such tags mean nothing
    if (!context.includes(this.#open.top?.name ?? "")) {
      const attributes = [...this.#attributes];
      this.#attributes.clear();
      this.#startTablePart(parent, kindOf(parent).tableContext ?? []);
      for (const [key, value] of attributes) this.#attributes.set(key, value);
    }
    if (name !== "col") this.#push(name, kindOf(name), false);
  }

  #end(name: string, kind: Kind): void {
    if (kind.isFormatting) this.#open.endFormatting(name);
    else if (name === "form") {
      if (this.#hasForm) this.#open.endForm();
      this.#hasForm = false;
    } else if (!this.#open.end(name, kind) && (name === "p" || name === "br")) {
      // A browser makes an element of these end tags.
      this.#fosters(name);
      this.#sink.edge(name, true, this.#open.sight);
    }
  }

  #push(name: string, kind: Kind, foreign: boolean): void {
    const around = this.#open.sightInside(name);
    const own = this.#judge(name, kind, foreign, around);
    const isStyled = this.#attributes.has("style");
    const sight = worse(own, around);
    this.#open.push({ name, kind, sight, hides: own !== "seen", foreign, isStyled });
  }

  /** Visibility of an element's content by the element itself. */
  #judge(name: string, kind: Kind, foreign: boolean, around: Sight = "seen"): Sight {
    const attributes = this.#attributes;
    const it = judge({ name, kind, foreign, attributes, around }, this.#sheet);
    if (!it.certain) this.#doubt();
    return it.sight;
  }

  /** A doubt where an element is moved before the table, because it is not allowed directly in it. */
  #fosters(name: string): void {
    const isInTable = this.#open.top?.kind.fosters === true;
    if (isInTable && !["script", "style", "template"].includes(name)) this.#doubt();
  }

  /** Whether a position is within the plain text of a noscript element. */
  #isInNoscript(at: number, endTag: string): boolean {
    const end = this.#noscriptEnd;
    if (end === null || at < end) return end !== null;
    this.#noscriptEnd = null;
    if (endTag !== "noscript" || at !== end + 2) this.#doubt();
    return false;
  }

  /** Whether a script has a comment with a script in it, and so ends after its first end tag only. */
  #isEscaped(end: number): boolean {
    const script = this.#html.slice(this.#scriptStart, end);
    this.#scriptStart = end; // a stray end tag after it ends nothing
    const comment = script.indexOf("<!--");
    return comment >= 0 && /<script/i.test(script.slice(comment));
  }
}
