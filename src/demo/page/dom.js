// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An element with attributes and children. `on…` attributes are listeners, `true` sets an attribute,
 * `false` and null leave it out. Text stays text, whoever wrote it.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Child | readonly Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) {
      element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  element.append(
    .../** @type {(Node | string)[]} */ (children.flat().filter((it) => it || it === "")),
  );
  return element;
}

/**
 * The element of the page with this id; it is in index.html.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`The page has no ${type.name} #${id}`);
}

/**
 * Fills a box anew; the keyboard's focus stays on what has the same `data-key` there.
 * @param {HTMLElement} box
 * @param {readonly Node[]} children
 */
export function refill(box, children) {
  const focused = document.activeElement;
  const key = box.contains(focused) ? focused?.getAttribute("data-key") : null;
  box.replaceChildren(...children);
  if (key === null || key === undefined) return;
  const again = box.querySelector(`[data-key="${CSS.escape(key)}"]`);
  /** @type {HTMLElement | null} */ (again)?.focus();
}

/**
 * Keeps a box scrolled to its end while whoever reads is there, whatever becomes of its size.
 * @param {HTMLElement} box
 * @param {() => void} [onEnd] the reader has come to the end
 */
export function endKeeper(box, onEnd = () => {}) {
  let isAtEnd = true;
  const toEnd = () => {
    isAtEnd = true;
    box.scrollTop = box.scrollHeight;
  };
  box.addEventListener("scroll", () => {
    isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
    if (isAtEnd) onEnd();
  });
  new ResizeObserver(() => {
    if (isAtEnd) toEnd();
  }).observe(box);
  return {
    toEnd,
    /** Something was added, or has another size now. */
    follow() {
      if (isAtEnd) toEnd();
      return isAtEnd;
    },
  };
}
