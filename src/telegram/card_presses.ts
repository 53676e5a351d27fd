import { type Answer, type Asking, type BotDeps, refuse } from "./action_contract.ts";

/** «✋ Беру» under a card. */
export function take(deps: BotDeps, _asking: Asking): Answer {
  return refuse(deps.voice.texts.staleButton);
}

/** «🔕 Тише 1 ч» under a card. */
export function hush(deps: BotDeps, _asking: Asking): Answer {
  return refuse(deps.voice.texts.staleButton);
}
