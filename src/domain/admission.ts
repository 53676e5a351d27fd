/** Ids of the chats and people that may use the bot, by its settings; null for everyone. */
export type Admitted = ReadonlySet<number> | null;

/**
 * Whether the bot serves a person in a chat: a listed person in any chat, and anybody in a listed
 * chat.
 */
export function isAdmitted(
  admitted: Admitted,
  { chatId, personId }: { readonly chatId: number | null; readonly personId: number | null },
): boolean {
  return admitted === null ||
    (chatId !== null && admitted.has(chatId)) ||
    (personId !== null && admitted.has(personId));
}
