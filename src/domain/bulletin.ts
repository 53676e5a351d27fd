import { regionOf } from "./region.ts";

// A bulletin: a message of the bot's administrator to the chats that hear a region, or to all chats.

/** An administrator's own text; `entities` as Telegram has them, with offsets in UTF-16 units. */
export interface Authored {
  readonly text: string;
  readonly entities: readonly object[];
}

/** A bulletin as it is stored. Times in milliseconds since the epoch. */
export interface Bulletin {
  readonly id: number;
  /** Who wrote it, or sent it; null for people who had everything about them deleted. */
  readonly authorId: number | null;
  /** Null: to all chats. */
  readonly region: string | null;
  readonly written: Authored;
  /** The bulletin whose text this draft is to replace. */
  readonly corrects: number | null;
  readonly draftedAt: number;
  /** Null for a draft. */
  readonly sentAt: number | null;
  readonly isRemoved: boolean;
  /** Chats that get it, or got it. */
  readonly chats: number;
}

/** What a chat is to be told of a bulletin now. */
export interface BulletinNews extends Pick<Bulletin, "region" | "written" | "isRemoved"> {
  /** The chat's copy; null for none yet. */
  readonly messageId: number | null;
  /** The newest change of the bulletin. */
  readonly latest: number;
}

/** Who changes a bulletin, and what the other administrators are told of it. */
export interface Acting {
  readonly by: number;
  readonly notice: (bulletin: Bulletin) => string;
}

/** What became of a wish to send, correct or remove a bulletin. `bulletin`: the one that chats have, also where a draft corrected it. */
export type Done =
  | { readonly kind: "done" | "done before"; readonly bulletin: Bulletin }
  /** There is no such draft or bulletin, or it is removed. */
  | { readonly kind: "gone" }
  | { readonly kind: "stale draft" }
  /** Its 48 hours are over. */
  | { readonly kind: "too late" }
  /** Another one was sent a moment ago. */
  | { readonly kind: "too soon"; readonly until: number };

/** Limit of a bulletin's text in UTF-16 units: our own words beside it, also in a preview, fit in one message. */
export const MAX_BULLETIN_LENGTH = 3_500;
/** Pause between two bulletins. */
const PAUSE_MS = 10 * 60_000;
/** Age up to which a draft can be sent: an old press may come late. */
const DRAFT_MS = 3_600_000;
/** Age up to which a bulletin is corrected or removed: a bot may delete messages for 48 hours (Bot API, deleteMessage). */
const CHANGEABLE_MS = 48 * 3_600_000;

/** Whether a draft is too old to be sent; also one from the future, by a clock that was wrong. */
export function isStaleDraft({ draftedAt }: Bulletin, now: number): boolean {
  return Math.abs(now - draftedAt) > DRAFT_MS;
}

/** Time from which the next bulletin may be sent; null for now. */
export function nextBulletinAt(lastSentAt: number | null, now: number): number | null {
  const at = (lastSentAt ?? -Infinity) + PAUSE_MS;
  return now < at && now >= at - PAUSE_MS ? at : null;
}

/** Time up to which a bulletin sent at `sentAt` may be corrected or removed. */
export function changeableUntil(sentAt: number): number {
  return sentAt + CHANGEABLE_MS;
}

/** What the words after `/announce` ask for; `from`: where the administrator's own text begins. */
export type Asked =
  | { readonly kind: "usage" }
  /** To see the bulletin with this number. */
  | { readonly kind: "look"; readonly id: number }
  | { readonly kind: "unwatched"; readonly region: string }
  | {
    readonly kind: "text";
    readonly corrects: number | null;
    readonly region: string | null;
    readonly from: number;
  };

/**
 * Reads `[region] text`, `#12 text` and `#12`. A region is written in small letters: a sentence may begin
 * with “In” or “By”, which are regions as well.
 */
export function readAnnounce(words: string, watched: readonly string[]): Asked {
  const number = /^#(\d{1,15})(?:\s+|$)/.exec(words);
  if (number) {
    const id = Number(number[1]);
    const from = number[0].length;
    return from === words.length
      ? { kind: "look", id }
      : { kind: "text", corrects: id, region: null, from };
  }
  const [start, word = ""] = /^(\.?[a-z][a-z.]*)(?:\s+|$)/.exec(words) ?? [""];
  const named = word === "" ? null : regionOf(word);
  const isWatched = named !== null && watched.includes(named.name);
  if (named !== null && !isWatched && (named.isListed || word.startsWith("."))) {
    return { kind: "unwatched", region: named.name };
  }
  const from = isWatched ? start.length : 0;
  if (from === words.length) return { kind: "usage" };
  return { kind: "text", corrects: null, region: isWatched ? named.name : null, from };
}
