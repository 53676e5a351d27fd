import { isBad, type LinkEvidence, type PortalSight } from "./evidence.ts";
import { readPortal } from "./portal.ts";

/** Time from which on an answer of a living portal is slow, in milliseconds; most take 500 ms. */
export const SLOW_MS = 1_500;

/** The parts of an HTTP answer that {@linkcode outcomeOf} judges by. */
export interface PortalAnswer {
  readonly status: number;
  readonly location: string | null;
  readonly contentType: string;
  /** The body; only its beginning when `isWhole` is false. */
  readonly text: string;
  readonly isWhole: boolean;
}

/** The result of one question to a portal; the fields are those of PortalEvidence. */
export interface Outcome {
  readonly sight: PortalSight;
  readonly detail: string;
  readonly renamedTo: string | null;
  /** Duration of the question; null when none was asked. */
  readonly ms: number | null;
}

/**
 * Errors of Bitrix24's REST by what they tell of a portal; other errors come from a living portal.
 */
const BY_ERROR: Readonly<Record<string, PortalSight>> = {
  PORTAL_DELETED: "closed",
  INTERNAL_SERVER_ERROR: "ill",
  ERROR_UNEXPECTED_ANSWER: "ill",
  ERROR_CORE: "ill",
  QUERY_LIMIT_EXCEEDED: "limits",
  OVERLOAD_LIMIT: "limits",
  OPERATION_TIME_LIMIT: "limits",
  ACCESS_DENIED: "limits",
};

/**
 * Whether a host may be probed: a portal at one of Bitrix24's own domains, or a host at or below
 * one of the domains in the settings.
 */
export function mayBeAsked(host: string, domains: readonly string[]): boolean {
  const portal = readPortal(host);
  if (portal.kind === "wrong" || portal.address !== host) return false;
  return portal.region !== null ||
    domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}

/** What an answer to `/rest/server.time.json` says of a portal (shared/status-feed.md, section 6). */
export function outcomeOf(
  address: string,
  answer: PortalAnswer,
  ms: number,
  domains: readonly string[],
): Outcome {
  const { status, location, isWhole } = answer;
  const error = isWhole ? errorIn(answer.text) : null;
  const known = /^\w{1,40}$/.test(error ?? "") ? ` ${error}` : "";
  const is = (sight: PortalSight, more = "", renamedTo: string | null = null): Outcome => ({
    sight,
    detail: `HTTP ${status}${more}`,
    renamedTo,
    ms,
  });
  if (error !== null) {
    const sight = BY_ERROR[error.toUpperCase()] ?? "alive";
    return is(sight === "alive" && ms >= SLOW_MS ? "slow" : sight, known);
  }
  const target = location === null ? null : newName(address, location, domains);
  if ([301, 302, 303, 307, 308].includes(status)) {
    return target === null
      ? is("unasked", ", a redirect to no portal")
      : is("renamed", ", a redirect to another portal", target);
  }
  if (status === 404 && isHtml(answer)) return is("none");
  if (status >= 500) return is("5xx");
  return is("unasked", isWhole ? ", not understood" : ", longer than an answer may be");
}

/**
 * The result of two questions. A portal counts as missing or closed only when both answers say so,
 * so that one wrong answer of a gateway does not end the watch of a living portal.
 */
export function outcomeOfTwo(first: Outcome, second: Outcome): Outcome {
  const isSame = first.sight === second.sight;
  const isFinal = second.sight === "none" || second.sight === "closed";
  return {
    ...second,
    sight: isFinal && !isSame ? "unasked" : second.sight,
    detail: first.detail === second.detail
      ? second.detail
      : `${first.detail}, then ${second.detail}`,
  };
}

/** Whether an outcome wants a second question before it is believed. */
export function wantsRepeat({ sight, ms }: Outcome): boolean {
  return isBad(sight) || sight === "none" || sight === "closed" ||
    (sight === "unasked" && ms !== null);
}

/** The string `error` of a JSON object; null for anything else. */
function errorIn(text: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "error")) return null;
  const { error } = value as { error: unknown };
  return typeof error === "string" && !Array.isArray(value) ? error : null;
}

/** The name of another portal in the same zone that a redirect leads to; null for any other target. */
function newName(address: string, location: string, domains: readonly string[]): string | null {
  const host = URL.parse(location, `https://${address}/`)?.hostname.replace(/\.$/, "") ?? "";
  if (host === address || !mayBeAsked(host, domains)) return null;
  const [from, to] = [readPortal(address), readPortal(host)];
  const zones = [from, to].map((it) => it.kind === "portal" ? it.region : null);
  // Portals never leave their zone; a domain of its own is in none.
  return zones.includes(null) || zones[0] === zones[1] ? host : null;
}

function isHtml({ contentType, text }: PortalAnswer): boolean {
  return /^text\/html\b/i.test(contentType.trim()) || /^\s*</.test(text);
}

/** Age of Telegram's latest answer up to which it is a witness, in milliseconds; a long poll takes 30 s. */
const TELEGRAM_MS = 60_000;
/** Tolerance for a time in the future, after a small correction of the clock. */
const CLOCK_TOLERANCE_MS = 5_000;

/** How good the own link is, by what its two witnesses say. */
export function linkOf(
  vendor: LinkEvidence["vendor"],
  { at, telegramAt, now }: { at: number; telegramAt: number | null; now: number },
): LinkEvidence {
  const age = telegramAt === null ? Infinity : now - telegramAt;
  const hasTelegram = age <= TELEGRAM_MS && age >= -CLOCK_TOLERANCE_MS;
  return { sight: vendor.isThere ? "good" : hasTelegram ? "half" : "dead", telegramAt, vendor, at };
}
