/**
 * Accounts of Telegram's own that stand in for senders without an id of a person: rights given to
 * one of them would be everybody's who writes that way (Bot API, Message.from).
 */
const SERVICE_ACCOUNTS: ReadonlyMap<number, string> = new Map([
  [777000, "Telegram itself, as whom posts of channels come into their groups"],
  [1087968824, "GroupAnonymousBot, as whom every anonymous administrator of any group writes"],
  [136817688, "Channel_Bot, as whom everybody writes who writes in the name of a channel"],
]);

/** What a user id stands for when it is no person's; undefined for people. */
export function serviceAccount(userId: number): string | undefined {
  return SERVICE_ACCOUNTS.get(userId);
}
