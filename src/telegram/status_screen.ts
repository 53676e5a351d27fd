import type { RegionView } from "../checking/monitor.ts";
import { regionOf } from "../domain/region.ts";
import { essence } from "../domain/announcement.ts";
import type { Incident, RegionState, Thresholds } from "../domain/incident.ts";
import { missingForEnd } from "../domain/pace.ts";
import type { Sight } from "../domain/board.ts";
import { type Cited, fitQuotes, inline } from "./foreign.ts";
import { statusButtons } from "./menus.ts";
import { pageLinks } from "./page_links.ts";
import { blocks, bold, fitItems, lines, type Rich, rich } from "./rich.ts";
import { shares } from "./rules/shares.ts";
import { regionList } from "./rules/wording.ts";
import type { Screen } from "./screen.ts";
import type { Voice } from "./texts/format.ts";

export interface StatusFacts {
  readonly views: readonly RegionView[];
  /** Regions that the chat hears; null for all. */
  readonly regions: readonly string[] | null;
  readonly monitoringOn: boolean;
  /** Open incidents that somebody entered by hand. */
  readonly manualIncidents: number;
  readonly patienceSeconds: number;
  readonly thresholds: Thresholds;
  pageUrl(region: string): string;
}

/** Age in milliseconds beyond which a reading counts as unknown. */
const TOO_OLD_MS = 15_000;

// Unknown ranks above operational: what cannot be seen is never said to be well.
export const BY_WEIGHT: readonly Sight[] = ["outage", "degraded", "unknown", "operational"];
/** Characters for the lines of regions, so that the rest always fits. */
const REGIONS_ROOM = 3000;
const MIN_OTHERS_ROOM = 200;
export const ICONS: Record<Sight, string> = {
  operational: "🟢",
  degraded: "🟠",
  outage: "🔴",
  unknown: "❓",
};

/**
 * The state of all watched regions, the chat's own first; the headline is about the chat's own:
 * "all is well" only when each of them is operational.
 */
export function statusScreen(voice: Voice, facts: StatusFacts): Screen {
  const { texts } = voice;
  const { own, others, title } = shares(texts, facts.regions, facts.views, (it) => it.region);
  const sights = own.map(sightOf);
  const overall = BY_WEIGHT.find((it) => sights.includes(it)) ?? "unknown";
  const list = (heading: Rich, views: readonly RegionView[], limit: number) => {
    const sorted = views.toSorted((a, b) => weight(a) - weight(b));
    const folded = alike(sorted, (view) => keyOf(voice, view, facts));
    return fitItems(
      heading,
      folded.map((those) =>
        regionLine(voice, oldestOf(those), facts, those.map((it) => it.region))
      ),
      (left) => texts.status.moreRegions(folded.slice(-left).flat().length),
      { limit, join: lines },
    );
  };
  const first = list(bold(texts.status[overall] + title), own, REGIONS_ROOM);
  const second = others.length === 0 ? null : list(
    bold(texts.rules.otherRegions),
    others,
    // Room for at least a hint at other regions, however many are the chat's own.
    Math.max(MIN_OTHERS_ROOM, REGIONS_ROOM - first.text.length - 2),
  );
  const head = blocks(first, second);
  const said = [...own, ...others].filter((it) => !it.overdue);
  const quotes = alike(said, (view) => saidOf(voice, view)).map(([view, ...rest]) => {
    const regions = [view, ...rest].map((it) => it.region);
    return announcement(voice, view, facts.views.length > 1 ? regions : []);
  }).filter((it) => it !== null);
  const watched = facts.views.map((it) => it.region);
  const unwatched = facts.regions?.filter((it) => !watched.includes(it)) ?? [];
  const tail = blocks(
    facts.monitoringOn ? null : texts.monitoringOff,
    unwatched.length === 0 ? null : texts.rules.regions.unwatched(regionList(texts, unwatched)),
    facts.manualIncidents > 0 ? texts.status.manual(facts.manualIncidents) : null,
    pageLinks(voice, watched, facts.pageUrl),
  );
  return { text: fitQuotes({ head, quotes, tail }), keyboard: statusButtons(texts) };
}

function weight(view: RegionView): number {
  return BY_WEIGHT.indexOf(sightOf(view));
}

/** A region's state for the screen; unknown without a reading, or with one that is too old. */
function sightOf(view: RegionView): Sight {
  const isTooOld = view.unaskedAgeMs !== null && view.unaskedAgeMs > TOO_OLD_MS;
  if (view.overdue || isTooOld || view.latest === null || view.latest.status === "unreadable") {
    return "unknown";
  }
  return view.latest.status;
}

/** Items with the same key together, in the order of the first of each. */
function alike<T>(items: readonly T[], keyOf: (item: T) => string): [T, ...T[]][] {
  return [...Map.groupBy(items, keyOf).values()] as [T, ...T[]][];
}

