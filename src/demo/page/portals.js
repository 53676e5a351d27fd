// @ts-check
/// <reference lib="dom" />
import { doIt, press, segment } from "./controls.js";
import { byId, el } from "./dom.js";
import { T } from "./texts.js";

/** @typedef {import("../page_types.ts").DeskState["portals"][number]} Portal */
/** @typedef {import("../page_types.ts").PortalMode} PortalMode */

const MODES = /** @type {PortalMode[]} */ (Object.keys(T.portalOthers));

/** By name: what is needed to show how a portal is. @type {Map<string, (mode: PortalMode) => void>} */
const shown = new Map();

/**
 * The portals as they are.
 * @param {readonly Portal[]} portals
 */
export function showPortals(portals) {
  for (const { name, mode } of portals) {
    const show = shown.get(name) ?? addPortal(name);
    shown.set(name, show);
    show(mode);
  }
}

/** @param {string} name */
function addPortal(name) {
  const be = (/** @type {PortalMode} */ mode) => doIt({ do: "portal", name, mode });
  const segments = el(
    "div",
    { class: "segments big" },
    segment(T.portalModes.alive, "alive", () => be("alive")),
    segment(T.portalModes.slow, "slow", () => be("slow")),
    segment(T.portalModes[502], "502", () => be("502")),
  );
  const other = el(
    "select",
    { "aria-label": `${T.portal(name)}: ${T.portalOther}` },
    el("option", { value: "" }, T.portalOther),
    MODES.map((it) =>
      el("option", { value: it }, T.portalOthers[/** @type {keyof typeof T.portalOthers} */ (it)])
    ),
  );
  other.addEventListener("change", () => {
    be(other.value === "" ? "alive" : /** @type {PortalMode} */ (other.value));
  });
  byId("portals", HTMLDivElement).append(
    el("fieldset", {}, el("legend", {}, T.portal(name)), segments, other),
  );
  return (/** @type {PortalMode} */ mode) => {
    press(segments, mode);
    other.value = MODES.includes(mode) ? mode : "";
  };
}
