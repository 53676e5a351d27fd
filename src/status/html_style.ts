/** Whether a browser draws a text; `perhaps` where only a browser could tell. */
export type Sight = "seen" | "perhaps" | "unseen";

/** The less that is seen, of two. */
export function worse(a: Sight, b: Sight): Sight {
  if (a === "unseen" || b === "unseen") return "unseen";
  return a === "perhaps" || b === "perhaps" ? "perhaps" : "seen";
}

/** What an element's attributes say of whether its content is seen. */
export interface Visibility {
  /** How much of the content is seen, as far as the attributes decide it. */
  readonly sight: Sight;
  /** False when a browser may judge otherwise. */
  readonly certain: boolean;
}

/** Declarations by which text is there and yet is hardly seen. */
const HARDLY_SEEN =
  /^(?:opacity:[0.%]+|font-size:0|text-indent:-|(?:left|top|right|bottom|margin|margin-left|margin-top):-\d{3}|clip(?:-path)?:|(?:max-)?(?:height|width):0|color:transparent|content-visibility:|transform:|filter:|-webkit-text-fill-color:)/;

/**
 * Judges by the style attribute. `byDefault`: a browser hides the element unless its style says
 * otherwise. `around`: nothing around it is seen. Takes time linear in the attribute.
 */
export function judgeStyle(
  style: string,
  { byDefault, around }: { byDefault: boolean; around: boolean },
): Visibility {
  const hidden = byDefault ? "unseen" : "seen";
  const text = style.toLowerCase();
  // Escapes, comments, functions and strings may hold anything, or spell a name in another way.
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
    // Which of two is valid, and wins, is a browser's business; the last one is our guess.
    if (values.has(property) || property === "all") certain = false;
    values.set(property, value);
  }
  const display = values.get("display");
  const visibility = values.get("visibility");
  if (byDefault && display !== undefined && display !== "none") certain = false;
  const hides = visibility === "hidden" || visibility === "collapse";
  if (around && visibility !== undefined && !hides) certain = false;
  if (display === "none" || hides) return { sight: "unseen", certain };
  return { sight: hidden === "seen" && hardly ? "perhaps" : hidden, certain };
}
