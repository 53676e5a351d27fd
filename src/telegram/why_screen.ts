import { type Decision, resultOf } from "../domain/decision.ts";
import { backToMenu } from "./menus.ts";
import { blocks, bold, lines, rich } from "./rich.ts";
import type { Screen } from "./screen.ts";
import type { Voice } from "./texts/format.ts";

/** The latest decisions about a chat, with reasons: «12:04 сбой .ru — отправлено со звуком». */
export function whyScreen(voice: Voice, decisions: readonly Decision[]): Screen {
  const { why } = voice.texts;
  const told = decisions.map((it) =>
    rich(voice.time(it.at), ` ${whatOf(voice, it)} .${it.region} — ${why.results[resultOf(it)]}`)
  );
  return {
    text: blocks(bold(why.title), told.length === 0 ? why.none : lines(...told)),
    keyboard: backToMenu(voice.texts),
  };
}

/**
 * Name of a change: for the beginning of an incident its severity, otherwise the kind of change.
 */
function whatOf({ texts }: Voice, { kind, severity }: Decision): string {
  return kind === "opened" && severity !== null ? texts.severity[severity] : texts.why.kinds[kind];
}
