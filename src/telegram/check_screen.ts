import { isBad, type LinkEvidence, type PortalEvidence } from "../domain/evidence.ts";
import { GREEN, type Verdict, verdictOf, VERDICTS } from "../domain/verdict.ts";
import { argumentRoom, bytesOf } from "./callbacks.ts";
import type { Finding } from "./checks.ts";
import { fitQuotes, inline } from "./foreign.ts";
import { pageLinks } from "./page_links.ts";
import { blocks, bold, code, fitItems, lines, preformatted, type Rich, rich } from "./rich.ts";
import type { ActionButton, Screen } from "./screen.ts";
import { announcement } from "./status_screen.ts";
import type { Voice } from "./texts/format.ts";

interface Judged extends Finding {
  readonly verdict: Verdict;
}

export interface CheckFacts {
  readonly now: number;
  pageUrl(region: string): string;
}

/** Room for the verdicts, so that the host's own words have some as well. */
const VERDICTS_ROOM = 3000;
const MAX_DETAIL = 120;

/** «Это у них или у нас?»: the worst verdict first, what it rests on, and what to do. */
export function checkScreen(
  voice: Voice,
  findings: readonly Finding[],
  facts: CheckFacts,
): Screen {
  const { evidence } = voice.texts;
  const judged = findings.map((it): Judged => ({ ...it, verdict: verdictOn(it) }))
    .toSorted((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict));
  const groups = Map.groupBy(judged, (it) =>
    // What is announced in two regions are two things.
    it.verdict === "outage" || it.verdict === "delays" ? `${it.verdict} ${it.region}` : it.verdict);
  const [first = rich(), ...rest] = [...groups.values()].map((it) => group(voice, it, facts));
  const views = new Set(judged.filter(isAnnounced).flatMap((it) => it.view ?? []));
  const regions = judged.flatMap(({ region }) => region === null ? [] : [region]);
  return {
    text: fitQuotes({
      head: fitItems(first, rest, evidence.more, { limit: VERDICTS_ROOM }),
      quotes: [...views].map((it) => announcement(voice, it, views.size > 1 ? [it.region] : []))
        .filter((it) => it !== null),
      tail: pageLinks(voice, regions, facts.pageUrl),
    }),
    keyboard: keyboardOf(voice, judged),
  };
}

function verdictOn({ sight, portal, link }: Finding): Verdict {
  // A link that nobody vouched for accuses nobody.
  return verdictOf(sight, portal?.sight ?? "unasked", link?.sight ?? "half");
}

function isAnnounced({ sight }: Finding): boolean {
  return sight === "outage" || sight === "delays" || sight === "text";
}

/** Findings with the same verdict. */
function group(voice: Voice, group: readonly Judged[], { now }: CheckFacts): Rich {
  const { evidence } = voice.texts;
  const [{ verdict, view }] = group as [Judged];
  const { bold: title, more = "", next = "" } = evidence.verdicts[verdict];
  const components = view === null ? "" : inline(voice.components(view.latest?.components ?? []));
  const what = components === "" ? "" : `: ${components}`;
  const head = verdict === "outage"
    ? rich(bold(title), `${more}${what}.`)
    : verdict === "delays"
    ? bold(title + what)
    : rich(bold(title), more);
  const seen = evidenceLines(voice, group);
  const isToBeSent = verdict === "ill" || verdict === "unreachable" ||
    verdict === "fails, unreadable" || verdict === "fails, unwatched";
  const isAlone = verdict.startsWith("unasked") && group.every((it) => it.portal === null);
  const sights = new Set(group.map(({ portal }) => portal?.sight));
  const hints = isToBeSent
    ? (["dns", "tls"] as const).filter((it) => sights.has(it)).map((it) => evidence.hints[it])
    : [];
  const bullets = seen.map((it) => rich("• ", it));
  const advice = lines(
    [...hints, next].filter((it) => it !== "").join(" "),
    isAlone ? evidence.whichPortal : null,
    ...group.map((it) => rememberBy(voice, it)),
  );
  const facts = isToBeSent
    ? preformatted([voice.time(now), ...seen].map((it) => it.text).join("\n"))
    : null;
  const whole = blocks(head, lines(...bullets), advice, facts);
  if (whole.text.length <= VERDICTS_ROOM) return whole;
  const limit = VERDICTS_ROOM - advice.text.length - 2;
  return blocks(fitItems(head, bullets, evidence.more, { limit, join: lines }), advice);
}

