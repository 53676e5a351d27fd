import type { Kind } from "./html_elements.ts";
import { type Sight, worse } from "./html_style.ts";

/** Limit of nesting, which bounds the time of searches; real pages have a few dozen levels. */
const MAX_DEPTH = 128;

/** Receiver of a document's content. */
export interface Sink {
  /** Called for each text with its visibility. */
  text(data: string, sight: Sight): void;
  /** Called at the start and the end of each element. */
  edge(name: string, isBlock: boolean, sight: Sight): void;
  /** Called when the nesting is too deep; the tokenizer must be paused then. */
  tooDeep(): void;
}

/** An open element. */
export interface OpenElement {
  readonly name: string;
  readonly kind: Kind;
  /** Visibility of text in the element. */
  readonly sight: Sight;
  /** Whether the element itself hides text or may do so. */
  readonly hides: boolean;
  /** Whether the element is svg or math or lies inside one, as in {@linkcode StartTag}. */
  readonly foreign: boolean;
  /** Whether the element has a style attribute, by which it may begin and end a line. */
  readonly isStyled: boolean;
}

/**
 * HTML's "stack of open elements". `doubt` is called where a browser may have other elements open than this
 * class, with an effect on visible text.
 */
export class OpenElements {
  readonly #sink: Sink;
  readonly #doubt: () => void;
  readonly #stack: OpenElement[] = [];
  /** Formatting elements that another element's tag has closed; a browser reopens them. */
  readonly #ghosts = new Set<string>();
  /** Details elements that have had their summary. */
  readonly #summed = new WeakSet<OpenElement>();
  #selects = 0;
  #options = 0;

  constructor(sink: Sink, doubt: () => void) {
    this.#sink = sink;
    this.#doubt = doubt;
  }

  get top(): OpenElement | undefined {
    return this.#stack.at(-1);
  }

  get depth(): number {
    return this.#stack.length;
  }

  /** Visibility of text at this point. */
  get sight(): Sight {
    return this.top?.sight ?? "seen";
  }

  /** Whether a select element is open. */
  get hasSelect(): boolean {
    return this.#selects > 0;
  }

  /** Whether a select, an option or an optgroup is open; browsers differ in their allowed content. */
  get hasOptions(): boolean {
    return this.#selects + this.#options > 0;
  }

  /** Visibility for an element that begins here: in closed details, only the summary is visible. */
  sightInside(name: string): Sight {
    const details = this.top;
    if (name !== "summary" || details?.name !== "details" || this.#summed.has(details)) {
      return this.sight;
    }
    this.#summed.add(details);
    const around = this.#stack.at(-2)?.sight ?? "seen";
    return worse(around, details.sight === "unseen" ? "unseen" : "seen");
  }

  push(element: OpenElement): void {
    this.#stack.push(element);
    this.#count(element, 1);
    this.#edge(element);
    if (this.#stack.length > MAX_DEPTH) this.#sink.tooDeep();
  }

  /**
   * Closes the elements from `index` on, none for -1. `isOwn`: the end tag is that of the first
   * one.
   */
  closeAt(index: number, isOwn = false): void {
    while (index >= 0 && this.#stack.length > index) {
      const element = this.#stack.pop();
      if (element === undefined) return;
      const { name, kind, hides, foreign } = element;
      this.#count(element, -1);
      if (kind.isFormatting && !foreign && !(isOwn && this.#stack.length === index)) {
        this.#ghosts.add(name);
        if (hides) this.#doubt();
      }
      this.#edge(element);
    }
  }

  #edge({ name, kind, sight, isStyled }: OpenElement): void {
    this.#sink.edge(name, kind.isBlock, sight);
    if (isStyled) this.#sink.edge(name, true, "unseen");
  }

  #count({ name }: OpenElement, by: number): void {
    if (name === "select") this.#selects += by;
    if (name === "option" || name === "optgroup") this.#options += by;
  }

