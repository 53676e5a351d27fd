/** Limit of callback data (Bot API, InlineKeyboardButton), in bytes of UTF-8. */
const MAX_DATA_BYTES = 64;

/** Prefix of buttons whose answer comes as a new message. */
const NEW_MESSAGE = "new:";

/** All actions by name, with the longest argument of a button in bytes of UTF-8; 0 for none. */
const MAX_ARGUMENT_BYTES = {
  start: 0,
  help: 0,
  menu: 0,
  monitoring_menu: 0,
  analytics_menu: 0,
  admin_menu: 0,
  close: 0,
  status: 0,
  stats: 0,
  metrics: 0,
  incidents: 0,
  history: 0,
  export: 0,
  health: 0,
  logs: 0,
  database: 0,
  connections: 0,
  subscriptions: 0,
  subscribe: 0,
  unsubscribe: 0,
  settings: 0,
  rule: 12,
  region_only: 8,
  region_on: 8,
  region_off: 8,
  regions_all: 0,
  level: 12,
  comp_only: 50,
  comp_on: 50,
  comp_off: 50,
  comps_all: 0,
  hours: 9,
  quiet_off: 0,
  zone: 40,
  night: 8,
  signals: 3,
  hear_only: 50,
  hear_too: 50,
  quiet: 0,
  portal: 0,
  portal_is: 24,
  portal_drop: 16,
  portal_watch: 20,
  check: 8,
  moved: 54,
  take: 20,
  hush: 20,
  take_reminded: 20,
  still: 20,
  release: 20,
  texts: 20,
  why: 0,
  drill: 0,
  lang: 2,
  board: 3,
  forget: 0,
  forget_now: 0,
  getid: 0,
  monitoring: 0,
  announce: 0,
  bulletin: 24,
} as const satisfies Record<string, number>;

/** Actions that are answered by a notice on the button alone: none of a group's messages is used up. */
export const TOASTED: ReadonlySet<string> = new Set<ActionName>(["take", "hush"]);

export type ActionName = keyof typeof MAX_ARGUMENT_BYTES;

/** What a button asks for. */
export interface Callback<Name extends string = ActionName> {
  readonly action: Name;
  /** What the action is about, such as an id; missing where the action takes none. */
  readonly argument?: string | undefined;
  /** Whether the answer comes as a new message, and the message with the button stays as it is. */
  readonly opensNew?: boolean | undefined;
}

/** Callback data as Telegram carries it: `name` or `name:argument`, either behind `new:`. */
export interface Codec<Name extends string> {
  /**
   * Writes callback data. Throws a RangeError when the argument is longer than its action allows.
   */
  write(callback: Callback<Name>): string;
  /**
   * Reads callback data; null for data of no present button of ours: unknown, outdated or forged.
   */
  read(data: string): Callback<Name> | null;
}

/**
 * A codec for these names and the longest argument of each, in bytes. Throws a RangeError for a name
 * that could not be told from the rest of the data, or whose longest data Telegram would refuse.
 */
export function createCodec<Name extends string>(
  maxArgumentBytes: Readonly<Record<Name, number>>,
): Codec<Name> {
  for (const [name, longest] of Object.entries<number>(maxArgumentBytes)) {
    if (!/^[a-z_]+$/.test(name) || name === "new") throw new RangeError(`No action: ${name}`);
    const bytes = NEW_MESSAGE.length + name.length + (longest === 0 ? 0 : 1 + longest);
    if (bytes > MAX_DATA_BYTES) throw new RangeError(`Callback data of ${name}: ${bytes} bytes`);
  }
  const isName = (name: string): name is Name => Object.hasOwn(maxArgumentBytes, name);
  return {
    write({ action, argument = "", opensNew = false }) {
      if (bytesOf(argument) > maxArgumentBytes[action]) {
        throw new RangeError(`Argument of ${action} is too long: ${argument}`);
      }
      return (opensNew ? NEW_MESSAGE : "") + action + (argument === "" ? "" : `:${argument}`);
    },
    read(data) {
      const [, prefix, action = "", argument] = /^(new:)?([a-z_]+)(?::(.+))?$/s.exec(data) ?? [];
      if (!isName(action)) return null;
      const isTooLong = argument !== undefined && bytesOf(argument) > maxArgumentBytes[action];
      return isTooLong ? null : { action, argument, opensNew: prefix !== undefined };
    },
  };
}

/** The codec of the bot's own buttons. */
export const CALLBACKS = createCodec(MAX_ARGUMENT_BYTES);

/** How many bytes of UTF-8 an argument of this action may take in a button. */
export function argumentRoom(action: ActionName): number {
  return MAX_ARGUMENT_BYTES[action];
}

/** Whether a word names something that can be asked for. */
export function isAction(name: string): name is ActionName {
  return Object.hasOwn(MAX_ARGUMENT_BYTES, name);
}

/** Bytes of UTF-8, in which callback data is measured. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
