import { type CastChat, castOf, STRANGERS, supergroupOf } from "./cast.ts";
import { Random } from "./random.ts";

/** What goes wrong with single calls of the Bot API. */
export const TROUBLES = ["hang", "delay", "reset", "html", "garbage", "lost"] as const;
export type Trouble = typeof TROUBLES[number];

/** What the feed says of a region from now on. The id stays, so a relapse is the same incident. */
export interface FeedChange {
  readonly kind: "feed";
  readonly region: string;
  readonly status: "well" | "degraded" | "outage";
  readonly text: string;
  readonly id: number;
}

/** For a while a share of the calls suffers, of all or of one method, in all chats or in one. */
export interface TroubleTime {
  readonly kind: "trouble";
  readonly trouble: Trouble;
  readonly share: number;
  readonly forMs: number;
  readonly method: string | null;
  readonly chat: number | null;
}

/** The program is ended after so many more messages, and started again. */
export interface Ending {
  readonly kind: "end";
  readonly signal: "SIGTERM" | "SIGKILL";
  readonly afterSends: number;
}

export type Happening =
  | FeedChange
  | TroubleTime
  | Ending
  | { readonly kind: "flood"; readonly chat: number | "all"; readonly seconds: number }
  /** Two messages of the bot have to lie so many seconds apart in this group. */
  | { readonly kind: "slow"; readonly chat: number; readonly seconds: number }
  /** Somebody who hears no alerts asks, presses any button, or writes that many things at once. */
  | { readonly kind: "stranger"; readonly who: number; readonly does: StrangerDoes }
  /** Telegram wrongly says that nothing can be sent there, and is well again. */
  | {
    readonly kind: "refuse";
    readonly chat: number;
    readonly description: string;
    readonly forMs: number;
  }
  /** Telegram as a whole is away. */
  | { readonly kind: "away"; readonly forMs: number }
  /** The bot is blocked or kicked; it is let in again. */
  | { readonly kind: "gone"; readonly chat: number }
  | { readonly kind: "back"; readonly chat: number }
  | {
    readonly kind: "migrate";
    readonly chat: number;
    readonly to: number;
    readonly isSilent: boolean;
  }
  | { readonly kind: "topic"; readonly chat: number; readonly end: "closed" | "deleted" }
  | { readonly kind: "ask"; readonly chat: number; readonly text: string }
  /** Somebody presses a button under the newest alert. */
  | { readonly kind: "press"; readonly chat: number };

export const STRANGER_DOES = ["ask", "press", "forge", "flood"] as const;
export type StrangerDoes = typeof STRANGER_DOES[number];

/** `at`: milliseconds after the start. */
export type Step = Happening & { readonly at: number };

export interface Size {
  readonly ms: number;
  readonly privateChats: number;
  readonly regions: number;
}

export interface Plan {
  readonly seed: number;
  readonly size: Size;
  readonly chats: readonly CastChat[];
  readonly regions: readonly string[];
  /** In the order of their times; when all are done every region is well. */
  readonly steps: readonly Step[];
}

/** Part of every run of the tests. */
export const SHORT: Size = { ms: 4_000, privateChats: 36, regions: 2 };
/** About a minute and a thousand messages. */
export const LONG: Size = { ms: 32_000, privateChats: 60, regions: 5 };

export const QUESTIONS = ["/status", "/incidents", "/getid", "/stats", "/menu"];
const FIRST_ID = 9_100;
/** What strangers do is drawn by itself: schedules that once found something stay as they were. */
const OTHERS = 0x5eed;

/** The schedule of a seed: the same seed and size always give the same. */
export function planOf(seed: number, size: Size): Plan {
  const random = new Random(seed);
  const others = new Random(seed ^ OTHERS);
  const chats = castOf(size.privateChats);
  const regions = Array.from({ length: size.regions }, (_, index) => `q${letter(index)}`);
  const steps = [
    ...regions.flatMap((region, index) => incidentOf(random, region, FIRST_ID + index, size)),
    ...troubles(random, chats, size),
    ...floods(random, chats, size),
    ...slowModes(others, chats, size),
    ...strangers(others, size),
    ...aways(random, size),
    ...absences(random, chats, size),
    ...migrations(random, chats, size),
    ...topics(random, chats, size),
    ...endings(random, size),
    ...questions(random, chats, size),
    ...refusals(random, chats, size),
  ];
  return { seed, size, chats, regions, steps: steps.toSorted((a, b) => a.at - b.at) };
}

/** A region gets worse, better, other texts, well, and now and then relapses. */
function incidentOf(random: Random, region: string, id: number, { ms }: Size): Step[] {
  const steps: Step[] = [];
  let at = random.whole(200, Math.round(ms * 0.4));
  let count = 0;
  const say = (status: FeedChange["status"]) => {
    const text = status === "well" ? "" : `Недоступна CRM: сбой ${region}-${++count}.`;
    steps.push({ kind: "feed", at, region, status, text, id });
  };
  const relapses = random.chance(0.4) ? random.whole(1, 2) : 0;
  for (let round = 0; round <= relapses && at < ms * 0.75; round++) {
    for (let change = random.whole(1, 3); change > 0 && at < ms * 0.85; change--) {
      say(random.pick(["degraded", "outage", "outage"]));
      at += random.whole(700, Math.min(4_000, Math.round(ms * 0.25)));
    }
    say("well");
    // Soon enough to be the same incident: within ten readings, one a second.
    at += random.whole(1_000, 5_000);
  }
  return steps.map((it) => ({ ...it, at: Math.min(it.at, ms) }));
}

