import type { Callback } from "./callbacks.ts";
import { type Rich, rich } from "./rich.ts";

/** One message: its text and its buttons; `keyboard` is null for none. */
export interface Screen {
  readonly text: Rich;
  readonly keyboard: Keyboard | null;
}

/** A button under a message: what it says and what it asks for. */
export interface ActionButton extends Callback {
  readonly label: string;
  /** Clients before Bot API 9.4 show all buttons alike. */
  readonly style?: "success" | undefined;
}

/** A button that copies a text of 1 to 256 characters (Bot API, CopyTextButton). */
export interface CopyButton {
  readonly label: string;
  readonly copy: string;
}

/** A button that opens an address. */
export interface LinkButton {
  readonly label: string;
  readonly url: string;
}

export type Keyboard = readonly (readonly (ActionButton | CopyButton | LinkButton)[])[];

/** A one-line answer without buttons. */
export function sentence(text: string): Screen {
  return { text: rich(text), keyboard: null };
}
