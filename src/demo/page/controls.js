// @ts-check
/// <reference lib="dom" />
import { el } from "./dom.js";
import { failed } from "./notices.js";
import { act } from "./store.js";

/** @typedef {import("../page_types.ts").PageAction} PageAction */

/**
 * One of several buttons in a row, of which one is pressed.
 * @param {string} label
 * @param {string} value
 * @param {() => void} onclick
 */
export function segment(label, value, onclick) {
  return el(
    "button",
    { type: "button", "data-value": value, "aria-pressed": "false", onclick },
    label,
  );
}

/**
 * Shows which of the buttons is pressed.
 * @param {HTMLElement} box
 * @param {string} value
 */
export function press(box, value) {
  for (const it of box.querySelectorAll("[data-value]")) {
    it.setAttribute("aria-pressed", String(it.getAttribute("data-value") === value));
  }
}

/** Tells the server what a person does at the desk. @param {PageAction} action */
export function doIt(action) {
  act(action).catch(failed);
}
