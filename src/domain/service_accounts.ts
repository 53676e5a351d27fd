/**
 * Telegram's own accounts in the place of senders who have no personal id (Bot API, Message.from).
 * Everybody who writes in that way has the same id, so such an id must not get any rights.
 */
const SERVICE_ACCOUNTS: ReadonlyMap<number, string> = new Map([
  [777000, "Telegram itself, as whom posts of channels come into their groups"],
  [1087968824, "GroupAnonymousBot, as whom every anonymous administrator of any group writes"],
  [136817688, "Channel_Bot, as whom everybody writes who writes in the name of a channel"],
]);

/** The meaning of a user id that belongs to a service account; undefined for people. */
export function serviceAccount(userId: number): string | undefined {
  return SERVICE_ACCOUNTS.get(userId);
}
