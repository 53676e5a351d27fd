import type { Chat as ChatJson, Message, User, UserFromGetMe } from "grammy/types";
import { badRequest } from "./error.ts";
import { type ChatRecord, type MessageRecord } from "./records.ts";
import type {
  MemberStatus,
  SandboxDocument,
  SandboxEvent,
  SandboxGroup,
  SandboxMessage,
  SandboxUser,
} from "./types.ts";
import type { NewUpdate } from "./updates.ts";

/** The state of the server: people, chats and messages. */
export class World {
  readonly bot: UserFromGetMe;
  readonly users = new Map<number, User>();
  readonly chats = new Map<number, ChatRecord>();
  readonly documents = new Map<string, SandboxDocument>();
  readonly #emit: (event: SandboxEvent) => void;
  /** Whether this server knows of ephemeral messages. */
  readonly knowsEphemeral: boolean;
  /** Queues an update for the bot. */
  readonly push: (update: NewUpdate) => number;
  /** Latest message id of private chats and basic groups together; each supergroup has its own. */
  #lastCommonId = 0;

  constructor(
    bot: UserFromGetMe,
    push: (update: NewUpdate) => number,
    emit: (event: SandboxEvent) => void,
    knowsEphemeral = true,
  ) {
    this.knowsEphemeral = knowsEphemeral;
    this.bot = bot;
    this.push = push;
    this.#emit = emit;
  }

  addUser({ id, first_name, language_code, username }: SandboxUser): User {
    const user: User = {
      id,
      is_bot: false,
      first_name,
      ...(username === undefined ? {} : { username }),
      ...(language_code === undefined ? {} : { language_code }),
    };
    this.users.set(id, user);
    const name = username === undefined ? {} : { username };
    this.#addChat({ id, type: "private", first_name, ...name }, new Map(), "member", user);
    return user;
  }

  addGroup(
    { id, title, type = "supergroup", members, botStatus = "member", isForum = false }:
      SandboxGroup,
  ): void {
    if (isForum && type !== "supergroup") throw new Error(`Only a supergroup can be a forum`);
    const statuses = new Map<number, MemberStatus>();
    for (const [userId, status] of Object.entries(members)) {
      this.user(Number(userId));
      statuses.set(Number(userId), status);
    }
    const json = { id, type, title, ...(isForum ? { is_forum: true } : {}) } as ChatJson;
    this.#addChat(json, statuses, botStatus, undefined);
    // Message id 1 belongs to the General topic.
    if (isForum) this.chat(id).lastId = 1;
  }

  /** A person by id. Throws a plain Error for an unknown one, a mistake in the test. */
  user(userId: number): User {
    const user = this.users.get(userId);
    if (user === undefined) throw new Error(`No user ${userId} in the sandbox: call addUser first`);
    return user;
  }

  /** A chat by id. Throws a plain Error for an unknown one. */
  chat(chatId: number): ChatRecord {
    const chat = this.chats.get(chatId);
    if (chat === undefined) throw new Error(`No chat ${chatId} in the sandbox`);
    return chat;
  }

  /** Adds a message; an update for the bot is up to the caller. */
  addMessage(
    chat: ChatRecord,
    { by, extra = {}, ...content }:
      & { by: User; extra?: Partial<Message> }
      & Partial<
        Pick<
          SandboxMessage,
          | "text"
          | "caption"
          | "entities"
          | "reply_markup"
          | "reply_to"
          | "document"
          | "topic"
          | "receiver"
        >
      >,
  ): MessageRecord {
    const isOwnCount = chat.json.type === "supergroup" || chat.json.type === "channel";
    const id = content.receiver !== undefined
      ? -++chat.lastEphemeralId
      : isOwnCount
      ? ++chat.lastId
      : ++this.#lastCommonId;
    const parent = content.reply_to === undefined ? undefined : chat.byId.get(content.reply_to);
    const message: MessageRecord = {
      id,
      chatId: chat.id,
      // Posts in channels have no author.
      from: chat.json.type === "channel" ? undefined : by,
      isByBot: by.id === this.bot.id,
      date: unixTime(),
      text: content.text,
      caption: content.caption,
      entities: content.entities ?? [],
      reply_markup: content.reply_markup,
      reply_to: content.reply_to,
      document: content.document,
      // A reply without a topic goes into the topic of the replied message.
      topic: content.topic ?? parent?.topic,
      thread: chat.json.type === "supergroup" ? parent?.thread ?? parent?.id : undefined,
      edits: 0,
      deleted: false,
      isOutOfSight: false,
      isPinned: false,
      receiver: content.receiver,
      extra,
    };
    chat.messages.push(message);
    chat.byId.set(id, message);
    this.#tell("sent", message);
    return message;
  }

