/**
 * A licence region of Bitrix24. Codes, hosts and data centres come from Bitrix24's own product: the status
 * panel in its chat asks one of two hosts for `json_status.php?reg=<code>`, with the licence code of the
 * portal. This code sometimes differs from the ending of the portal's address.
 */
export interface Region {
  /** Name in the database and on screens, in lower case: the ending if it is one word, else the code. */
  readonly name: string;
  /** The value of the parameter `reg`. */
  readonly code: string;
  /** The ending of the portals' addresses; null when it equals the code. */
  readonly ending: string | null;
  /** The status host: `status.bitrix24.<host>`. */
  readonly host: "ru" | "com";
  /** Location of the portals; null when not known. */
  readonly dataCentre: "CIS" | "US" | "EU" | null;
  /** Whether Bitrix24 lists this code. To other codes the host may always answer "operational". */
  readonly isListed: boolean;
}

/** All regions of Bitrix24's own list. */
export const REGIONS_LISTED: readonly Region[] = [
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

/** Listed regions by name, code and ending. */
const BY_WORD: ReadonlyMap<string, Region> = new Map(
  REGIONS_LISTED.flatMap((it) => wordsOf(it).map((word) => [word, it] as const)),
);

/**
 * The region for a code, an ending or an address without a portal: `kz`, `.com`, `com.br`,
 * `bitrix24.com.br`. Another word of two to four letters gives an unlisted region; anything else null.
 */
export function regionOf(text: string): Region | null {
  const word = text.trim().toLowerCase().replace(/^\*?\./, "").replace(/^bitrix24\./, "");
  const known = BY_WORD.get(word);
  if (known) return known;
  return /^[a-z]{2,4}$/.test(word) ? { ...entry(word, "com", null), isListed: false } : null;
}

/** The name of the listed region that a text names; other texts unchanged. */
export function regionName(text: string): string {
  return BY_WORD.get(text.trim().toLowerCase())?.name ?? text;
}

/** Order of names of regions: as Bitrix24 lists them, those of a data centre side by side; others last. */
export function byRegion(one: string, other: string): number {
  const [first, second] = [one, other].map((name) => {
    const index = REGIONS_LISTED.findIndex((it) => it.name === name);
    return index < 0 ? REGIONS_LISTED.length : index;
  }) as [number, number];
  return first - second || (one < other ? -1 : one > other ? 1 : 0);
}

/** All names that rows of the database may have for a region: its name, its code, its ending. */
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
