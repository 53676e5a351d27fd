// @ts-check
/// <reference lib="dom" />
import { alertBox, toast } from "./notices.js";
import { T } from "./texts.js";

/**
 * Copies a text and says so; without access to the clipboard it shows the text, to be copied by hand.
 * @param {string} text
 */
export async function copy(
  text,
  { clipboard = navigator.clipboard, say = toast, show = alertBox } = {},
) {
  try {
    await clipboard.writeText(text);
    say(T.copied);
  } catch {
    show(text);
  }
}
