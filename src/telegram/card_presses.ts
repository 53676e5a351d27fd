import { type Answer, type Asking, type BotDeps, refuse } from "./action_contract.ts";
import { inline } from "./foreign.ts";
import { personOf } from "./rights.ts";

/** «✋ Беру» under a card. `taken`: the answer to whoever gets it, with this toast. */
export async function take(
  deps: BotDeps,
  asking: Asking,
  taken: (text: string) => Answer = toast,
): Promise<Answer> {
  const { staleButton, card: { taking, somebody } } = deps.voice.texts;
  const person = personOf(asking);
  const incidentId = Number(asking.argument);
  if (person === null || !Number.isSafeInteger(incidentId)) return refuse(staleButton);
  const hand = { chatId: asking.chat.id, incidentId, person };
  const pressed = await deps.cards.press(hand, deps.now());
  switch (pressed.kind) {
    case "unknown":
      return refuse(staleButton);
    case "asked":
      return toast(taking.asked(inline(pressed.holder.name ?? somebody)));
    case "taken":
    case "taken over":
      deps.holderNames.ask(hand);
      return taken(taking[pressed.kind]);
    case "let go":
      return toast(taking.released);
    default:
      return toast(taking[pressed.kind]);
  }
}

/** A notice on the button. */
export function toast(text: string): Answer {
  return { kind: "toast", text };
}
