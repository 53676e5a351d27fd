import type { InlineKeyboardMarkup } from "grammy/types";

/** Time after an edit in which a press of a removed button counts as "quick". */
const QUICK_MS = 10_000;
/** Edited messages that are remembered, the latest ones. */
const REMEMBERED = 500;

/** The recent buttons of a message that we edited. */
interface Edited {
  at: number;
  now: ReadonlySet<string>;
  /** Time at which each former button was removed, by its data. */
  readonly past: Map<string, number>;
}

/**
 * Remembers the callback data that messages really hold. Clients may send any data for any message
 * (Bot API, CallbackQuery.data), so a press counts only if a button of its message has that data.
 */
export class Keyboards {
  readonly #elapsed: () => number;
  readonly #edited = new Map<string, Edited>();

  /** @param elapsed milliseconds of real time */
  constructor(elapsed: () => number = () => performance.now()) {
    this.#elapsed = elapsed;
  }

  /**
   * `held`: a button of the message has this data. `quick`: a button had this data until an edit of
   * ours a moment ago. `foreign`: neither.
   */
  find(message: Pressed, data: string): "held" | "quick" | "foreign" {
    const seen = dataOf(message.reply_markup);
    const edited = this.#recent(keyOf(message));
    // The message as it came with the press may be older than our edit.
    if ((edited?.now ?? seen).has(data)) return "held";
    const heldAt = edited?.past.get(data) ?? -Infinity;
    return seen.has(data) || this.#elapsed() - heldAt < QUICK_MS ? "quick" : "foreign";
  }

  /** A message that a press came with was edited to these buttons. */
  edited(message: Pressed, markup: InlineKeyboardMarkup | undefined): void {
    const key = keyOf(message);
    const before = this.#recent(key);
    const at = this.#elapsed();
    const past = before?.past ?? new Map<string, number>();
    for (const it of before?.now ?? dataOf(message.reply_markup)) past.set(it, at);
    this.#edited.delete(key);
    this.#edited.set(key, { at, now: dataOf(markup), past });
    const [oldest] = this.#edited.keys();
    if (this.#edited.size > REMEMBERED && oldest !== undefined) this.#edited.delete(oldest);
  }

  #recent(key: string): Edited | undefined {
    const edited = this.#edited.get(key);
    return edited && this.#elapsed() - edited.at < QUICK_MS ? edited : undefined;
  }
}

/** The message with the button, as Telegram shows it with a press. */
export interface Pressed {
  readonly chat: { readonly id: number };
  readonly message_id: number;
  /** Set for one that only the presser sees: its message_id is 0. */
  readonly ephemeral_message_id?: number;
  readonly reply_markup?: InlineKeyboardMarkup;
}

function keyOf({ chat, message_id, ephemeral_message_id: ephemeral }: Pressed): string {
  return `${chat.id}/${message_id}${ephemeral === undefined ? "" : `/${ephemeral}`}`;
}

function dataOf(markup: InlineKeyboardMarkup | undefined): ReadonlySet<string> {
  const buttons = markup?.inline_keyboard.flat() ?? [];
  return new Set(buttons.flatMap((it) => "callback_data" in it ? [it.callback_data] : []));
}
