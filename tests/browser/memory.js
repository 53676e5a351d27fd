// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// Runs in the page before its own scripts: keeps what messages, lines of chats and notices say, and
// what they said before.

/** @type {import("./memory.ts").Shown[]} */
const shown = [];
Object.assign(globalThis, { shownInTests: shown });
const KINDS = "article, .chat, [role=status]";
/** @type {WeakMap<Element, string>} */
const last = new WeakMap();

/** @param {Element | null} element */
function note(element) {
  const text = element?.textContent ?? "";
  if (element === null || text === "" || last.get(element) === text) return;
  last.set(element, text);
  shown.push({ text, isNotice: element.getAttribute("role") === "status" });
}

new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) {
    if (target instanceof Element) note(target.closest(KINDS));
    for (const it of addedNodes) if (it instanceof Element && it.matches(KINDS)) note(it);
  }
}).observe(document, { subtree: true, childList: true });
