import type { Log } from "../log/log.ts";
import { serviceAccount } from "../domain/service_accounts.ts";
import { type Admitted, isAdmitted } from "../domain/admission.ts";
import type { Unreachable } from "../domain/delivery.ts";
import type { Bot, Context } from "grammy";
import type { Chat, ChatMember, ChatMemberUpdated } from "grammy/types";
import { reasonOf } from "./reason.ts";
import { inline } from "./foreign.ts";
import { sendScreen } from "./messages.ts";
import { remember } from "./remembering.ts";
import { blocks, bold } from "./rich.ts";
import type { Screen } from "./screen.ts";
import type { Texts } from "./texts/format.ts";

export interface MembershipDeps {
  readonly chats: {
    isConfigured(chatId: number): boolean;
    isSubscribed(chatId: number): Promise<boolean>;
    hasMovedHere(chatId: number): boolean;
    readonly admitted: Admitted;
    setGone(chatId: number, gone: Gone, now: number): Promise<void>;
    /** Notes that a chat is reachable; true when it was unreachable until now. */
    setBack(chatId: number, now: number): Promise<boolean>;
    heardFrom(chatId: number, now: number): Promise<unknown>;
    move(from: number, to: number, now: number): Promise<boolean>;
  };
  /** The texts in the language of a chat. */
  readonly textsOf: (chatId: number | undefined) => Texts;
  readonly logger: Log;
  readonly redact: (text: string) => string;
  readonly now: () => number;
}

/** Why a chat is unreachable; `until` in milliseconds since the epoch, null for an open end. */
interface Gone {
  readonly why: Unreachable;
  readonly reason: string;
  readonly until: number | null;
}

/** Allowance for the difference between Telegram's clock and ours. */
const CLOCKS_DIFFER_MS = 1_000;

/** Why the bot cannot write in a chat that it is a member of. */
type Muzzle = "may not write" | "may not post";

/**
 * Follows the bot's membership: pauses chats that block, remove or restrict the bot until it is
 * back, follows groups that become supergroups, and introduces the bot in new groups.
 */
export function watchMembership(bot: Bot, deps: MembershipDeps): void {
  const { chats, logger, now } = deps;

  bot.on("message", async (ctx, next) => {
    // A chat that the bot hears is reachable.
    await remember(deps, "heard", () => chats.heardFrom(ctx.chat.id, now()));
    await next();
  });
  bot.on("message:migrate_to_chat_id", (ctx) =>
    remember(
      deps,
      "move",
      () => moved(ctx.chat.id, ctx.message.migrate_to_chat_id),
    ));
  bot.on("message:migrate_from_chat_id", (ctx) =>
    remember(
      deps,
      "move",
      () => moved(ctx.message.migrate_from_chat_id, ctx.chat.id),
    ));
  bot.on("my_chat_member", async (ctx) => {
    const { old_chat_member: before, new_chat_member: after, chat } = ctx.myChatMember;
    logger.info("membership", { chat: chat.id, before: before.status, after: after.status });
    const isIn = isMember(after);
    const muzzle = isIn ? muzzleOf(chat, after) : null;
    const gone = goneOf(chat, after, now());
    await remember(
      deps,
      "membership",
      () => gone === null ? back(chat.id) : chats.setGone(chat.id, gone, now()),
    );
    const isNew = isIn && !isMember(before) && chat.type !== "private";
    // A supergroup made of a known group gets no introduction.
    if (!isNew || chats.hasMovedHere(chat.id)) return;
    const { from } = ctx.myChatMember;
    if (isAdmitted(chats.admitted, { chatId: chat.id, personId: from.id })) {
      await introduce(ctx, deps, muzzle);
    } else logger.info("Added where it is not admitted", { chat: chat.id, user: from.id });
  });

  async function back(chatId: number): Promise<void> {
    if (await chats.setBack(chatId, now())) logger.info("Chat is back", { chat: chatId });
  }

  async function moved(from: number, to: number): Promise<void> {
    if (await chats.move(from, to, now())) logger.info("Chat moved", { chat: from, to });
  }
}

