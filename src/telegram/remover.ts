import type { Api } from "grammy";
import type { Removal } from "../delivering/removals.ts";
import type { Log } from "../log/log.ts";
import { reasonOf } from "./reason.ts";
import { refusalOf } from "./refusals.ts";

/**
 * Creates the function that removes a message. That returns false when a later attempt may work.
 */
export function createRemover(
  { api, logger, redact }: {
    readonly api: Api;
    readonly logger: Log;
    readonly redact: (text: string) => string;
  },
): (removal: Removal) => Promise<boolean> {
  return async ({ chatId, messageId }) => {
    try {
      await api.deleteMessage(chatId, messageId);
      return true;
    } catch (error) {
      const { means } = refusalOf(error);
      logger.debug("Message not removed", { chat: chatId, reason: reasonOf(error, redact) });
      return means !== "later" && means !== "uncertain";
    }
  };
}
