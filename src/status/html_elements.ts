/** Properties of an element by its name: from HTML's parsing rules and a browser's style sheet. */
export interface Kind {
  /** Element without content, such as br. */
  readonly isVoid: boolean;
  /** "Special" element of the standard: end tags of ordinary elements do not close it. */
  readonly isSpecial: boolean;
  /** Its end tag closes it together with all elements that are open inside. */
  readonly isClosedByName: boolean;
  /** Its start tag closes an open paragraph. */
  readonly endsParagraph: boolean;
  /** "Formatting" element of the standard: reopened after another element's end tag has closed it. */
  readonly isFormatting: boolean;
  /** "Marker" of the standard: formatting elements from outside are not reopened within it. */
  readonly isMarker: boolean;
  readonly isHeading: boolean;
  /** Limit of the standard's "scope": searches for open elements stop at it. */
  readonly isScope: boolean;
  /** Its end tag may be missing: end tags of elements around it close it. */
  readonly isImplied: boolean;
  /** Text directly in it is moved before the table ("foster parenting"). */
  readonly fosters: boolean;
  /** For parts of a table, the elements one of which must be open around it; null for others. */
  readonly tableContext: readonly string[] | null;
  /** Its content is plain text without tags, such as script. */
  readonly isRaw: boolean;
  /** Its start tag ends an open svg or math element. */
  readonly endsForeign: boolean;
  /** Begins and ends a line. */
  readonly isBlock: boolean;
  /** Visibility of the content in a browser with scripts; `perhaps`: only in part or in some states. */
  readonly sight: "seen" | "perhaps" | "unseen";
}

/** Elements of an svg whose text is not drawn at their place. */
export const UNDRAWN = words("title desc metadata defs symbol style script");

/** Elements of svg and math inside of which HTML's own rules apply again. */
export const INTEGRATION = words("foreignobject desc title mi mo mn ms mtext annotation-xml");

// https://html.spec.whatwg.org/multipage/parsing.html and …/rendering.html
const VOID = words(
  "area base basefont bgsound br col embed frame hr img image input keygen link meta param source " +
    "track wbr",
);
const CLOSED_BY_NAME = words(
  "address applet article aside blockquote button center dd details dialog dir div dl dt fieldset " +
    "figcaption figure footer header hgroup listing main marquee menu nav object ol pre search " +
    "section select summary ul",
);
const SPECIAL = words(
  "address applet article aside blockquote button caption center colgroup dd details dir div dl dt " +
    "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup iframe li listing main " +
    "marquee menu nav noembed noframes noscript object ol p plaintext pre script search section " +
    "select style summary table tbody td template textarea tfoot th thead title tr ul xmp",
);
const ENDS_PARAGRAPH = words(
  "address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption " +
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p plaintext " +
    "pre search section summary table ul xmp",
);
const BLOCKS = words(
  "address article aside blockquote br caption center dd details dialog dir div dl dt fieldset " +
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu " +
    "nav ol optgroup option p plaintext pre search section select summary table tbody textarea " +
    "tfoot thead tr ul xmp",
);
const FORMATTING = words("a b big code em font i nobr s small strike strong tt u");
const HEADINGS = words("h1 h2 h3 h4 h5 h6");
const IMPLIED = words("dd dt li optgroup option p rb rp rt rtc");
const SCOPES = words("applet caption marquee object table td template th");
const MARKERS = words("applet caption marquee object td th");
const FOSTERING = words("table tbody thead tfoot tr colgroup");
const RAW = words("iframe noembed noframes noscript plaintext script style textarea title xmp");
const ENDS_FOREIGN = words(
  "b big blockquote body br center code dd div dl dt em embed font h1 h2 h3 h4 h5 h6 head hr i img " +
    "li listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var",
);
const UNSEEN = words(
  "script style template noscript title iframe embed audio video canvas datalist noembed noframes rp",
);
const PERHAPS_SEEN = words("object select optgroup option textarea progress meter");
const TABLE_CONTEXT: Readonly<Record<string, readonly string[]>> = {
  caption: ["table"],
  colgroup: ["table"],
  tbody: ["table"],
  thead: ["table"],
  tfoot: ["table"],
  col: ["colgroup"],
  tr: ["tbody", "thead", "tfoot"],
  td: ["tr"],
  th: ["tr"],
};

const KINDS: ReadonlyMap<string, Kind> = new Map(
  [...VOID, ...SPECIAL, ...ENDS_PARAGRAPH, ...BLOCKS, ...FORMATTING, ...IMPLIED, ...ENDS_FOREIGN]
    .concat([...UNSEEN, ...PERHAPS_SEEN, "dialog"]).map((name) => [name, kindCalled(name)]),
);
const ORDINARY = kindCalled("");

/** The properties of an element by its name in lower case. */
export function kindOf(name: string): Kind {
  return KINDS.get(name) ?? ORDINARY;
}

function kindCalled(name: string): Kind {
  return {
    isVoid: VOID.has(name),
    isSpecial: SPECIAL.has(name),
    isClosedByName: CLOSED_BY_NAME.has(name),
    endsParagraph: ENDS_PARAGRAPH.has(name),
    isFormatting: FORMATTING.has(name),
    isMarker: MARKERS.has(name),
    isHeading: HEADINGS.has(name),
    isScope: SCOPES.has(name),
    isImplied: IMPLIED.has(name),
    fosters: FOSTERING.has(name),
    tableContext: TABLE_CONTEXT[name] ?? null,
    isRaw: RAW.has(name),
    endsForeign: ENDS_FOREIGN.has(name),
    isBlock: BLOCKS.has(name),
    sight: UNSEEN.has(name) ? "unseen" : PERHAPS_SEEN.has(name) ? "perhaps" : "seen",
  };
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}

/** Position of the end tag of a noscript element whose content begins at `from`; the page's end for none. */
export function endOfNoscript(html: string, from: number): number {
  const pattern = /<\/noscript[\s/>]/gi;
  pattern.lastIndex = from;
  return pattern.exec(html)?.index ?? html.length;
}
