import type { Kind } from "./html_elements.ts";
import { type Sight, worse } from "./html_style.ts";

/** Real pages nest a few dozen levels; each search takes time by this. */
const MAX_DEPTH = 128;

/** What becomes of a document. */
export interface Sink {
  /** Text, and whether it is seen. */
  text(data: string, sight: Sight): void;
  /** An element begins or ends, a block or not. */
  edge(name: string, isBlock: boolean, sight: Sight): void;
  /** Nesting is too deep to go on; the tokenizer is to be paused. */
  tooDeep(): void;
}

/** An element whose end has not come. */
export interface OpenElement {
  readonly name: string;
  readonly kind: Kind;
  /** Whether text in it is seen. */
  readonly sight: Sight;
  /** Whether it is this element that hides, surely or perhaps. */
  readonly hides: boolean;
  /** Belongs to a drawing or a formula. */
  readonly foreign: boolean;
  /** Has a style of its own, by which it may begin and end a line. */
  readonly isStyled: boolean;
}

/**
 * HTML's "stack of open elements". `doubt` is called where a browser may have other elements open, and
 * that decides what is seen.
 */
export class OpenElements {
  readonly #sink: Sink;
  readonly #doubt: () => void;
  readonly #stack: OpenElement[] = [];
  /** Formatting elements closed by somebody else's tag; a browser opens them again. */
  readonly #ghosts = new Set<string>();
  /** Details whose one summary was there. */
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

  /** Whether text is seen here. */
  get sight(): Sight {
    return this.top?.sight ?? "seen";
  }

  /** Whether a list to choose from is open. */
  get hasSelect(): boolean {
    return this.#selects > 0;
  }

  /** Whether any of it is open, with or without a list around: browsers differ in what it may hold. */
  get hasOptions(): boolean {
    return this.#selects + this.#options > 0;
  }

  /** As {@linkcode sight}, for an element that begins here: of closed details the summary is shown. */
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

  /** Closes all from `index` on; nothing when it is negative. `isOwn`: by that one's own end tag. */
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

  /** What the start tag of an element ends that nobody ended. */
  closeBefore(name: string, kind: Kind): void {
    if (kind.endsParagraph) {
      // Before a table only where the document type is a modern one.
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
      // Parts of a ruby end one another.
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

  /** Closes what a part of a table cannot be in, up to one of `around`; false outside of tables. */
  clearTo(around: readonly string[]): boolean {
    const table = this.#findInTable("table");
    if (table < 0) return false;
    let index = this.depth - 1;
    while (index > table && !around.includes(this.#stack[index]?.name ?? "")) index--;
    if (index < this.depth - 1) this.closeAt(index + 1);
    return true;
  }

  /** An end tag of no formatting element and no form; false when it closes nothing. */
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

  /** Takes the form off the stack and leaves what is open in it. */
  endForm(): void {
    const index = this.#find("form");
    if (index < 0) return;
    while (this.top?.kind.isImplied) this.closeAt(this.depth - 1);
    if (index === this.depth - 1 && this.#ghosts.size === 0) return this.closeAt(index);
    this.#doubt(); // its line ends where they do
    this.#stack.splice(index, 1);
  }

  /** The "adoption agency": the element goes, blocks that are open in it stay. */
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

  /** The index of an open element that an end tag may reach; -1 for none. */
  #find(name: string, ...borders: readonly string[]): number {
    for (let index = this.depth - 1; index >= 0; index--) {
      const open = this.#stack[index];
      if (open === undefined || open.foreign) return -1;
      if (open.name === name) return index;
      if (open.kind.isScope || borders.includes(open.name)) return -1;
    }
    return -1;
  }

  /** As {@linkcode #find}, for parts of tables: only another table stops it. */
  #findInTable(name: string): number {
    for (let index = this.depth - 1; index >= 0; index--) {
      const open = this.#stack[index]?.name;
      if (open === name) return index;
      if (open === "table" || open === "template") return -1;
    }
    return -1;
  }
}
