/**
 * A licence region of Bitrix24. Codes, hosts and data centres are those of Bitrix24's own product: its
 * chat's panel asks `json_status.php?reg=<code>` of one of two hosts, by the portal's licence code,
 * which is not always the ending of the portal's address.
 */
export interface Region {
  /** What is stored and shown, lower case: the ending where that differs from the code and is one word. */
  readonly name: string;
  /** What the product sends as `reg`. */
  readonly code: string;
  /** The ending of the portals' addresses where it is not the code; null where it is. */
  readonly ending: string | null;
  /** The status host: `status.bitrix24.<host>`. */
  readonly host: "ru" | "com";
  /** Where the portals are; null where that is not known. */
  readonly dataCentre: "CIS" | "US" | "EU" | null;
  /** Whether Bitrix24's own list has this code. What the host answers to another may be green. */
  readonly isListed: boolean;
}

const LISTED: readonly Region[] = [
  ...listed("ru", "CIS", "ru by kz uz"),
  ...listed("ru", null, "kg am az ge"),
  { ...entry("com", "com", "US"), code: "en", ending: "com" },
  ...listed("com", "US", "in co mx cn vn jp id"),
  { ...entry("es", "com", "US"), code: "la", ending: "es" },
  { ...entry("br", "com", "US"), ending: "com.br" },
  ...listed("com", "EU", "eu de uk pl fr it"),
  { ...entry("tr", "com", "EU"), ending: "com.tr" },
  ...listed("com", "EU", "ae"),
  ...listed("com", null, "ua"),
];

/** By everything that one may be called. */
const BY_WORD: ReadonlyMap<string, Region> = new Map(
  LISTED.flatMap((it) => wordsOf(it).map((word) => [word, it] as const)),
);

/**
 * The region that a code, an ending or an address without a portal names: `kz`, `.com`, `com.br`,
 * `bitrix24.com.br`. A word of two to four letters that Bitrix24's list lacks is a region that is not
 * listed. Null for anything else.
 */
export function regionOf(text: string): Region | null {
  const word = text.trim().toLowerCase().replace(/^\*?\./, "").replace(/^bitrix24\./, "");
  const known = BY_WORD.get(word);
  if (known) return known;
  return /^[a-z]{2,4}$/.test(word) ? { ...entry(word, "com", null), isListed: false } : null;
}

/** The name under which a region is stored and shown; what names none stays as it is. */
export function regionName(text: string): string {
  return BY_WORD.get(text.trim().toLowerCase())?.name ?? text;
}

/** All that rows of the database may call a region: its name, its code, its ending. */
export function regionAliases(name: string): string[] {
  const region = BY_WORD.get(name);
  return region ? wordsOf(region) : [name];
}

function wordsOf({ name, code, ending }: Region): string[] {
  return [...new Set([name, code, ...(ending === null ? [] : [ending])])];
}

function listed(host: Region["host"], dataCentre: Region["dataCentre"], codes: string): Region[] {
  return codes.split(" ").map((code) => entry(code, host, dataCentre));
}

function entry(name: string, host: Region["host"], dataCentre: Region["dataCentre"]): Region {
  return { name, code: name, ending: null, host, dataCentre, isListed: true };
}
