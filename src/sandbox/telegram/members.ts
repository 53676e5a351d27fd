import type { Chat, ChatMember, User, UserFromGetMe } from "grammy/types";
import { endRestriction } from "./access.ts";
import { badRequest } from "./error.ts";
import type { ChatRecord } from "./records.ts";
import type { World } from "./world.ts";

type Status = ChatMember["status"];

/**
 * A member as in getChatMember and my_chat_member; administrators have all rights (JsonChatMember and
 * json_store_administrator_rights in tdlib/telegram-bot-api, Client.cpp).
 */
export function memberJson(
  user: User,
  status: Status,
  chatType: Chat["type"],
  untilDate = 0,
): ChatMember {
  const json: Record<string, unknown> = { user, status };
  if (status === "creator") json["is_anonymous"] = false;
  if (status === "kicked") json["until_date"] = 0;
  if (status === "restricted") {
    Object.assign(json, { until_date: untilDate, ...permissionsJson(false), is_member: true });
  }
  if (status === "administrator") {
    const isChannel = chatType === "channel";
    Object.assign(json, {
      can_be_edited: false,
      can_manage_chat: true,
      can_change_info: true,
      ...(isChannel ? { can_post_messages: true, can_edit_messages: true } : {}),
      can_delete_messages: true,
      can_invite_users: true,
      can_restrict_members: true,
      ...(isChannel ? {} : { can_pin_messages: true }),
      ...(chatType === "supergroup" ? { can_manage_topics: true } : {}),
      can_promote_members: false,
      can_manage_video_chats: true,
      can_post_stories: true,
      can_edit_stories: true,
      can_delete_stories: true,
      is_anonymous: false,
      can_manage_voice_chats: true,
    });
  }
  return json as unknown as ChatMember;
}

/** Permissions of the members of a group (json_store_permissions). */
export function permissionsJson(maySend: boolean, maySendFiles = maySend): Record<string, boolean> {
  return {
    can_send_messages: maySend,
    can_send_media_messages: maySendFiles,
    can_send_audios: maySend,
    can_send_documents: maySendFiles,
    can_send_photos: maySend,
    can_send_videos: maySend,
    can_send_video_notes: maySend,
    can_send_voice_notes: maySend,
    can_send_polls: maySend,
    can_send_other_messages: maySend,
    can_add_web_page_previews: maySend,
    can_react_to_messages: true,
    can_edit_tag: true,
    can_change_info: true,
    can_invite_users: true,
    can_pin_messages: true,
    can_manage_topics: true,
  };
}

/** Result of getChatMember. Throws an ApiError for users unknown to the chat and the bot. */
export function chatMember(world: World, chat: ChatRecord, userId: number): ChatMember {
  const type = chat.json.type;
  if (userId === world.bot.id) {
    endRestriction(chat);
    return memberJson(botUser(world), chat.botStatus, type, chat.restrictedUntil);
  }
  const user = world.users.get(userId);
  if (user === undefined) throw badRequest("PARTICIPANT_ID_INVALID");
  if (chat.user !== undefined) {
    if (chat.user.id !== userId) throw badRequest("Member not found");
    return memberJson(user, "member", type);
  }
  return memberJson(user, chat.members.get(userId) ?? "left", type);
}

/** The bot as a user, without the additional fields of getMe. */
export function botUser({ bot }: World): User {
  return { id: bot.id, is_bot: true, first_name: bot.first_name, username: bot.username };
}

/** The bot as in getMe; its id comes from the token. */
export function botAccount(
  token: string,
  name: string,
  username: string,
  readsAllGroupMessages: boolean,
): UserFromGetMe {
  return {
    id: Number(token.split(":")[0]),
    is_bot: true,
    first_name: name,
    username,
    can_join_groups: true,
    can_read_all_group_messages: readsAllGroupMessages,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: false,
    allows_users_to_create_topics: false,
  } as UserFromGetMe;
}
