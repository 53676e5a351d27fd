import type { Api } from "grammy";
import type { ChatFullInfo, ChatMember } from "grammy/types";
import type { Standing } from "../delivering/chat_watch.ts";
import { reasonOf } from "./reason.ts";
import { goneOf } from "./membership.ts";
import { refusalOf } from "./refusals.ts";

/** Dependencies of {@linkcode createStandingLookup}. */
export interface StandingLookupDeps {
  readonly api: Api;
  /** The bot's own id. */
  readonly botId: () => number;
  readonly redact: (text: string) => string;
  readonly now: () => number;
}

/**
 * Creates the lookup of the bot's standing in a chat: whether it is reachable, and which rights the bot
 * lacks. The lookup returns null when Telegram's answers do not tell, for example without an answer about
 * the bot as a member.
 */
export function createStandingLookup({ api, botId, redact, now }: StandingLookupDeps) {
  return async (chatId: number): Promise<Standing | null> => {
    let chat: ChatFullInfo;
    try {
      chat = await api.getChat(chatId);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.means !== "chat unreachable") return null;
      const likely = refusal.why === "absent" ? await neighbour(chatId) : null;
      const reason = reasonOf(error, redact);
      return { gone: { why: refusal.why, reason, until: null, likely }, lacks: [] };
    }
    if (chat.type === "private") return { gone: null, lacks: [] };
    const member = await api.getChatMember(chatId, botId()).catch(() => null);
    if (member === null) return null;
    const gone = goneOf(chat, member, now()) ?? closedToAll(chat, member);
    return { gone, lacks: gone ? [] : lacksOf(chat, member), isForum: mayBeClosed(chat, member) };
  };

  /** The id of a reachable chat that differs from this id only by a missing minus sign or -100. */
  async function neighbour(chatId: number): Promise<number | null> {
    const digits = String(Math.abs(chatId));
    const bare = digits.startsWith("100") ? digits.slice(3) : digits;
    for (const it of [`-100${digits}`, `-${digits}`, `-${bare}`].map(Number)) {
      if (it === chatId || !Number.isSafeInteger(it)) continue;
      try {
        await api.getChat(it);
        return it;
      } catch {
        // Most of these ids belong to no chat.
      }
    }
    return null;
  }
}

/** Whether the general topic of a forum may be closed to the bot, which no right shows. */
function mayBeClosed(chat: ChatFullInfo, member: ChatMember): boolean {
  const isForum = "is_forum" in chat && chat.is_forum === true;
  return isForum && !(member.status === "administrator" && member.can_manage_topics === true);
}

/** The reason when a group allows only its administrators to write; null otherwise. */
function closedToAll(chat: ChatFullInfo, member: ChatMember): Standing["gone"] {
  const isClosed = member.status === "member" && permissionsOf(chat)?.can_send_messages === false;
  return isClosed ? { why: "may not write", reason: "may not write", until: null } : null;
}

function lacksOf(chat: ChatFullInfo, member: ChatMember): Standing["lacks"] {
  const rights = member.status === "administrator" || member.status === "restricted"
    ? member
    : permissionsOf(chat);
  const files = rights && "can_send_documents" in rights && rights.can_send_documents === false;
  const pins = chat.type !== "channel" && rights?.can_pin_messages === false;
  return [...(files ? ["files" as const] : []), ...(pins ? ["pins" as const] : [])];
}

function permissionsOf(chat: ChatFullInfo) {
  return "permissions" in chat ? chat.permissions : undefined;
}
