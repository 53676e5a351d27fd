import { type Hand, UNTIL_END } from "../domain/card.ts";
import { type Answer, type Asking, type BotDeps, refuse } from "./action_contract.ts";
import { take, toast } from "./card_presses.ts";
import { markedDrill } from "./drill.ts";
import { inline } from "./foreign.ts";
import { personOf } from "./rights.ts";
import { rich } from "./rich.ts";
import { type Screen, sentence } from "./screen.ts";
import { takeButton } from "./reminder_screen.ts";

/** «🔕 Тише 1 ч» under a card. */
export async function hush(deps: BotDeps, { chat, argument }: Asking): Promise<Answer> {
  const { staleButton, reminding: { hushed } } = deps.voice.texts;
  const incidentId = Number(argument);
  if (!Number.isSafeInteger(incidentId)) return refuse(staleButton);
  const until = await deps.cards.hush({ chatId: chat.id, incidentId }, deps.now());
  if (until === undefined) return refuse(staleButton);
  if (until === null) return toast(hushed.off);
  return toast(until === UNTIL_END ? hushed.end : hushed.until(deps.voice.timeOfDay(until).text));
}

/** «✋ Беру» under a reminder, which then says that somebody took the incident. */
export async function takeReminded(deps: BotDeps, asking: Asking): Promise<Answer> {
  const taken = sentence(deps.voice.texts.reminding.taken);
  return await take(deps, asking, (toast) => instead(deps, asking, taken, toast));
}

/** «Да» under the question whether the holder is still at it. */
export async function still(deps: BotDeps, asking: Asking): Promise<Answer> {
  return await answered(deps, asking, "keep");
}

/** «Отпустить» under the same question. */
export async function release(deps: BotDeps, asking: Asking): Promise<Answer> {
  return await answered(deps, asking, "release");
}

async function answered(
  deps: BotDeps,
  asking: Asking,
  wish: "keep" | "release",
): Promise<Answer> {
  const { staleButton, reminding, card } = deps.voice.texts;
  const person = personOf(asking);
  const incidentId = Number(asking.argument);
  if (person === null || !Number.isSafeInteger(incidentId)) return refuse(staleButton);
  const hand: Hand = { chatId: asking.chat.id, incidentId, person };
  const { kind, holder } = await deps.cards.answer(hand, wish, deps.now());
  switch (kind) {
    case "kept": {
      const [before, since] = card.held;
      const name = inline(holder?.name ?? card.somebody, 32);
      const at = deps.voice.timeOfDay(holder?.since ?? deps.now());
      const text = rich(before, name, since, at);
      return instead(deps, asking, { text, keyboard: null }, reminding.kept);
    }
    case "released": {
      const keyboard = [[takeButton(deps.voice, incidentId)]];
      const text = rich(reminding.released);
      return instead(deps, asking, { text, keyboard }, card.taking.released);
    }
    case "other":
      return refuse(
        holder === null
          ? reminding.outdated
          : reminding.notYours(inline(holder.name ?? card.somebody)),
      );
    default:
      return refuse(kind === "over" ? card.taking.over : staleButton);
  }
}

/** What the reminder becomes; in a drill, whose id is negative, it stays marked. */
function instead({ voice }: BotDeps, { argument }: Asking, screen: Screen, toast: string): Answer {
  const isDrill = Number(argument) < 0;
  return { kind: "screen", screen: isDrill ? markedDrill(voice, screen) : screen, toast };
}
