import { type Answer, type Asking, type BotDeps, refuse, show } from "./action_contract.ts";
import { forgetMenu } from "./menus.ts";
import { blocks, bold } from "./rich.ts";

/** Lifetime of the confirmation button. */
const CONFIRM_MS = 10 * 60_000;

/** The question before all data of a private chat is deleted. */
export function forget(deps: BotDeps, { chat }: Asking): Answer {
  const { texts } = deps.voice;
  return show({
    text: blocks(
      bold(texts.forget.title),
      texts.forget.what,
      deps.chats.isNamed(chat.id) ? texts.forget.named : texts.forget.noMoreAlerts,
    ),
    keyboard: forgetMenu(texts),
  });
}

/** Deletes all data of a private chat, after a press of the confirmation button. */
export async function forgetNow(deps: BotDeps, { chat, shownAt }: Asking): Promise<Answer> {
  const { texts } = deps.voice;
  const isFresh = shownAt !== null && Math.abs(deps.telegramNow() - shownAt) <= CONFIRM_MS;
  if (!isFresh) return refuse(texts.forget.expired);
  const hasList = deps.rules.language(chat.id) !== null;
  await deps.boards.takeDown(chat.id);
  await deps.chats.forget(chat.id, deps.now());
  if (hasList) deps.commandLists.changed(chat.id);
  const said = deps.chats.isNamed(chat.id) ? texts.forget.named : texts.forget.again;
  return {
    kind: "screen",
    screen: { text: blocks(texts.forget.done, said), keyboard: null },
    toast: texts.forget.toast,
  };
}
