import process from "node:process";

// Ids of chats and people in the log: readable at DEBUG, replaced by hashes at higher levels.

/** Names of fields whose numbers are ids of chats or people. */
const ID_FIELD = /^(chat|user|from|to|admin|person|member|sender|group)(_?id)?s?$/i;

/**
 * A number in a text that is most likely an id: long enough, and without a unit after it. Numbers before a
 * colon are left out, as they belong to tokens, which are removed as a whole.
 */
const ID_IN_TEXT =
  /(?<![\w.-])(?:-\d{4,16}(?![\w.]\d)|\d{7,16}(?!\d|[\w:%]|\.\d| ?(?:ms|s|bytes)\b))/g;

export interface IdHider {
  /** Whether a field holds ids. */
  isIdField(name: string): boolean;
  /** `#1a2b3c4d`: always the same for one id and key. */
  hash(id: number | bigint | string): string;
  /** The text, with every number that looks like an id replaced by its hash. */
  hide(text: string): string;
}

/** Creates the functions with a key for the hashes; null for a random key in each process. */
export function createIdHider(key: string | null): IdHider {
  const secret = key ?? crypto.randomUUID();
  // Loaded at the first id only, because loading takes long.
  let sha256: ((text: string) => string) | null = null;
  const hash = (id: number | bigint | string) => {
    sha256 ??= loadSha256();
    // HMAC would protect against length extension, which is impossible for a hash cut this short.
    return `#${sha256(`${secret} ${id}`).slice(0, 8)}`;
  };
  return {
    isIdField: (name) => ID_FIELD.test(name),
    hash,
    hide: (text) => text.replace(ID_IN_TEXT, (id) => hash(id)),
  };
}

/** Node's SHA-256, because that of the Web API is asynchronous. */
function loadSha256(): (text: string) => string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return (text) => createHash("sha256").update(text).digest("hex");
}
