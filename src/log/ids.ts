import process from "node:process";

// Ids of chats and people in the log: whole at DEBUG, above it a name that says nothing to others.

/** Fields whose whole numbers are ids of chats and people, whoever logs them. */
const ID_FIELD = /^(chat|user|from|to|admin|person|member|sender|group)(_?id)?s?$/i;

/**
 * What can hardly be anything but an id in words, such as Telegram's own or those of a notice. The
 * number in front of a colon may be a token's, which is removed as a whole.
 */
const ID_IN_TEXT =
  /(?<![\w.-])(?:-\d{4,16}(?![\w.]\d)|\d{7,16}(?!\d|[\w:%]|\.\d| ?(?:ms|s|bytes)\b))/g;

export interface IdHider {
  /** Whether a field holds ids. */
  isIdField(name: string): boolean;
  /** `#1a2b3c4d`: the same for an id as long as the key is the same. */
  hash(id: number | bigint | string): string;
  /** The text with such names in the place of ids. */
  hide(text: string): string;
}

/** Without a key it is another name in each process. */
export function createIdHider(key: string | null): IdHider {
  const secret = key ?? crypto.randomUUID();
  // Loading it takes longer than all before the first id, and costs nothing until then.
  let sha256: ((text: string) => string) | null = null;
  const hash = (id: number | bigint | string) => {
    sha256 ??= loadSha256();
    // Cut so short that nothing can be appended to it: for that alone HMAC would be needed.
    return `#${sha256(`${secret} ${id}`).slice(0, 8)}`;
  };
  return {
    isIdField: (name) => ID_FIELD.test(name),
    hash,
    hide: (text) => text.replace(ID_IN_TEXT, (id) => hash(id)),
  };
}

/** The Web's own is asynchronous, which a log cannot be. */
function loadSha256(): (text: string) => string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return (text) => createHash("sha256").update(text).digest("hex");
}
