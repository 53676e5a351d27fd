/** So many rules for one name are looked through; no page has more. */
const MAX_RULES = 50;

/** What takes an element, or what is in it, out of sight. */
const HIDES =
  /display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden|(?:opacity|font-size|(?:max-)?(?:height|width))\s*:\s*[0.]+(?:px|%|em)?\s*(?:[;!]|$)|text-indent\s*:\s*-|clip(?:-path)?\s*:|color\s*:\s*transparent|left\s*:\s*-\d{3}|top\s*:\s*-\d{3}/i;

interface Rule {
  readonly tag: string;
  /** As they are written, with "." or "#" before the name. */
  readonly marks: readonly string[];
}

/** The rules of a page's own style sheets by which elements may be hidden. */
export class StyleSheet {
  /** By the first mark of the rule, or else by the tag. */
  readonly #rules = new Map<string, Rule[]>();

  /** Reads what stands in `<style>` anywhere in the page, in time linear in its length. */
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

  /** Whether some rule might hide the element; what stands around it is not looked at. */
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

  /** The last part alone decides: whom the others stand for cannot be told without the tree. */
  #add(selector: string): void {
    const last = selector.trim().split(/[\s>+~]+/).at(-1) ?? "";
    // Attributes such as [hidden] say it themselves; "::before" is no text of the page.
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
