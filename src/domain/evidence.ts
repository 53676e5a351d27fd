// What the bot has seen with its own eyes, beside what Bitrix24 says of itself.

/** How a region stands, for the question whose fault it is. `text`: well, and something is announced. */
export const REGION_SIGHTS = [
  "well",
  "text",
  "delays",
  "outage",
  "unreadable",
  "unwatched",
] as const;
export type RegionSight = (typeof REGION_SIGHTS)[number];

/** What asking a portal came to (shared/status-feed.md, section 6). */
export const PORTAL_SIGHTS = [
  "alive",
  "slow", // alive, and it took long
  "renamed", // it sends to another host of Bitrix24
  "none", // there is no such portal
  "closed", // its public part, by its administrator
  "ill", // it answers, by an error of its own
  "5xx",
  "timeout", // no answer in time, or no connection at all
  "tls",
  "dns",
  "limits", // alive, and it has had enough of us
  "unasked", // none is named, or it may not be asked, or an answer of nobody knows what
] as const;
export type PortalSight = (typeof PORTAL_SIGHTS)[number];

/** How good the bot's own link is. `half`: Telegram answers, and nothing else does. */
export const LINK_SIGHTS = ["good", "half", "dead"] as const;
export type LinkSight = (typeof LINK_SIGHTS)[number];

/** What was seen of a portal. */
export interface PortalEvidence {
  /** The host's name, lower case. */
  readonly address: string;
  readonly sight: PortalSight;
  /** Questions that were asked: two where the first got no good answer; 0 for unasked. */
  readonly attempts: 0 | 1 | 2;
  /** Duration of the last of them, in milliseconds; null where none was asked. */
  readonly ms: number | null;
  /** One technical line without any name of a portal, such as "HTTP 502"; empty where there is none. */
  readonly detail: string;
  /** The portal's new name; null unless it was renamed. */
  readonly renamedTo: string | null;
  /** When it was seen, in milliseconds since the epoch. */
  readonly at: number;
}

/** What was seen of the bot's own link, on the road that probes take. */
export interface LinkEvidence {
  readonly sight: LinkSight;
  /** When Telegram answered last, in milliseconds since the epoch; null for never. */
  readonly telegramAt: number | null;
  /** The host of Bitrix24's vendor that was asked, and whether it answered as it should. */
  readonly vendor: { readonly host: string; readonly isThere: boolean; readonly detail: string };
  readonly at: number;
}

/** Whoever looks: both answer in any case, within ten seconds, and share answers of the last 30 s. */
export interface Witnesses {
  portal(address: string, signal?: AbortSignal): Promise<PortalEvidence>;
  /** `region` tells which of the vendor's hosts is asked. */
  link(region: string, signal?: AbortSignal): Promise<LinkEvidence>;
}

/** Not reachable, or ill: what counts as bad for a portal on watch. */
export function isBad(sight: PortalSight): boolean {
  return ["ill", "5xx", "timeout", "tls", "dns"].includes(sight);
}
