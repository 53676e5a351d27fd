import type { Asking } from "./actions.ts";

/**
 * Whether the one who asks is an administrator of the group they ask in. Telegram answers this about
 * others for certain only where the bot is an administrator itself (Bot API, getChatMember), so
 * "unknown" is a possible answer.
 */
export async function administersGroup(asking: Asking): Promise<"yes" | "no" | "unknown"> {
  if (asking.isAnonymousAdministrator) return "yes";
  if (asking.userId === null) return "unknown";
  try {
    const { status } = await asking.api.getChatMember(asking.chat.id, asking.userId);
    return status === "creator" || status === "administrator" ? "yes" : "no";
  } catch {
    // Logged where the call was made; to the one who asks, all faults mean the same.
    return "unknown";
  }
}
