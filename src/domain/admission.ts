/** Who may use a bot that is closed: the chats and people that its settings name. Null: everyone. */
export type Admitted = ReadonlySet<number> | null;

/** A listed person is served anywhere, and everybody in a listed chat. */
export function isAdmitted(
  admitted: Admitted,
  { chatId, personId }: { readonly chatId: number | null; readonly personId: number | null },
): boolean {
  return admitted === null ||
    (chatId !== null && admitted.has(chatId)) ||
    (personId !== null && admitted.has(personId));
}
