// What a person sees of a page, by parse5: the whole tree of HTML's own rules, with scripts on.
import { type DefaultTreeAdapterTypes, html, parse } from "parse5";

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** Two readings of one page. */
export interface Seen {
  /** What is drawn without doubt. */
  readonly surely: string;
  /** That, and what is drawn in some states, such as a list to choose from. */
  readonly perhaps: string;
}

const NEVER = new Set(
  "area audio base basefont canvas datalist embed head iframe link meta noembed noframes noscript param rp script source style template title track video"
    .split(" "),
);
const NOT_DRAWN = new Set("title desc metadata defs symbol style script".split(" "));
const SOMETIMES = new Set(
  "object select optgroup option textarea progress meter svg math".split(" "),
);
const BLOCKS = new Set(
  "address article aside blockquote br center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu nav ol optgroup option p plaintext pre search section summary table tbody tfoot textarea thead tr ul xmp caption"
    .split(" "),
);

/** What people would see of a page. */
export function secondOpinion(page: string): Seen {
  const out = { surely: "", perhaps: "" };
  walk(parse(page, { scriptingEnabled: true }), { drawn: true, visible: true, sure: true }, out);
  return out;
}

/** Whether a text a person reads may be called good news. */
export function textMayBeWell(seen: string): boolean {
  return wordsOf(seen).includes(" все отлично работает ") && !isBadNews(seen);
}

function isBadNews(seen: string): boolean {
  const words = wordsOf(seen);
  return words.includes(" не все отлично работает ") || words.includes("временный сбой");
}

function wordsOf(seen: string): string {
  const text = seen.replace(/[\t-\r\u0085]/g, " ").replace(UNDRAWN, "").normalize("NFC");
  return ` ${text.toLowerCase().replaceAll("ё", "е").split(/[^\p{L}\p{N}]+/u).join(" ")} `;
}

/** As {@linkcode textMayBeWell}, where the text was told without the gaps that are seen. */
export function lettersMayBeWell(told: string): boolean {
  const text = told.replace(UNDRAWN, "").toLowerCase().replaceAll("ё", "е");
  const letters = text.replace(/[^\p{L}]+/gu, "");
  return letters.includes("всеотличноработает") && !letters.includes("временныйсбой") &&
    !/(?<![\p{L}\p{N}])не[^\p{L}\p{N}]+все[^\p{L}\p{N}]+отлично[^\p{L}\p{N}]+работает(?![\p{L}\p{N}])/u
      .test(text);
}

/** Whether good news is drawn without doubt, and nothing else in any state. */
export function isShownWell({ surely, perhaps }: Seen): boolean {
  return textMayBeWell(surely) && !isBadNews(perhaps);
}

const UNDRAWN =
  // deno-lint-ignore no-control-regex
  /[\0-\x1F\x7F-\x9F\p{Cf}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u2800\u3164\uFFA0]/gu;

interface State {
  readonly drawn: boolean;
  readonly visible: boolean;
  readonly sure: boolean;
}

function walk(node: Node, state: State, out: { surely: string; perhaps: string }): void {
  if (node.nodeName === "#text" && "value" in node) {
    if (!state.drawn || !state.visible) return;
    out.perhaps += node.value;
    if (state.sure) out.surely += node.value;
    return;
  }
  if (!("childNodes" in node)) return;
  const isBlock = BLOCKS.has(node.nodeName);
  const isCell = node.nodeName === "td" || node.nodeName === "th";
  if (node.nodeName === "frameset") state = { ...state, drawn: false };
  const inner = "tagName" in node ? stateInside(node, state) : state;
  const gap = (it: State) => {
    if (!(isBlock || isCell) || !it.drawn) return;
    out.perhaps += " ";
    if (it.sure) out.surely += " ";
  };
  gap(inner);
  let isFirstSummary = node.nodeName === "details";
  for (const child of node.childNodes) {
    const opens = isFirstSummary && child.nodeName === "summary";
    walk(child, opens ? { ...inner, sure: state.sure } : inner, out);
    if (opens) isFirstSummary = false;
  }
  gap(inner);
}

function stateInside(element: Element, around: State): State {
  const { tagName } = element;
  const attributes = new Map(element.attrs.map((it) => [it.name, it.value]));
  const isHtml = element.namespaceURI === html.NS.HTML;
  const closedDialog = isHtml && tagName === "dialog" && !attributes.has("open");
  const byDefault = closedDialog ||
    (isHtml && (attributes.has("hidden") || attributes.has("popover"))) ||
    (isHtml ? NEVER.has(tagName) : NOT_DRAWN.has(tagName));
  const style = declared(attributes.get("style") ?? "");
  const display = style.get("display");
  const drawn = around.drawn && display !== "none" && (!byDefault || display !== undefined);
  const visibility = style.get("visibility");
  const visible = visibility === undefined ? around.visible : visibility === "visible";
  const closed = isHtml && tagName === "details" && !attributes.has("open");
  return {
    drawn,
    visible,
    sure: around.sure && isHtml && !closed && !SOMETIMES.has(tagName) && !byDefault,
  };
}

const VALUES = {
  display: /^(?:none|block|inline|flex|grid|contents|inline-block|table|list-item)$/,
  visibility: /^(?:visible|hidden|collapse)$/,
};

/** The valid declarations of what decides here; an important one is not outweighed. */
function declared(style: string): Map<string, string> {
  const values = new Map<string, string>();
  const important = new Set<string>();
  for (const declaration of style.toLowerCase().replace(/\/\*.*?(?:\*\/|$)/gs, "").split(";")) {
    const [, property, value, bang] =
      /^\s*(display|visibility)\s*:\s*([\w-]+)\s*(!\s*important\s*)?$/.exec(declaration) ?? [];
    if (property === undefined || value === undefined) continue;
    if (!VALUES[property as keyof typeof VALUES].test(value)) continue;
    if (important.has(property) && bang === undefined) continue;
    values.set(property, value);
    if (bang !== undefined) important.add(property);
  }
  return values;
}