  closeForeign(name: string): void {
    this.closeAt(this.#stack.findLastIndex((it) => it.name === name));
  }

  /** Closes the elements whose missing end tags a start tag implies. */
  closeBefore(name: string, kind: Kind): void {
    if (kind.endsParagraph) {
      // A table closes a paragraph only in documents with a modern document type.
      if (name === "table" && this.#find("p", "button") >= 0) this.#doubt();
      if (name === "li") this.#closeItem("li", "li");
      if (name === "dd" || name === "dt") this.#closeItem("dd", "dt");
      this.closeAt(this.#find("p", "button"));
      if (kind.isHeading && this.top?.kind.isHeading) this.closeAt(this.depth - 1);
    } else if (name === "button" || name === "select") this.closeAt(this.#find(name));
    else if (kind.isImplied) {
      const isOption = name === "option" || name === "optgroup";
      if (isOption && this.top?.name === "option") this.closeAt(this.depth - 1);
      const isGroup = name === "optgroup" && this.top?.name === "optgroup";
      if (isGroup && this.hasSelect) this.closeAt(this.depth - 1);
      // Start tags of ruby parts close other ruby parts.
      if (!isOption && this.top?.name !== "ruby" && this.#find("ruby") >= 0) this.#doubt();
    }
  }

  #closeItem(name: string, other: string): void {
    for (let index = this.depth - 1; index >= 0; index--) {
      const open = this.#stack[index];
      if (open?.name === name || open?.name === other) return this.closeAt(index);
      if (open?.kind.isSpecial && !["address", "div", "p"].includes(open.name)) return;
    }
  }

  /** Closes elements until one of `around` is innermost, for a part of a table; false outside of tables. */
  clearTo(around: readonly string[]): boolean {
    const table = this.#findInTable("table");
    if (table < 0) return false;
    let index = this.depth - 1;
    while (index > table && !around.includes(this.#stack[index]?.name ?? "")) index--;
    if (index < this.depth - 1) this.closeAt(index + 1);
    return true;
  }

  /** Handles an end tag, except of formatting elements and forms; false when it closes nothing. */
  end(name: string, kind: Kind): boolean {
    const index = this.#target(name, kind);
    this.closeAt(index);
    return index >= 0;
  }

  #target(name: string, kind: Kind): number {
    if (name === "p") return this.#find("p", "button");
    if (name === "li") return this.#find("li", "ol", "ul");
    if (kind.isHeading) {
      const index = this.#stack.findLastIndex((it) => it.kind.isHeading || it.kind.isScope);
      return this.#stack[index]?.kind.isHeading ? index : -1;
    }
    if (kind.isClosedByName) return this.#find(name);
    if (kind.fosters || kind.isScope) return this.#findInTable(name);
    for (let index = this.depth - 1; index >= 0; index--) {
      const open = this.#stack[index];
      if (open?.name === name) return index;
      if (open?.kind.isSpecial) return -1;
    }
    return -1;
  }

  /** Removes the form from the stack and leaves the elements in it open. */
  endForm(): void {
    const index = this.#find("form");
    if (index < 0) return;
    while (this.top?.kind.isImplied) this.closeAt(this.depth - 1);
    if (index === this.depth - 1 && this.#ghosts.size === 0) return this.closeAt(index);
    this.#doubt(); // its line ends where they do
    this.#stack.splice(index, 1);
  }

  /** The standard's "adoption agency": removes a formatting element and leaves open blocks in it. */
  endFormatting(name: string): void {
    if (this.#ghosts.has(name) && this.#stack.some((it) => it.hides)) this.#doubt();
    const index = this.#find(name);
    if (index < 0) return;
    const above = this.#stack.slice(index + 1);
    const block = above.findIndex((it) => it.kind.isSpecial);
    if (block < 0) return this.closeAt(index, true);
    if (this.#stack.slice(index).some((it) => it.hides)) this.#doubt();
    const kept = above.filter((it, at) => at >= block || it.kind.isFormatting);
    this.#stack.splice(index, above.length + 1, ...kept);
  }

  /** Index of an open element within the scope; -1 for none. */
  #find(name: string, ...borders: readonly string[]): number {
    for (let index = this.depth - 1; index >= 0; index--) {
      const open = this.#stack[index];
      if (open === undefined || open.foreign) return -1;
      if (open.name === name) return index;
      if (open.kind.isScope || borders.includes(open.name)) return -1;
    }
    return -1;
  }

  /** Index of an open part of a table, within the innermost table; -1 for none. */
  #findInTable(name: string): number {
    for (let index = this.depth - 1; index >= 0; index--) {
      const open = this.#stack[index]?.name;
      if (open === name) return index;
      if (open === "table" || open === "template") return -1;
    }
    return -1;
  }
}
