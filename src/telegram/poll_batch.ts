import type { Update } from "grammy/types";

/** The answer to one poll. */
export interface Batch {
  /** Updates that can be handled. */
  readonly updates: Update[];
  /** Number of unreadable entries. */
  readonly unreadable: number;
  readonly count: number;
  /** Offset of the next poll; null for an empty answer. */
  readonly next: number | null;
}

/**
 * Reads an answer to getUpdates, which may come from a proxy or another server. Unreadable entries are
 * counted and left out. Throws when the answer is no list, or when no entry has an id for the next offset.
 */
export function readBatch(answer: unknown): Batch {
  const list: readonly unknown[] | null = Array.isArray(answer) ? answer : null;
  const known = list?.filter(hasId) ?? [];
  if (list === null || (list.length > 0 && known.length === 0)) {
    throw new Error("The answer to getUpdates is no list of updates");
  }
  const updates = known.filter(isReadable);
  return {
    updates,
    unreadable: list.length - updates.length,
    count: list.length,
    next: known.length === 0 ? null : Math.max(...known.map((it) => it.update_id)) + 1,
  };
}

function hasId(it: unknown): it is Update {
  return isObject(it) && Number.isSafeInteger(it["update_id"]);
}

/** Whether an update has the fields that are read before its handler runs. */
function isReadable({ message, callback_query: query, my_chat_member: member }: Update): boolean {
  return (message === undefined || isMessage(message)) &&
    (query === undefined ||
      isObject(query) && isObject(query["from"]) &&
        (query["message"] === undefined || isMessage(query["message"]))) &&
    (member === undefined || isObject(member) && isObject(member["chat"]));
}

function isMessage(it: unknown): boolean {
  if (!isObject(it) || !isObject(it["chat"]) || !Number.isSafeInteger(it["date"])) return false;
  const { chat, text = "", entities = [] } = it;
  return Number.isSafeInteger((chat as { id?: unknown }).id) && typeof text === "string" &&
    Array.isArray(entities) && entities.every(isObject);
}

function isObject(it: unknown): it is Readonly<Record<string, unknown>> {
  return typeof it === "object" && it !== null;
}
