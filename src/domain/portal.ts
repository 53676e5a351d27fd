import { REGIONS_LISTED } from "./region.ts";

/** A portal on a chat's list. */
export interface Portal {
  /** The host's name, lower case. */
  readonly address: string;
  /** Name of the region; null while it is unknown, as for a domain of its own. */
  readonly region: string | null;
  /** In milliseconds since the epoch; unique among the chat's portals. */
  readonly addedAt: number;
  readonly isWatched: boolean;
}

/** What somebody wrote as a portal's address. `region` is null for a domain of its own. */
export type PortalText =
  | { readonly kind: "portal"; readonly address: string; readonly region: string | null }
  | { readonly kind: "wrong"; readonly problem: PortalProblem };

export type PortalProblem =
  | "too long"
  | "several words"
  | "not http"
  | "credentials"
  | "port"
  | "letters"
  | "number"
  | "this machine"
  | "incomplete"
  | "site";

/** Longest text that is read as an address: a path may follow the host's name (RFC 1035: 253). */
const MAX_TEXT = 1_000;
const MAX_HOST = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Bitrix24's own sites, which are no portals. */
const SITES = ["www", "status", "helpdesk", "apidocs", "training", "cp", "auth2", "marketplace"];

/**
 * The host in an address that was typed or pasted, and its region by the ending (the endings are
 * listed in domain/region.ts). Path and query are dropped, because they may hold a key.
 */
export function readPortal(argument: string): PortalText {
  const text = argument.trim().replace(/^[<«"'`]+|[>»"'`,;]+$/gu, "").trim();
  if (text.length > MAX_TEXT) return wrong("too long");
  if (/\s/u.test(text)) return wrong("several words");
  const [, scheme, rest = ""] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text) ?? [];
  if (scheme !== undefined && !/^https?$/i.test(scheme)) return wrong("not http");
  if (scheme === undefined && /^[a-z]+:(?!\d+(?:[/?#]|$))/i.test(rest) && !rest.includes("@")) {
    return wrong("not http");
  }
  const [authority = ""] = rest.split(/[/?#\\]/u);
  if (authority.includes("@")) return wrong("credentials");
  if (authority.startsWith("[") || /^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(authority)) {
    return wrong("number");
  }
  const [name = "", port, ...more] = authority.toLowerCase().split(":");
  if (more.length > 0 || (port !== undefined && !/^\d*$/.test(port))) return wrong("letters");
  if (port !== undefined && !["", "80", "443"].includes(port)) return wrong("port");
  return hostOf(name.replace(/\.$/, ""));
}

function hostOf(host: string): PortalText {
  const labels = host.split(".");
  const last = labels.at(-1) ?? "";
  if (host === "localhost" || /\.(?:localhost|local|internal|lan|test)$/.test(host)) {
    return wrong("this machine");
  }
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(last) && host !== "") return wrong("number");
  if (host.length > MAX_HOST) return wrong("too long");
  const isPlain = labels.every((it) => LABEL.test(it) && !it.startsWith("xn--"));
  if (host !== "" && !isPlain) return wrong("letters");
  if (labels.length < 2) return wrong("incomplete");
  const [, before, ending] = /^(?:(.+)\.)?bitrix24\.([a-z]{2,3}(?:\.[a-z]{2})?)$/.exec(host) ?? [];
  const region = ending === undefined
    ? undefined
    : REGIONS_LISTED.find((it) => (it.ending ?? it.code) === ending);
  if (region === undefined) return { kind: "portal", address: host, region: null };
  if (before === undefined || SITES.includes(before)) return wrong("site");
  return { kind: "portal", address: host, region: region.name };
}

function wrong(problem: PortalProblem): PortalText {
  return { kind: "wrong", problem };
}
