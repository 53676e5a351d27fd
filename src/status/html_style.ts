import { type Kind, UNDRAWN } from "./html_elements.ts";
import type { StyleSheet } from "./html_sheet.ts";

/**
 * Visibility of a text in a browser. `hardly`: a style may hide it, so good news there does not count.
 * `perhaps`: unknown, so the text is not used at all.
 */
export type Sight = typeof SIGHTS[number];

const SIGHTS = ["seen", "hardly", "perhaps", "unseen"] as const;

/** The lower one of two visibilities. */
export function worse(a: Sight, b: Sight): Sight {
  if (a === b || b === "seen") return a;
  return SIGHTS.indexOf(a) > SIGHTS.indexOf(b) ? a : b;
}

/** The start tag of an element. */
export interface StartTag {
  readonly name: string;
  readonly kind: Kind;
  /**
   * Whether the element is svg or math or lies inside one. HTML within foreignObject and the like
   * counts too; the result is then marked as doubtful.
   */
  readonly foreign: boolean;
  readonly attributes: ReadonlyMap<string, string>;
  /** Visibility of the element around it. */
  readonly around: Sight;
}

/** Visibility of an element's content; `certain` is false where browsers may differ. */
export interface Visibility {
  readonly sight: Sight;
  readonly certain: boolean;
}

/** Visibility of an element's content by its name, its attributes and the page's style sheets. */
export function judge(tag: StartTag, sheet: StyleSheet): Visibility {
  const { name, kind, foreign, attributes, around } = tag;
  const has = (attribute: string) => attributes.size > 0 && attributes.has(attribute);
  const isClosed = (name === "dialog" || name === "details") && !foreign && !has("open");
  const byDefault = foreign
    ? UNDRAWN.has(name)
    : kind.sight === "unseen" || (name === "dialog" && isClosed) || has("hidden") || has("popover");
  const perhaps = foreign || kind.sight === "perhaps" || isClosed ? "perhaps" : "seen";
  const mayHide = !sheet.isEmpty &&
    sheet.mayHide(name, attributes.get("id") ?? "", attributes.get("class") ?? "");
  const least = worse(perhaps, mayHide ? "hardly" : "seen");
  const style = has("style") ? attributes.get("style") : undefined;
  if (style === undefined) return { sight: byDefault ? "unseen" : least, certain: true };
  const { sight, certain } = judgeStyle(style, { byDefault, around: around === "unseen" });
  return { sight: worse(sight, least), certain };
}

/** Declarations that make text present but hardly visible. */
const HARDLY_SEEN =
  /^(?:opacity:[0.%]+|font-size:0|text-indent:-|(?:left|top|right|bottom|margin|margin-left|margin-top):-\d{3}|clip(?:-path)?:|(?:max-)?(?:height|width):0|color:transparent|content-visibility:|transform:|filter:|-webkit-text-fill-color:)/;

/**
 * Judges by the style attribute, in time linear in its length. `byDefault`: a browser hides this element
 * unless its style shows it. `around`: the elements around it are hidden.
 */
function judgeStyle(
  style: string,
  { byDefault, around }: { byDefault: boolean; around: boolean },
): Visibility {
  const hidden = byDefault ? "unseen" : "seen";
  const text = style.toLowerCase();
  // Escapes and comments may disguise any declaration. Strings and brackets may only swallow one,
  // which matters where it is `display` or `visibility`.
  let certain = !/\\|\/\*/.test(text) &&
    !(/display|visibility/.test(text) && /["'(){}\[\]]/.test(text));
  const values = new Map<string, string>();
  let hardly = false;
  for (const declaration of text.split(";")) {
    const colon = declaration.indexOf(":");
    if (colon < 0) continue;
    const property = declaration.slice(0, colon).trim();
    const value = declaration.slice(colon + 1).replace(/!\s*important\s*$/, "").trim();
    if (HARDLY_SEEN.test(`${property}:${value}`)) hardly = true;
    if (property !== "display" && property !== "visibility" && property !== "all") continue;
    // Of two declarations the last valid one wins; validity is not checked here.
    if (values.has(property) || property === "all") certain = false;
    values.set(property, value);
  }
  const display = values.get("display");
  const visibility = values.get("visibility");
  if (byDefault && display !== undefined && display !== "none") certain = false;
  const hides = visibility === "hidden" || visibility === "collapse";
  if (around && visibility !== undefined && !hides) certain = false;
  if (display === "none" || hides) return { sight: "unseen", certain };
  return { sight: hidden === "seen" && hardly ? "hardly" : hidden, certain };
}
