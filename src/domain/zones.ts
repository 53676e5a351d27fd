/** The zones of Russia, from the west to the east: one for each time that clocks show there. */
const RUSSIAN = [
  "Europe/Kaliningrad",
  "Europe/Moscow",
  "Europe/Samara",
  "Asia/Yekaterinburg",
  "Asia/Omsk",
  "Asia/Krasnoyarsk",
  "Asia/Irkutsk",
  "Asia/Yakutsk",
  "Asia/Vladivostok",
  "Asia/Magadan",
  "Asia/Kamchatka",
];

/** Zones in which people of a region probably live, by the region's name. */
const ZONES_OF: Readonly<Record<string, readonly string[]>> = {
  ru: RUSSIAN,
  by: ["Europe/Minsk"],
  kz: ["Asia/Almaty"],
  uz: ["Asia/Tashkent"],
  kg: ["Asia/Bishkek"],
  am: ["Asia/Yerevan"],
  az: ["Asia/Baku"],
  ge: ["Asia/Tbilisi"],
  com: ["America/New_York", "America/Chicago", "America/Los_Angeles"],
  in: ["Asia/Calcutta"],
  co: ["America/Bogota"],
  mx: ["America/Mexico_City"],
  cn: ["Asia/Shanghai"],
  vn: ["Asia/Saigon"],
  jp: ["Asia/Tokyo"],
  id: ["Asia/Jakarta"],
  es: ["Europe/Madrid", "America/Bogota", "America/Buenos_Aires"],
  br: ["America/Sao_Paulo"],
  eu: ["Europe/Berlin", "Europe/Athens"],
  de: ["Europe/Berlin"],
  uk: ["Europe/London"],
  pl: ["Europe/Warsaw"],
  fr: ["Europe/Paris"],
  it: ["Europe/Rome"],
  tr: ["Europe/Istanbul"],
  ae: ["Asia/Dubai"],
  ua: ["Europe/Kiev"],
};

/** All zones that the buttons may offer. */
export const ZONES: readonly string[] = [...new Set(Object.values(ZONES_OF).flat())];

/** Zones to choose from: those of these regions first, then `usual`, then Russia's. */
export function zonesFor(regions: readonly string[], usual: string): string[] {
  const own = regions.filter((it) => it !== "ru").flatMap((it) => ZONES_OF[it] ?? []);
  return [...new Set([...own.slice(0, MOST_OF_REGIONS), usual, ...RUSSIAN])];
}

const MOST_OF_REGIONS = 12;

const MSK_MINUTES = 180;
/** No clock on Earth is further from UTC. */
const LEAST_OFFSET = -12 * 60;
const MOST_OFFSET = 14 * 60;

/**
 * The zone that somebody names: `Asia/Almaty`, `МСК+2`, `UTC+5`, `+5`, `-3:30`. Null for anything else:
 * a zone is never guessed.
 */
export function zoneNamed(text: string): string | null {
  const word = text.trim().replace(/[\u2010-\u2015\u2212]/gu, "-");
  const named = /^[a-z_]+(?:\/[a-z0-9_+-]+){1,2}$/i.test(word) ? resolved(word) : null;
  if (named !== null) return named;
  const match = /^(мск|msk|utc|gmt)?(?: ?([+-]) ?(\d{1,2})(?::?(\d\d))?)?$/iu.exec(word);
  if (!match || word === "") return null;
  const [, base, sign, hours, minutes = "00"] = match;
  const isMoscow = base !== undefined && /^[мm]/iu.test(base);
  if (sign === undefined) return isMoscow ? "Europe/Moscow" : "UTC";
  if (Number(minutes) % 15 !== 0 || Number(minutes) > 45) return null;
  const offset = (isMoscow ? MSK_MINUTES : 0) +
    (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  return offset < LEAST_OFFSET || offset > MOST_OFFSET ? null : fixedZone(offset);
}

/** A zone whose clock is always so many minutes before UTC's; the form is ECMA-402's. */
function fixedZone(offset: number): string {
  if (offset === 0) return "UTC";
  const two = (it: number) => String(it).padStart(2, "0");
  const size = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function resolved(zone: string): string | null {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** How far a zone's clock is from UTC's: `UTC+5`, `UTC-3:30`, `UTC`. */
export function offsetName(zone: string, at: number): string {
  const part = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" })
    .formatToParts(at).find((it) => it.type === "timeZoneName")?.value ?? "";
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(part) ?? [];
  if (sign === undefined) return "UTC";
  return `UTC${sign}${Number(hours)}${minutes === "00" ? "" : `:${minutes}`}`;
}
