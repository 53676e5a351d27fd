// @ts-check
/// <reference lib="dom" />
import { byId, el, endKeeper } from "./dom.js";
import { clockToSeconds } from "./formats.js";
import { T } from "./texts.js";

/** @typedef {import("../page_types.ts").LogEntry} LogEntry */

const ROWS_KEPT = 400;
const list = byId("log", HTMLOListElement);
const keeper = endKeeper(list);
/** Kinds that nobody wants to see. @type {Set<string>} */
const hidden = new Set();
/** The newest id that was shown: after a reconnection all come again. */
let lastId = 0;

/** The switches over the list. */
export function setUpLog() {
  byId("filters", HTMLDivElement).replaceChildren(
    ...Object.entries(T.kinds).map(([kind, label]) => {
      const button = el("button", {
        type: "button",
        class: "filter",
        "data-kind": kind,
        "aria-pressed": "true",
        onclick() {
          if (!hidden.delete(kind)) hidden.add(kind);
          button.setAttribute("aria-pressed", String(!hidden.has(kind)));
          for (const it of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("li"))) {
            it.hidden = hidden.has(it.dataset["kind"] ?? "");
          }
          keeper.follow();
        },
      }, label);
      return button;
    }),
  );
}

/** All that there is, instead of what was shown. @param {readonly LogEntry[]} entries */
export function showLog(entries) {
  list.replaceChildren(...entries.map(row));
  lastId = entries.at(-1)?.id ?? 0;
  keeper.toEnd();
}

/** One more line. @param {LogEntry} entry */
export function addToLog(entry) {
  if (entry.id <= lastId) return;
  lastId = entry.id;
  list.append(row(entry));
  while (list.children.length > ROWS_KEPT) list.firstElementChild?.remove();
  keeper.follow();
}

/** @param {LogEntry} entry */
function row({ kind, at, text, isFine }) {
  return el(
    "li",
    { "data-kind": kind, class: isFine ? false : "bad", hidden: hidden.has(kind) },
    el("time", { datetime: new Date(at).toISOString() }, clockToSeconds(at)),
    " ",
    el("span", {}, text),
  );
}
