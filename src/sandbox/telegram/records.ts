import type { Chat as ChatJson, InlineKeyboardMarkup, MessageEntity, User } from "grammy/types";
import type { MemberStatus, SandboxChat, SandboxMessage } from "./types.ts";

/** A message in the server, with the fields that only the API shows. */
export interface MessageRecord extends SandboxMessage {
  text: string | undefined;
  caption: string | undefined;
  entities: readonly MessageEntity[];
  reply_markup: InlineKeyboardMarkup | undefined;
  edits: number;
  deleted: boolean;
  isOutOfSight: boolean;
  isPinned: boolean;
  readonly isByBot: boolean;
  /** In supergroups, the first message of the chain of replies; undefined for no reply. */
  readonly thread: number | undefined;
  editDate?: number;
}

/** The bot's status in a group. */
export type BotStatus = "member" | "administrator" | "restricted" | "left" | "kicked";

/** A topic of a forum other than the General topic. */
export interface Topic {
  readonly name: string;
  isClosed: boolean;
  isDeleted: boolean;
}

/** What the server knows of one chat, with the bot's standing in it. */
export interface ChatRecord {
  readonly id: number;
  readonly json: ChatJson;
  /** The person of a private chat. */
  readonly user: User | undefined;
  readonly members: ReadonlyMap<number, MemberStatus>;
  botStatus: BotStatus;
  /** In private chats, whether the person has written at least once. */
  isStarted: boolean;
  isBlocked: boolean;
  /** In groups, whether members without administrator rights may write. */
  mayMembersSend: boolean;
  mayMembersSendFiles: boolean;
  /** End of the bot's restriction, in seconds since the epoch; 0 for none. */
  restrictedUntil: number;
  /** In forums, whether the General topic is closed. */
  isGeneralClosed: boolean;
  /** Whether the person's account or the group is deleted. */
  isDeleted: boolean;
  /** In basic groups, the supergroup that it became. */
  migratedTo: number | undefined;
  /** Number of answers about the migration. */
  migrationAnswers: number;
  /**
   * Number of refusals because the chat is unreachable, in the present series; see `isTooStubborn`.
   */
  goneAnswers: number;
  /** Start of that series, in milliseconds of `performance.now()`. */
  goneAt: number;
  /** In forums, the topics by message_thread_id, including deleted ones. */
  readonly topics: Map<number, Topic>;
  readonly messages: MessageRecord[];
  readonly byId: Map<number, MessageRecord>;
  lastId: number;
  lastEphemeralId: number;
}

/** The public facts of a chat. */
export function chatView(chat: ChatRecord): SandboxChat {
  const { id, json, user, members, botStatus, isStarted, isBlocked, migratedTo } = chat;
  const topics = json.type === "supergroup" && json.is_forum === true ? chat.topics : undefined;
  const title = user?.first_name ?? ("title" in json ? json.title ?? "" : "");
  return {
    id,
    type: json.type as SandboxChat["type"],
    title,
    members,
    botStatus,
    isStarted,
    isBlocked,
    migratedTo,
    topics,
  };
}

/** Whether a chat is deleted or migrated, so that nobody can write in it. */
export function isOver({ isDeleted, migratedTo }: ChatRecord): boolean {
  return isDeleted || migratedTo !== undefined;
}
