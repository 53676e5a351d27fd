import type { Change } from "../../src/domain/incident.ts";
import { type Concern, isQuiet, type Night, type Rule } from "../../src/domain/rule.ts";

// Who hears what, how and when: the same promises as in src/, told once more and otherwise, from what
// happens to one chat instead of from the rows that are stored of it.

type Kind = "opened" | "worsened" | "eased" | "updated" | "closed";

/** What is stored for the chat by a change: nothing, or a state and whether it makes a sound. */
export type Row = "none" | "skipped" | `${"due" | "waiting"} ${"with" | "without"} a sound`;

/** A region's incident, as one chat knows it. */
interface Known {
  has: "nothing" | "an alert" | "something that waits";
  /** As it was each time when the chat was meant to learn of it. */
  told: Concern[];
  /** Its message shows it as open. */
  isLeftOpen: boolean;
  /** As it is; null while all is well. */
  now: Concern | null;
}

/** One chat. */
export class ModelChat {
  isSubscribed = false;
  rule: Rule;
  readonly #known = new Map<string, Known>();

  constructor(rule: Rule) {
    this.rule = rule;
  }

  #of(region: string): Known {
    const known = this.#known.get(region) ??
      { has: "nothing", told: [], isLeftOpen: false, now: null };
    this.#known.set(region, known);
    return known;
  }

  #way(at: number) {
    const { quiet } = this.rule;
    return quiet !== null && isQuiet(quiet, at) ? quiet.night : null;
  }

  /** Another incident begins there: the alert of the one before is no alert of it. */
  begins(region: string): void {
    this.#of(region).isLeftOpen = false;
  }

  /** A change was decided. */
  change(kind: Change["kind"], concern: Concern, at: number): Row {
    const known = this.#of(concern.region);
    if (kind === "opened" && known.has === "an alert") known.has = "nothing";
    if (kind === "opened" && known.has === "nothing") known.told = [];
    known.now = kind === "closed" ? null : concern;
    if (!this.isSubscribed) return "none";
    const row = this.#row(kind as Kind, concern, known, this.#way(at));
    if (row !== "none" && row !== "skipped") {
      known.told.push(concern);
      if (row.startsWith("waiting")) known.has = "something that waits";
      else {
        known.has = "an alert";
        known.isLeftOpen = kind !== "closed";
      }
    }
    return row;
  }

  #row(kind: Kind, concern: Concern, known: Known, way: Night | null): Row {
    const isMeant = wants(this.rule, concern);
    const isBeginning = kind === "opened" || kind === "worsened";
    if (known.has === "nothing" && kind === "closed") return "none";
    if (known.has === "nothing" && !isMeant) return isBeginning ? "skipped" : "none";
    const isLoud = kind === "closed"
      ? known.told.some((it) => wants(this.rule, it))
      : isBeginning
      ? isMeant
      : known.has === "nothing";
    const isOutage = kind === "closed"
      ? known.told.some((it) => it.severity === "outage")
      : concern.severity === "outage";
    const isDay = way === null || (way === "wake" && isOutage);
    if (isDay) return isLoud ? "due with a sound" : "due without a sound";
    if (way === "silent" || known.has === "an alert") return "due without a sound";
    return isLoud ? "waiting with a sound" : "waiting without a sound";
  }

  /** Its quiet hours are over. */
  morning(): void {
    for (const known of this.#known.values()) {
      if (known.has !== "something that waits") continue;
      this.#wake(known);
    }
  }

  #wake(known: Known): void {
    known.has = known.now === null ? "nothing" : "an alert";
    known.isLeftOpen ||= known.now !== null;
  }

  /** It has another rule from now on. */
  ruled(rule: Rule, at: number): void {
    this.rule = rule;
    const way = this.#way(at);
    for (const known of this.#known.values()) {
      if (known.has !== "something that waits") continue;
      if (!known.told.some((it) => wants(rule, it))) known.has = "nothing";
      else if (way === "silent") this.#wake(known);
      else if (way === "wake" && known.now?.severity === "outage") this.#wake(known);
    }
    if (way === null) this.morning();
    this.#catchUp(way);
  }

  subscribe(at: number): void {
    this.isSubscribed = true;
    // It finds the alert that it has edited.
    for (const known of this.#known.values()) {
      if (!known.isLeftOpen) continue;
      known.isLeftOpen = known.now !== null;
      if (known.now === null) continue;
      known.has = "an alert";
      if (wants(this.rule, known.now)) known.told.push(known.now);
    }
    this.#catchUp(this.#way(at));
  }

  unsubscribe(): void {
    this.isSubscribed = false;
    for (const known of this.#known.values()) {
      if (known.has === "something that waits") known.has = "nothing";
      // What is over is forgotten of whoever left.
      if (known.now === null) known.isLeftOpen = false;
    }
  }

  /** Nothing is open there. */
  isOver(region: string): boolean {
    return this.#of(region).now === null;
  }

  #catchUp(way: Night | null): void {
    if (!this.isSubscribed) return;
    for (const known of this.#known.values()) {
      if (known.now === null || known.has !== "nothing" || !wants(this.rule, known.now)) continue;
      known.told.push(known.now);
      const isNow = way === null || way === "silent" ||
        (way === "wake" && known.now.severity === "outage");
      if (isNow) this.#wake(known);
      else known.has = "something that waits";
    }
  }

  /** Whether it may be given an alert of a region: it was meant to learn of it. */
  isMeantToKnow(region: string): boolean {
    return this.#of(region).told.length > 0;
  }
}

function wants(rule: Rule, { region, severity, components }: Concern): boolean {
  const ofRegion = rule.regions?.includes(region) ?? true;
  const ofLevel = rule.level !== "outages" || severity === "outage";
  const ofComponents = rule.components === null || components.length === 0 ||
    components.some((it) => rule.components?.includes(it));
  return ofRegion && ofLevel && ofComponents;
}
