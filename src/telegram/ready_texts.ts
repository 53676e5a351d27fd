import { type Answer, type Asking, type BotDeps, refuse } from "./action_contract.ts";

/** «📋 Текст» under a card. */
export function readyTexts(deps: BotDeps, _asking: Asking): Answer {
  return refuse(deps.voice.texts.staleButton);
}
