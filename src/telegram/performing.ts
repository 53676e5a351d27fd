import type { Log } from "../log/log.ts";
import { type Answer, type Asking, type BotDeps, refuse, speakingIn } from "./action_contract.ts";
import { ACTIONS } from "./actions.ts";
import { STALE_MS } from "./backlog.ts";
import type { ActionName } from "./callbacks.ts";
import { isDatabaseFault } from "./reason.ts";
import { refusalOf } from "./refusals.ts";
import type { Replies } from "./replies.ts";
import { judge } from "./rights.ts";

/** Dependencies that the handlers of commands and presses share. */
export interface Handling {
  readonly deps: BotDeps;
  readonly replies: Replies;
  readonly logger: Log;
}

/** The dependencies with the texts in the language of a chat. */
export function handlingIn<H extends Handling>(handling: H, chatId: number | undefined): H {
  const deps = speakingIn(handling.deps, chatId);
  return { ...handling, deps, replies: handling.replies.in(deps.voice) };
}

/**
 * Checks the rights and runs an action. A missing right or an error becomes a refusal, so that
 * everybody gets an answer. Never rejects.
 */
export async function perform(
  handling: Handling,
  action: ActionName,
  asking: Asking,
): Promise<Answer> {
  const { deps, replies, logger } = handling;
  const { texts } = deps.voice;
  try {
    return await permitted(handling, action, asking);
  } catch (error) {
    if (refusalOf(error).means === "later") {
      replies.noteHeldBack(asking.chat.id, error);
      return refuse(texts.failed);
    }
    deps.counters.add("handler_errors_total");
    const isDatabase = isDatabaseFault(error);
    logger.error("Action failed", {
      action,
      chat: asking.chat.id,
      error,
      ...(isDatabase || !(error instanceof Error) ? {} : { stack: error.stack }),
    });
    return refuse(isDatabase ? texts.databaseFailed : texts.failed);
  }
}

async function permitted(
  { deps, replies }: Handling,
  action: ActionName,
  asking: Asking,
): Promise<Answer> {
  const terms = ACTIONS[action];
  const verdict = await judge(deps, terms, asking);
  if (verdict.kind === "refused") return refuse(verdict.refusal);
  const isStale = asking.askedAt !== null && deps.telegramNow() - asking.askedAt > STALE_MS;
  if (isStale && terms.changes === "administration") return refuse(deps.voice.texts.tooLate);
  if (verdict.kind === "here") return await terms.perform(deps, asking);
  const chat = { id: verdict.userId, type: "private" };
  const personal = speakingIn(deps, verdict.userId);
  const answer = await terms.perform(personal, { ...asking, chat, topicId: null });
  if (answer.kind !== "screen") return answer;
  return refuse(await replies.whisper(asking, verdict.userId, answer.screen));
}
