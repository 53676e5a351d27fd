import type { LinkSight, PortalSight, RegionSight } from "./evidence.ts";
import type { Reading } from "./reading.ts";

/**
 * Whose fault it is, as far as anybody can tell from here; the worst first. `fails`: the portal is ill, or
 * not reachable from here; `answers`: it answers, at once or slowly.
 */
export const VERDICTS = [
  "outage",
  "unreachable", // it fails, and Bitrix24 says nothing of it
  "ill", // the same, by an error of the portal's own
  "fails, unreadable",
  "fails, unwatched",
  "delays",
  "fails, half", // the bot's own link may be to blame, so nobody is
  "no link",
  "none",
  "closed",
  "renamed",
  "slow",
  "limits",
  "answers, unreadable",
  "answers, unwatched",
  "answers, half",
  "unasked, unreadable",
  "unasked, unwatched",
  "unasked",
  "alive, text",
  "alive",
] as const;

/** One of {@linkcode VERDICTS}. */
export type Verdict = (typeof VERDICTS)[number];

/** The only verdicts with reassuring words: portal, status and the vendor's host all answered. */
export const GREEN: readonly Verdict[] = ["alive, text", "alive"];

/** The verdict on what was seen; one for each combination. */
export function verdictOf(region: RegionSight, portal: PortalSight, link: LinkSight): Verdict {
  if (link === "dead") return "no link";
  if (region === "outage" || region === "delays") return region;
  const unknown = region === "unreadable" || region === "unwatched" ? region : null;
  switch (portal) {
    case "none":
    case "renamed":
    case "closed":
    case "limits":
      return portal;
    case "unasked":
      return unknown === null ? "unasked" : `unasked, ${unknown}`;
    case "alive":
    case "slow": {
      const doubt = link === "half" ? link : unknown;
      if (doubt !== null) return `answers, ${doubt}`;
      if (portal === "slow") return portal;
      return region === "text" ? "alive, text" : portal;
    }
    default: {
      const doubt = link === "half" ? link : unknown;
      if (doubt !== null) return `fails, ${doubt}`;
      return portal === "ill" ? portal : "unreachable";
    }
  }
}

/** How a region stands by its newest reading; null for a region that nobody reads. */
export function regionSightOf(
  view: {
    readonly latest: Pick<Reading, "status" | "details" | "at"> | null;
    /** The reading that was just asked for did not come. */
    readonly overdue: boolean;
  } | null,
  { now, maxAgeMs }: { readonly now: number; readonly maxAgeMs: number },
): RegionSight {
  if (view === null) return "unwatched";
  const { latest } = view;
  if (latest === null || view.overdue || now - latest.at > maxAgeMs) return "unreadable";
  switch (latest.status) {
    case "operational":
      return latest.details === "" ? "well" : "text";
    case "degraded":
      return "delays";
    default:
      return latest.status;
  }
}
