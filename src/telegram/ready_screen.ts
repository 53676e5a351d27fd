import type { PortalEvidence } from "../domain/evidence.ts";
import {
  cutTo,
  fill,
  listed,
  MAX_COPY_LENGTH,
  READY_TEXTS,
  type ReadyText,
  type Seen,
  situationOf,
  TOKENS,
  type Values,
  type Wording,
} from "../domain/ready_text.ts";
import { isBad } from "../domain/evidence.ts";
import { portalWords } from "./check_screen.ts";
import { inline } from "./foreign.ts";
import { blocks, bold, lines, preformatted, type Rich } from "./rich.ts";
import type { CopyButton, Screen } from "./screen.ts";
import type { Voice } from "./texts/format.ts";

export interface ReadyFacts {
  /** The incidents of the card that the chat hears of, with how their regions stand now. */
  readonly seen: readonly [Seen, ...Seen[]];
  /** Names of the components in the last readings of the regions, by region. */
  componentsNow(region: string): readonly string[];
  /** A portal of the chat in these regions, as it was seen now. */
  readonly portal: PortalEvidence | null;
  readonly wording: Wording;
  /** First line of every text of a drill; null for a real incident. */
  readonly mark?: string | null;
  readonly now: number;
  pageUrl(region: string): string;
}

/** What people can tell others of an incident: the texts to be read, and a button for each that copies it. */
export function readyScreen(voice: Voice, facts: ReadyFacts): Screen {
  const { ready } = voice.texts;
  const texts = readyTextsOf(voice, facts);
  const shown = texts.map(({ name, text }): Rich =>
    lines(bold(ready.labels[name]), preformatted(text))
  );
  const regions = regionsOf(voice, facts.seen);
  return {
    text: blocks(
      bold(`${ready.title} · ${inline(regions)}`),
      ...shown,
      whyNotOver(voice, facts),
      ready.hint,
    ),
    keyboard: texts.map(({ name, text }): CopyButton[] => [{
      label: ready.labels[name],
      copy: text,
    }]),
  };
}

/** The texts, each of 1 to 256 UTF-16 units. */
export function readyTextsOf(
  voice: Voice,
  facts: ReadyFacts,
): { readonly name: ReadyText; readonly text: string }[] {
  const { ready } = voice.texts;
  const own = facts.wording[voice.language];
  const { situation, seen } = situationOf(facts.seen);
  const values = valuesOf(voice, { ...facts, seen });
  const isLasting = situation === "outage" || situation === "degraded";
  const templateOf = (name: ReadyText): string | null => {
    if (name === "over") {
      return situation === "over" && seen.every(isWell) ? own.over ?? ready.over : null;
    }
    // Own wording speaks of what is; where that is in doubt, the bot says what it knows.
    return isLasting ? own[name] ?? ready.lasting[name] : ready.doubtful[name];
  };
  return READY_TEXTS.flatMap((name) => {
    const template = templateOf(name);
    if (template === null) return [];
    const text = fill(template, values);
    const { mark = null } = facts;
    return [{ name, text: mark === null ? text : cutTo(`${mark}\n${text}`, MAX_COPY_LENGTH) }];
  });
}

function isWell({ sight }: Seen): boolean {
  return sight === "well" || sight === "text";
}

/** Why nothing says that it works again, although the incident is over; null where that is said. */
function whyNotOver(voice: Voice, facts: ReadyFacts): string | null {
  const { notOver } = voice.texts.ready;
  const { situation, seen } = situationOf(facts.seen);
  if (situation !== "over" || seen.every(isWell)) return null;
  const isUnread = seen.some(({ sight }) => sight === "unreadable" || sight === "unwatched");
  return isUnread ? notOver.unreadable : notOver.bad;
}

function valuesOf(voice: Voice, facts: ReadyFacts): Values {
  const { ready } = voice.texts;
  const { now, portal } = facts;
  const { situation, seen } = situationOf(facts.seen);
  const incidents = seen.map(({ incident }) => incident);
  const isOutage = situation === "outage" ||
    situation !== "degraded" && incidents.some(({ severity }) => severity === "outage");
  const starts = incidents.flatMap((it) => it.startedAt ?? []);
  const ends = incidents.flatMap((it) => it.endedAt ?? []);
  const since = starts.length === 0 ? null : Math.min(...starts);
  const until = ends.length === 0 || situation !== "over" ? null : Math.max(...ends);
  const end = situation === "over" ? until : now;
  const components = situation === "outage" || situation === "degraded"
    ? seen.flatMap(({ incident: { origin, region, components } }) =>
      origin === "manual" ? components : facts.componentsNow(region)
    )
    : incidents.flatMap((it) => it.components);
  const names = [...new Set(components)].map((it) => voice.components([it]));
  const stamp = (ms: number | null) => ms === null ? null : voice.stamp(ms, now);
  return {
    regions: regionsOf(voice, seen),
    what: ready.what[isOutage ? "outage" : "degraded"],
    components: names.length === 0
      ? null
      : listed(names, { limit: TOKENS.components, separator: ", ", more: ready.more }),
    since: stamp(since),
    until: stamp(until),
    duration: since === null || end === null ? null : voice.duration(Math.max(0, end - since)),
    page: pageOf(facts.pageUrl(incidents[0]?.region ?? "")),
    portal: portal?.address ?? null,
    answer: portal && answerOf(voice, portal),
    now: situation === "over"
      ? (until === null ? null : ready.now.over(voice.stamp(until, now)))
      : situation === "recovering"
      ? ready.now.recovering
      : ready.now.unreadable,
  };
}

function regionsOf(voice: Voice, seen: readonly Seen[]): string {
  const { noRegion, more } = voice.texts.ready;
  const names = seen.map(({ incident: { region } }) => region === "" ? noRegion : `.${region}`);
  return listed([...new Set(names)], { limit: TOKENS.regions, separator: " ", more });
}

/** A long address leads nowhere when it is cut; its beginning leads to the host. */
function pageOf(url: string): string {
  return url.length <= TOKENS.page ? url : new URL(url).origin;
}

function answerOf(voice: Voice, portal: PortalEvidence): string | null {
  const { sight, attempts, renamedTo } = portal;
  if (attempts === 0) return null;
  const words = portalWords(voice, portal) + (renamedTo === null ? "" : ` ${renamedTo}`);
  return isBad(sight) ? `${words}, ${voice.texts.evidence.attempts(attempts)}` : words;
}
