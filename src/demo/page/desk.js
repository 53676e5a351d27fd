// @ts-check
/// <reference lib="dom" />
import { doIt, press, segment } from "./controls.js";
import { byId, el } from "./dom.js";
import { showPortals } from "./portals.js";
import { T } from "./texts.js";

/** @typedef {import("../page_types.ts").DeskState} DeskState */
/** @typedef {DeskState["regions"][number]} Region */

const BROKEN = /** @type {(keyof typeof T.modes)[]} */ (Object.keys(T.modes));
const INTERVALS = [1, 5, 15, 60];

/** By region: what is needed to show its state. @type {Map<string, (region: Region) => void>} */
const regions = new Map();

/** Sets up what stands still on the desk. */
export function setUpDesk() {
  byId("plays", HTMLDivElement).replaceChildren(
    el("button", {
      type: "button",
      id: "day",
      title: T.dayHint,
      onclick: () => doIt({ do: "day" }),
    }, [
      `▶ ${T.day}`,
    ]),
    el(
      "button",
      { type: "button", id: "stop", onclick: () => doIt({ do: "stop" }) },
      `■ ${T.stop}`,
    ),
  );
  const telegram = byId("telegram", HTMLFieldSetElement);
  legend(telegram, T.telegram);
  telegram.querySelector(".segments")?.replaceChildren(
    ...Object.entries(T.telegramModes).map(([mode, label]) =>
      segment(
        label,
        mode,
        () => doIt({ do: "telegram", mode: /** @type {keyof typeof T.telegramModes} */ (mode) }),
      )
    ),
  );
  const bot = byId("bot", HTMLFieldSetElement);
  legend(bot, T.settings);
  bot.querySelector(".fields")?.replaceChildren(
    choice(
      "interval",
      T.interval,
      INTERVALS.map((it) => [String(it), T.seconds(it)]),
      (value) => doIt({ do: "interval", seconds: Number(value) }),
    ),
    choice(
      "lang",
      T.lang,
      Object.entries(T.langs),
      (value) => doIt({ do: "lang", lang: value === "en" ? "en" : "ru" }),
    ),
    check("page-up", T.page, (isUp) => doIt({ do: "page", isUp })),
    check("link", T.link, (isThere) => doIt({ do: "link", isThere })),
    el(
      "button",
      { type: "button", id: "restart", onclick: () => doIt({ do: "restart" }) },
      T.restart,
    ),
  );
}

/**
 * The desk as it stands.
 * @param {DeskState} desk
 */
export function showDesk(desk) {
  for (const region of desk.regions) {
    if (!regions.has(region.region)) addRegion(region.region);
    regions.get(region.region)?.(region);
  }
  showPortals(desk.portals);
  press(byId("telegram", HTMLFieldSetElement), desk.telegram);
  byId("interval", HTMLSelectElement).value = String(desk.intervalSeconds);
  byId("lang", HTMLSelectElement).value = desk.lang;
  byId("page-up", HTMLInputElement).checked = desk.isPageUp;
  byId("link", HTMLInputElement).checked = desk.isLinkThere;
  const restart = byId("restart", HTMLButtonElement);
  restart.textContent = desk.bot === "starting" ? T.starting : T.restart;
  restart.setAttribute("aria-disabled", String(desk.bot === "starting"));
  byId("playing", HTMLDivElement).textContent = desk.playing?.caption ?? "";
  byId("stop", HTMLButtonElement).hidden = desk.playing === null;
  byId("day", HTMLButtonElement).hidden = desk.playing?.what === "day";
}

/** @param {string} region */
function addRegion(region) {
  const segments = el(
    "div",
    { class: "segments big" },
    segment(T.well, "well", () => doIt({ do: "feed", region, mode: "well" })),
    segment(T.degraded, "degraded", () => doIt({ do: "feed", region, mode: "degraded" })),
    segment(T.outage, "outage", () => doIt({ do: "feed", region, mode: "outage" })),
  );
  const broken = el(
    "select",
    { "aria-label": `${T.region(region)}: ${T.broken}` },
    el("option", { value: "" }, T.broken),
    BROKEN.map((it) => el("option", { value: it }, T.modes[it])),
  );
  broken.addEventListener("change", () => {
    const mode = /** @type {keyof typeof T.modes | ""} */ (broken.value);
    doIt({ do: "feed", region, mode: mode === "" ? "well" : mode });
  });
  const own = ownForm(region);
  const set = el("fieldset", {}, el("legend", {}, T.region(region)), segments, broken, own.element);
  byId("regions", HTMLDivElement).append(set);
  regions.set(region, (state) => {
    press(segments, state.mode);
    set.dataset["mode"] = state.mode;
    broken.value = state.mode in T.modes ? state.mode : "";
    own.show(state);
  });
}

/** @param {string} region */
function ownForm(region) {
  const text = el("textarea", {
    rows: 2,
    maxlength: 1000,
    "aria-label": T.ownText,
    required: true,
  });
  const severity = el(
    "select",
    { "aria-label": T.ownSeverity },
    el("option", { value: "outage" }, T.outage),
    el("option", { value: "degraded" }, T.degraded),
  );
  const form = el(
    "form",
    {
      onsubmit(/** @type {Event} */ event) {
        event.preventDefault();
        doIt({
          do: "own",
          region,
          text: text.value,
          severity: severity.value === "degraded" ? "degraded" : "outage",
        });
      },
    },
    text,
    el("div", { class: "row" }, severity, el("button", { type: "submit" }, T.publish)),
  );
  const element = el("details", { class: "own" }, el("summary", {}, T.own), form);
  return {
    element,
    show(/** @type {Region} */ state) {
      element.classList.toggle("on", state.mode === "own");
      // What a person is writing stays theirs.
      if (state.mode !== "own" || form.contains(document.activeElement)) return;
      text.value = state.text;
      severity.value = state.severity;
    },
  };
}

/**
 * @param {string} id
 * @param {string} label
 * @param {readonly (readonly [string, string])[]} options
 * @param {(value: string) => void} onChange
 */
function choice(id, label, options, onChange) {
  const select = el(
    "select",
    { id },
    options.map(([value, text]) => el("option", { value }, text)),
  );
  select.addEventListener("change", () => onChange(select.value));
  return el("label", {}, el("span", {}, label), select);
}

/**
 * @param {string} id
 * @param {string} label
 * @param {(isOn: boolean) => void} onChange
 */
function check(id, label, onChange) {
  const box = el("input", { type: "checkbox", id, onchange: () => onChange(box.checked) });
  return el("label", { class: "check" }, box, label);
}

/**
 * @param {HTMLElement} set
 * @param {string} text
 */
function legend(set, text) {
  const element = set.querySelector("legend");
  if (element) element.textContent = text;
}