function isMember(member: ChatMember): boolean {
  if (member.status === "restricted") return member.is_member;
  return member.status !== "left" && member.status !== "kicked";
}

/**
 * What in the bot's own membership keeps it from writing; null for nothing. The permissions of a
 * group, which may silence all plain members, are for the caller to check.
 */
export function goneOf(chat: Pick<Chat, "type">, member: ChatMember, now: number): Gone | null {
  const reason = `bot is ${member.status}`;
  if (!isMember(member)) {
    const why = chat.type === "private" ? "blocked" : "absent";
    return { why, reason, until: null };
  }
  const muzzle = muzzleOf(chat, member);
  if (muzzle === null) return null;
  // 0 means for ever (Bot API, ChatMemberRestricted); a restriction whose end has passed is none.
  const untilDate = member.status === "restricted" ? member.until_date : 0;
  if (untilDate === 0) return { why: "may not write", reason: muzzle, until: null };
  const until = untilDate * 1_000 + CLOCKS_DIFFER_MS;
  return until > now ? { why: "may not write", reason: muzzle, until } : null;
}

function muzzleOf(chat: Pick<Chat, "type">, member: ChatMember): Muzzle | null {
  if (member.status === "restricted") return member.can_send_messages ? null : "may not write";
  const mayPost = member.status === "administrator" && member.can_post_messages === true;
  return chat.type === "channel" && !mayPost ? "may not post" : null;
}

/**
 * Introduces the bot in a new group by one message. From a channel, or a group where the bot may
 * not write, the message goes to the person who added the bot.
 */
async function introduce(
  ctx: Context & { readonly myChatMember: ChatMemberUpdated },
  { textsOf, chats, logger, redact }: MembershipDeps,
  known: Muzzle | null,
): Promise<void> {
  const { chat, from, new_chat_member: member } = ctx.myChatMember;
  const tell = async (chatId: number, screen: Screen) => {
    try {
      await sendScreen(ctx.api, { chatId }, screen);
    } catch (error) {
      logger.warning("Introduction not sent", { chat: chat.id, reason: reasonOf(error, redact) });
    }
  };
  const muzzle = known ?? await defaultMuzzle(ctx, chat, member);
  const title = inline("title" in chat ? chat.title ?? "" : "");
  const isConfigured = chats.isConfigured(chat.id);
  if (muzzle !== null || chat.type === "channel") {
    // A channel's readers do not need an introduction.
    const texts = textsOf(from.id);
    const text = muzzle !== null
      ? blocks(texts.membership[muzzle](title), texts.membership.thenIStart)
      : blocks(
        texts.membership.channel(title),
        isConfigured
          ? texts.membership.channelConfigured
          : texts.membership.channelUnknown(chat.id),
      );
    logger.info("Added where nothing is said", { chat: chat.id, type: chat.type, muzzle });
    if (serviceAccount(from.id) === undefined) await tell(from.id, { text, keyboard: null });
    return;
  }
  const texts = textsOf(chat.id);
  const isAdministrator = member.status === "administrator" || member.status === "creator";
  const isSubscribed = await chats.isSubscribed(chat.id).catch(() => false);
  const about = isConfigured
    ? texts.welcomeConfigured
    : isSubscribed
    ? texts.isSubscribed
    : isAdmitted(chats.admitted, { chatId: chat.id, personId: null })
    ? texts.welcomeGroup
    : texts.closed.noAlerts;
  const lacks = isAdministrator || isSubscribed ? null : texts.membership.lacksAdministrator;
  await tell(chat.id, {
    text: blocks(bold(texts.welcomeTitle), texts.welcome, about, lacks),
    keyboard: null,
  });
}

/** Whether the group lets nobody but its administrators write. */
async function defaultMuzzle(ctx: Context, chat: Chat, member: ChatMember): Promise<Muzzle | null> {
  if (member.status !== "member") return null;
  try {
    const { permissions } = await ctx.api.getChat(chat.id);
    return permissions?.can_send_messages === false ? "may not write" : null;
  } catch {
    // The first message will show whether the bot may write.
    return null;
  }
}