/** What the verdict rests on; what several findings have in common is said once. */
function evidenceLines(voice: Voice, group: readonly Judged[]): Rich[] {
  const all = [
    ...group.map(({ portal }) => portal && portalLine(voice, portal)),
    ...group.map((it) => statusLine(voice, it)),
    ...group.map(({ link }) => link && linkLine(voice, link)),
  ].filter((it) => it !== null);
  return all.filter((it, index) => all.findIndex(({ text }) => text === it.text) === index);
}

function portalLine(voice: Voice, portal: PortalEvidence): Rich {
  const { sight, attempts, renamedTo } = portal;
  return rich(
    code(portal.address),
    `: ${portalWords(voice, portal)}`,
    ...(renamedTo === null ? [] : [" ", code(renamedTo)]),
    isBad(sight) && attempts > 0 ? `, ${voice.texts.evidence.attempts(attempts)}` : "",
    ...(attempts === 0 ? [] : [", ", voice.timeOfDay(portal.at)]),
  );
}

/** What a portal did when it was asked, in a few words. */
export function portalWords(voice: Voice, portal: PortalEvidence): string {
  const { locale, evidence } = voice.texts;
  const { sight, ms, attempts } = portal;
  // Nothing answers in no time.
  const seconds = Math.max(0.1, (ms ?? 0) / 1000)
    .toLocaleString(locale, { maximumFractionDigits: 1 });
  const isUnclear = sight === "unasked" && attempts > 0;
  const words = isUnclear ? evidence.unclear : evidence.portal[sight](seconds);
  const detail = detailIn(voice, portal.detail);
  const isPlain = ["alive", "slow", "renamed", "none", "closed"].includes(sight);
  return isPlain || detail === "" ? words : sight === "5xx" ? detail : `${words} (${detail})`;
}

/** What the witnesses say of an answer in a few words of their own. */
function detailIn({ texts: { evidence: { details } } }: Voice, detail: string): string {
  const parts = detail.split(/, (?:then )?/).map((it) =>
    Object.hasOwn(details, it) ? details[it] ?? "" : it
  );
  return inline([...new Set(parts)].filter((it) => it !== "").join(", "), MAX_DETAIL);
}

function statusLine(voice: Voice, { region, sight, view, verdict }: Judged): Rich {
  const { evidence, problems } = voice.texts;
  if (region === null) return rich(evidence.statusUnknown);
  const latest = sight === "unwatched" ? null : view?.latest ?? null;
  const isWell = sight === "well" && isUnanimous(verdict);
  const why = sight === "unreadable" && latest?.problem ? ` (${problems[latest.problem]})` : "";
  return rich(
    `${evidence.status(`.${inline(region)}`)}: `,
    isWell ? evidence.works : evidence.region[sight],
    why,
    ...(latest === null ? [] : [", ", voice.timeOfDay(latest.at)]),
  );
}

/** Whether every witness was heard: only then a status may be quoted as it is. */
function isUnanimous(verdict: Verdict): boolean {
  return GREEN.includes(verdict) || ["slow", "ill", "unreachable"].includes(verdict);
}

function linkLine(voice: Voice, { sight, vendor, at }: LinkEvidence): Rich {
  const words = voice.texts.evidence.link[sight](inline(vendor.host));
  return rich(words, ", ", voice.timeOfDay(at));
}

/** A new name goes onto a button where it fits. */
function keyboardOf(voice: Voice, judged: readonly Judged[]): Screen["keyboard"] {
  const { remember } = voice.texts.evidence;
  const rows = judged.flatMap((it): ActionButton[][] => {
    const argument = argumentOf(it);
    if (argument === null || !fits(argument)) return [];
    return [[{ label: remember(it.portal?.renamedTo ?? ""), action: "moved", argument }]];
  });
  return rows.length === 0 ? null : rows;
}

/** How to remember a new name that fits onto no button. */
function rememberBy(voice: Voice, finding: Finding): string | null {
  const argument = argumentOf(finding);
  if (argument === null || fits(argument)) return null;
  return voice.texts.evidence.rememberBy(finding.portal?.renamedTo ?? "");
}

/** `mb2k1c00:company.bitrix24.kz`: which of the chat's portals, and what its name is now. */
function argumentOf({ portal, addedAt }: Finding): string | null {
  const name = portal?.renamedTo ?? null;
  return name === null ? null : `${addedAt.toString(36)}:${name}`;
}

function fits(argument: string): boolean {
  return bytesOf(argument) <= argumentRoom("moved");
}