  /** Gives a message another content. Throws an ApiError when it is the same. */
  edit(
    message: MessageRecord,
    content: Pick<MessageRecord, "text" | "entities" | "reply_markup">,
  ): void {
    const { text, entities, reply_markup } = message;
    if (JSON.stringify({ text, entities, reply_markup }) === JSON.stringify(content)) {
      throw badRequest(
        "Message is not modified: specified new message content and reply markup are exactly " +
          "the same as a current content and reply markup of the message",
        { avoidable: false },
      );
    }
    Object.assign(message, content);
    message.edits++;
    message.editDate = unixTime();
    this.#tell("edited", message);
  }

  /** Deletes a message. */
  remove(message: MessageRecord, by: "person" | "bot" = "person"): void {
    message.deleted = true;
    message.isPinned = false;
    this.#emit({ kind: "deleted", chatId: message.chatId, message, by });
  }

  /** Reports an event that does not concern the content of a message. */
  emit(event: SandboxEvent): void {
    this.#emit(event);
  }

  /** A message as JSON of the API, with the replied message but not the one before that. */
  toJson(message: MessageRecord, withReply = true): Message {
    const chat = this.chat(message.chatId);
    const reply = message.reply_to === undefined ? undefined : chat.byId.get(message.reply_to);
    const { document } = message;
    const isReplyShown = reply !== undefined && !reply.deleted && reply.topic === message.topic;
    const hasText = message.text !== undefined;
    const json: Record<string, unknown> = {
      message_id: message.receiver === undefined ? message.id : 0,
      receiver_user: message.receiver,
      ephemeral_message_id: message.receiver === undefined ? undefined : -message.id,
      from: message.from,
      sender_chat: message.from === undefined ? chat.json : undefined,
      chat: chat.json,
      date: message.date,
      edit_date: message.editDate,
      // In a chain of replies this is no topic; is_topic_message tells the difference.
      message_thread_id: message.topic ?? message.thread,
      is_topic_message: message.topic === undefined ? undefined : true,
      reply_to_message: withReply && isReplyShown ? this.toJson(reply, false) : undefined,
      text: message.text,
      entities: hasText && message.entities.length > 0 ? message.entities : undefined,
      document: document === undefined ? undefined : {
        file_id: document.file_id,
        file_unique_id: `u${document.file_id}`,
        file_name: document.file_name,
        mime_type: document.mime_type,
        file_size: document.bytes.length,
      },
      caption: message.caption,
      caption_entities: !hasText && message.entities.length > 0 ? message.entities : undefined,
      reply_markup: message.reply_markup,
      ...message.extra,
    };
    return json as unknown as Message;
  }

  #addChat(
    json: ChatJson,
    members: ReadonlyMap<number, MemberStatus>,
    botStatus: ChatRecord["botStatus"],
    user: User | undefined,
  ): void {
    this.chats.set(json.id, {
      id: json.id,
      json,
      user,
      members,
      botStatus,
      isStarted: user === undefined,
      isBlocked: false,
      mayMembersSend: true,
      mayMembersSendFiles: true,
      restrictedUntil: 0,
      isGeneralClosed: false,
      isDeleted: false,
      migratedTo: undefined,
      migrationAnswers: 0,
      goneAnswers: 0,
      goneAt: 0,
      topics: new Map(),
      messages: [],
      byId: new Map(),
      lastId: 0,
      lastEphemeralId: 0,
    });
  }

  #tell(kind: "sent" | "edited", message: MessageRecord): void {
    this.#emit({ kind, chatId: message.chatId, message, by: message.isByBot ? "bot" : "person" });
  }
}

function unixTime(): number {
  return Math.floor(Date.now() / 1000);
}