function troubles(random: Random, chats: readonly CastChat[], { ms }: Size): Step[] {
  return times(random, ms, 1_500).map((at) => {
    const trouble = random.pick(TROUBLES);
    const isOfOne = random.chance(0.25);
    return {
      kind: "trouble",
      at,
      trouble,
      share: isOfOne ? 1 : random.pick([0.05, 0.2, 0.6]),
      // What hangs holds its chat up until the client gives up.
      forMs: random.whole(200, trouble === "hang" ? 600 : 2_000),
      method: random.pick([null, "sendmessage", "sendmessage", "editmessagetext"]),
      chat: isOfOne ? random.pick(chats).id : null,
    };
  });
}

function floods(random: Random, chats: readonly CastChat[], { ms }: Size): Step[] {
  return times(random, ms, 5_000).map((at) => ({
    kind: "flood",
    at,
    chat: random.chance(0.35) ? "all" : random.pick(chats).id,
    seconds: random.whole(1, 3),
  }));
}

function slowModes(random: Random, chats: readonly CastChat[], { ms }: Size): Step[] {
  const groups = chats.filter((it) => it.kind === "supergroup" || it.kind === "forum");
  return times(random, ms, 8_000).map((at) => ({
    kind: "slow",
    at,
    chat: random.pick(groups).id,
    seconds: random.whole(0, 4),
  }));
}

function strangers(random: Random, { ms }: Size): Step[] {
  return times(random, ms, 250).map((at) => ({
    kind: "stranger",
    at,
    who: random.pick(STRANGERS),
    does: random.chance(0.02) ? "flood" : random.pick(["ask", "press", "forge"] as const),
  }));
}

function aways(random: Random, { ms }: Size): Step[] {
  return times(random, ms, 12_000)
    .map((at) => ({ kind: "away", at, forMs: random.whole(300, 3_000) }));
}

/** Some go and come back, some go and stay away. */
function absences(random: Random, chats: readonly CastChat[], { ms, privateChats }: Size): Step[] {
  // Whoever moves has enough to do.
  const candidates = chats.filter((it) => it.kind !== "group");
  return random.sample(candidates, Math.ceil(privateChats / 8)).flatMap(({ id }): Step[] => {
    const steps: Step[] = [];
    let at = random.whole(0, Math.round(ms * 0.6));
    for (let round = random.whole(1, 2); round > 0 && at < ms; round--) {
      steps.push({ kind: "gone", at, chat: id });
      at = Math.min(at + random.pick([random.whole(5, 60), random.whole(300, ms / 4)]), ms);
      if (round === 1 && random.chance(0.25)) break;
      steps.push({ kind: "back", at, chat: id });
      at += random.whole(5, ms / 4);
    }
    return steps;
  });
}

function migrations(random: Random, chats: readonly CastChat[], { ms }: Size): Step[] {
  return chats.filter((it) => it.kind === "group" && random.chance(0.6)).map(({ id }) => ({
    kind: "migrate",
    at: random.whole(0, Math.round(ms * 0.9)),
    chat: id,
    to: supergroupOf(id),
    isSilent: random.chance(0.5),
  }));
}

function topics(random: Random, chats: readonly CastChat[], { ms }: Size): Step[] {
  return chats.filter((it) => it.kind === "forum" && random.chance(0.6)).map(({ id }) => ({
    kind: "topic",
    at: random.whole(0, Math.round(ms * 0.9)),
    chat: id,
    end: random.pick(["closed", "deleted"]),
  }));
}

/** Kills mostly come amid messages; a short schedule has one at least. */
function endings(random: Random, { ms }: Size): Step[] {
  const at = times(random, ms, 5_000);
  return (at.length > 0 ? at : [Math.round(ms * 0.4)]).map((at, index) => ({
    kind: "end",
    at,
    signal: index === 0 || random.chance(0.75) ? "SIGKILL" : "SIGTERM",
    afterSends: random.chance(0.2) ? 0 : random.whole(1, 30),
  }));
}

function questions(random: Random, chats: readonly CastChat[], { ms }: Size): Step[] {
  return times(random, ms, 700).map((at): Step => {
    // In groups each answer takes one of the twenty messages a minute.
    const candidates = random.chance(0.1) ? chats : chats.filter((it) => it.kind === "private");
    const { id } = random.pick(candidates);
    return random.chance(0.7)
      ? { kind: "ask", at, chat: id, text: random.pick(QUESTIONS) }
      : { kind: "press", at, chat: id };
  });
}

/** As Telegram has answered for hours of chats that were well. */
const WRONG_WORDS = [
  "chat not found",
  "PEER_ID_INVALID",
  "CHAT_RESTRICTED",
  "not enough rights to send text messages to the chat",
];

/** Each chat of the settings and some others; a minute later they are tried again, which takes long. */
function refusals(random: Random, chats: readonly CastChat[], { ms }: Size): Step[] {
  if (ms < LONG.ms) return [];
  const settled = chats.filter((it) => it.kind === "supergroup" || it.kind === "private");
  const some = [...settled.filter((it) => it.isConfigured), ...random.sample(settled, 3)];
  return some.map(({ id }) => ({
    kind: "refuse",
    at: random.whole(0, Math.round(ms * 0.8)),
    chat: id,
    description: `Bad Request: ${random.pick(WRONG_WORDS)}`,
    forMs: random.whole(300, 6_000),
  }));
}

/** Times on the way, `everyMs` apart on the average. */
function times(random: Random, ms: number, everyMs: number): number[] {
  const found: number[] = [];
  for (let at = random.whole(0, everyMs * 2); at < ms; at += random.whole(0, everyMs * 2)) {
    found.push(at);
  }
  return found;
}

function letter(index: number): string {
  return String.fromCharCode("a".charCodeAt(0) + index);
}
