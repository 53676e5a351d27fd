import { serviceAccount } from "../domain/service_accounts.ts";
import type { Asking } from "./action_contract.ts";
import type { ActionTerms, Audience } from "./action_terms.ts";
import type { Texts } from "./texts/format.ts";

/** Dependencies of {@linkcode judge}. */
export interface RightsDeps {
  readonly voice: { readonly texts: Pick<Texts, "denied" | "forget"> };
  readonly settings: { readonly adminIds: readonly number[] };
  readonly chats: { isConfigured(chatId: number): boolean };
}

/** Where an action is answered: in the same chat, in the asker's private chat, or not at all. */
export type Verdict =
  | { readonly kind: "here" }
  | { readonly kind: "in private"; readonly userId: number }
  | { readonly kind: "refused"; readonly refusal: string };

const HERE: Verdict = { kind: "here" };

/**
 * Decides by the present rights whether an action is carried out, for commands and buttons alike.
 */
export async function judge(
  deps: RightsDeps,
  { who, where }: Pick<ActionTerms, "who" | "where">,
  asking: Asking,
): Promise<Verdict> {
  const { chat } = asking;
  const { denied, forget } = deps.voice.texts;
  // All readers of a channel would see the answer, and any of them can press a button.
  if (chat.type === "channel") return refused(denied.channel);
  if (where === "private" && chat.type !== "private") return refused(forget.inPrivate);
  if (where === "groups" && chat.type === "private") return refused(denied.groupsOnly);
  const refusal = await refusalFor(deps, who, asking);
  if (refusal !== null) return refused(refusal);
  const isHere = where !== "private and our groups" || chat.type === "private" ||
    deps.chats.isConfigured(chat.id);
  if (isHere) return HERE;
  return isAdministrator(deps, asking)
    ? { kind: "in private", userId: asking.userId }
    : refused(denied.administrators);
}

/** The refusal for people outside the audience; null for those inside. */
async function refusalFor(deps: RightsDeps, who: Audience, asking: Asking): Promise<string | null> {
  const { chat } = asking;
  const { denied } = deps.voice.texts;
  switch (who) {
    case "anyone":
      return null;
    case "chat keepers":
    case "subscribers": {
      if (who === "chat keepers" && isAdministrator(deps, asking)) return null;
      const may = chat.type === "private" ? "yes" : await administersGroup(asking);
      if (may === "yes") return null;
      return may === "no" ? denied.groupAdministrators : denied.groupUnknown;
    }
    case "log readers":
      if (deps.chats.isConfigured(chat.id)) return null;
      break;
    case "administrators":
      break;
  }
  if (isAdministrator(deps, asking)) return null;
  if (asking.senderChatId !== null) return denied.nameless;
  return who === "log readers" ? denied.logs : denied.administrators;
}

/** Whether the asker is an administrator of the bot. */
export function isAdministrator(
  { settings }: Pick<RightsDeps, "settings">,
  asking: Asking,
): asking is Asking & { readonly userId: number } {
  const id = personOf(asking);
  return id !== null && settings.adminIds.includes(id);
}

/** The id of the asker; null for messages in the name of a chat, and of service accounts. */
export function personOf({ userId, senderChatId }: Asking): number | null {
  const isPerson = userId !== null && senderChatId === null && serviceAccount(userId) === undefined;
  return isPerson ? userId : null;
}

/**
 * Whether the asker is an administrator of the group. Telegram answers that for certain only where
 * the bot is an administrator itself (Bot API, getChatMember); otherwise the answer may be
 * "unknown".
 */
async function administersGroup(asking: Asking): Promise<"yes" | "no" | "unknown"> {
  // In the name of the group itself only its anonymous administrators write.
  if (asking.senderChatId !== null) return asking.senderChatId === asking.chat.id ? "yes" : "no";
  const userId = personOf(asking);
  if (userId === null) return "unknown";
  try {
    const { status } = await asking.api.getChatMember(asking.chat.id, userId);
    return status === "creator" || status === "administrator" ? "yes" : "no";
  } catch {
    // The API client has logged the code of a refusal, at DEBUG.
    return "unknown";
  }
}

function refused(refusal: string): Verdict {
  return { kind: "refused", refusal };
}
