// @ts-check
/// <reference lib="dom" />
import { byId } from "./dom.js";
import { T } from "./texts.js";

const TOAST_MS = 4_000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Shows a line for a moment.
 * @param {string} text
 */
export function toast(text) {
  const box = byId("toast", HTMLDivElement);
  box.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => box.textContent = "", TOAST_MS);
}

/**
 * Shows a text until it is put away.
 * @param {string} text
 */
export function alertBox(text) {
  const dialog = byId("alert", HTMLDialogElement);
  byId("alert-text", HTMLParagraphElement).textContent = text;
  const button = dialog.querySelector("button");
  if (button) button.textContent = T.ok;
  if (!dialog.open) dialog.showModal();
}

/**
 * Shows why something could not be done.
 * @param {unknown} error
 */
export function failed(error) {
  toast(
    error instanceof TypeError ? T.lost : error instanceof Error ? error.message : String(error),
  );
}