/** All that is said of a region but its name and the time of its reading; equal for regions that are alike. */
function keyOf(voice: Voice, view: RegionView, facts: StatusFacts): string {
  const { latest } = view;
  const isKnown = latest !== null && sightOf(view) !== "unknown";
  const timeless = isKnown
    ? { ...view, latest: { ...latest, at: 0 }, unaskedAgeMs: view.unaskedAgeMs === null ? null : 0 }
    : view;
  return `${regionLine(voice, timeless, facts, []).text}\n${saidOf(voice, view)}`;
}

/** What the host says about a region, without timestamps. */
function saidOf(voice: Voice, view: RegionView): string {
  const { label, text } = announcement(voice, view, []) ?? {};
  return `${view.latest?.status} ${label?.text}\n${essence({ title: "", details: text ?? "" })}`;
}

/** Regions that are alike, as the one whose reading is the oldest. */
function oldestOf(views: readonly [RegionView, ...RegionView[]]): RegionView {
  const ages = views.map((it) => it.unaskedAgeMs).filter((it) => it !== null);
  const oldest = views.reduce((one, it) => (it.latest?.at ?? 0) < (one.latest?.at ?? 0) ? it : one);
  return { ...oldest, unaskedAgeMs: ages.length === 0 ? null : Math.max(...ages) };
}

function regionLine(
  voice: Voice,
  view: RegionView,
  facts: StatusFacts,
  regions: readonly string[],
): Rich {
  const { texts } = voice;
  const sight = sightOf(view);
  const isDoubtful = !view.state.everBad && !regionOf(view.region)?.isListed;
  const name = rich(
    `${ICONS[sight]} `,
    bold(regions.map((it) => `.${it}`).join(" ")),
    isDoubtful ? ` (${texts.status.unlisted})` : "",
    ` — ${texts.status.region[sight]}`,
  );
  if (sight === "unknown") {
    return lines(rich(name, ": ", whyUnknown(voice, view, facts)), lastKnown(voice, view));
  }
  const { incident } = view.state;
  const checked = view.unaskedAgeMs === null
    ? rich(`${texts.status.checkedAt} `, voice.time(view.latest?.at ?? 0))
    : rich(texts.status.checkedAgo(secondsOf(view.unaskedAgeMs)));
  if (!incident) return rich(name, ", ", checked);
  const since = rich(`, ${texts.status.since} `, voice.time(incident.startedAt));
  return sight === "operational"
    ? lines(
      rich(name, ", ", checked),
      untilEnd(voice, view.state, incident, facts.thresholds),
    )
    : lines(rich(name, since), rich("   ", checked));
}

/** What is missing until an incident closes; null for nothing. */
function untilEnd(
  voice: Voice,
  state: RegionState,
  incident: Incident,
  thresholds: Thresholds,
): string | null {
  const { status } = voice.texts;
  const left = missingForEnd(state, incident, thresholds, state.latest?.at ?? 0);
  if (left.ms > 0) return status.closingIn(voice.duration(left.ms));
  return left.readings > 0 ? status.closing(left.readings) : null;
}

function whyUnknown(voice: Voice, view: RegionView, facts: StatusFacts): Rich {
  const { texts } = voice;
  if (view.blindSince !== null && view.latest?.problem) {
    return rich(
      texts.problems[view.latest.problem],
      `, ${texts.status.blindSince} `,
      voice.time(view.blindSince),
    );
  }
  if (view.overdue) return rich(texts.status.overdue(facts.patienceSeconds));
  return rich(
    view.latest === null || view.unaskedAgeMs === null
      ? texts.status.notCheckedYet
      : `${texts.status.tooManyQuestions}, ${
        texts.status.checkedAgo(secondsOf(view.unaskedAgeMs))
      }`,
  );
}

function secondsOf(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}

function lastKnown(voice: Voice, view: RegionView): Rich | null {
  const known = view.latestReadable;
  if (known === null || known.status === "unreadable") return null;
  const { status } = voice.texts;
  return rich(`   ${status.lastKnown}: ${status.region[known.status]}, `, voice.time(known.at));
}

/** The host's own words about regions that are alike; null when it has none to say. `regions`: those named. */
export function announcement(
  voice: Voice,
  view: RegionView,
  regions: readonly string[],
): Cited | null {
  const { texts } = voice;
  const reading = view.latest;
  if (reading === null) return null;
  const { translated } = view;
  const { title, details } = translated?.language === voice.language ? translated : reading;
  const components = inline(voice.components(reading.components));
  if (details === "" && (reading.status === "operational" || title + components === "")) {
    return null;
  }
  const said = reading.status === "unreadable" ? texts.status.hostSays : texts.status.announcement;
  const label = lines(
    `${said}${regions.length > 0 ? ` (${regions.map((it) => `.${it}`).join(" ")})` : ""}:`,
    components === "" ? null : `${texts.alert.affected}: ${components}`,
  );
  return { label, text: [title, details].filter((it) => it !== "").join("\n") };
}
