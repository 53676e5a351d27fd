/** Limit of rules per name; real pages have fewer. */
const MAX_RULES = 50;

/** Declarations that may hide an element or its content. */
const HIDES =
  /display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden|(?:opacity|font-size|(?:max-)?(?:height|width))\s*:\s*[0.]+(?:px|%|em)?\s*(?:[;!]|$)|text-indent\s*:\s*-|clip(?:-path)?\s*:|color\s*:\s*transparent|left\s*:\s*-\d{3}|top\s*:\s*-\d{3}/i;

interface Rule {
  readonly tag: string;
  /** Classes and ids of the selector, with "." or "#" before the name. */
  readonly marks: readonly string[];
}

/** Rules of a page's own style sheets that may hide elements. */
export class StyleSheet {
  /** Rules by their first class or id, or by their tag. */
  readonly #rules = new Map<string, Rule[]>();

  /** Reads all style elements of a page, in time linear in its length. */
  constructor(html: string) {
    const opening = /<style[\s>]/gi;
    const closing = /<\/style/gi;
    while (opening.exec(html) !== null) {
      closing.lastIndex = opening.lastIndex;
      const end = closing.exec(html)?.index ?? html.length;
      this.#read(html.slice(opening.lastIndex, end));
      opening.lastIndex = end;
    }
  }

  get isEmpty(): boolean {
    return this.#rules.size === 0;
  }

  /** Whether a rule may hide an element, by its own tag, id and classes. */
  mayHide(tag: string, id: string, classes: string): boolean {
    const marks = new Set(classes.split(/\s+/).filter((it) => it).map((it) => `.${it}`));
    if (id) marks.add(`#${id}`);
    return [tag, "*", ...marks].some((key) => {
      const rules = this.#rules.get(key) ?? [];
      return rules.length > MAX_RULES ||
        rules.some((it) =>
          (it.tag === "" || it.tag === tag) && it.marks.every((mark) => marks.has(mark))
        );
    });
  }

  #read(css: string): void {
    for (const block of css.split("}")) {
      const brace = block.lastIndexOf("{");
      if (brace < 0 || !HIDES.test(block.slice(brace + 1))) continue;
      const selectors = block.slice(block.lastIndexOf("{", brace - 1) + 1, brace);
      for (const selector of selectors.split(",")) this.#add(selector.replace(/^[^]*\*\//, ""));
    }
  }

  /** Adds a rule by the last part of its selector; the other parts would need the tree of elements. */
  #add(selector: string): void {
    const last = selector.trim().split(/[\s>+~]+/).at(-1) ?? "";
    // Attributes such as [hidden] are handled elsewhere; pseudo-elements have no text of the page.
    if (/\[|:(?:before|after|:)/.test(last)) return;
    const [plain = ""] = last.split(":");
    const tag = /^[a-z][\w-]*/i.exec(plain)?.[0].toLowerCase() ?? "";
    const marks = plain.match(/[.#][^.#]+/g) ?? [];
    const key = marks[0] ?? (tag || "*");
    const rules = this.#rules.get(key) ?? [];
    if (rules.length <= MAX_RULES) rules.push({ tag, marks });
    this.#rules.set(key, rules);
  }
}
