import type {
  BotCommand,
  BotCommandScope,
  Message,
  Update,
  User,
  UserFromGetMe,
} from "grammy/types";
import type {
  ApiCall,
  CallbackAnswer,
  Fault,
  Guise,
  SandboxChat,
  SandboxDocument,
  SandboxEvent,
  SandboxGroup,
  SandboxMessage,
  SandboxUser,
  WrongRefusal,
} from "./types.ts";

/** A stand-in for Telegram's Bot API server on loopback, with people and groups to play with. */
export interface TelegramSandbox {
  /** What to set as TELEGRAM_API_ROOT, such as `http://127.0.0.1:40123`. */
  readonly apiRoot: string;
  /** What getMe answers. */
  readonly bot: UserFromGetMe;
  /**
   * Makes a private chat with this person possible. The bot may write there only after the person
   * said something.
   */
  addUser(user: SandboxUser): User;
  addGroup(group: SandboxGroup): void;
  /**
   * A person writes; in a channel the post has no sender. `extra` is merged into the message that
   * the bot gets. In privacy mode the bot hears in groups only what it would hear from Telegram.
   */
  say(chatId: number, userId: number, text: string, extra?: Partial<Message>): Message;
  /** Like say, in a group, but under another name than a person's own. */
  sayAs(chatId: number, guise: Guise, text: string): Message;
  /**
   * A person presses the button with this callback data or this label. Resolves when the bot calls
   * answerCallbackQuery; rejects when there is no such button or the sandbox is closed.
   */
  press(
    chatId: number,
    messageId: number,
    button: string,
    userId: number,
  ): Promise<CallbackAnswer>;
  /** Like press, with any data, also on a message that is gone, or (null) not in the chat at all. */
  pressForged(
    chatId: number,
    messageId: number | null,
    data: string,
    userId: number,
  ): Promise<CallbackAnswer>;
  /** Makes all presses that wait for an answer too old to be answered, as time does. */
  expirePresses(): void;
  /** Gives the bot any other update; returns its update_id, 0 if the bot did not ask for its kind. */
  pushUpdate(update: Partial<Omit<Update, "update_id">>): number;
  /** A person blocks the bot, or unblocks it. */
  block(chatId: number, blocked?: boolean): void;
  /** Somebody removes the bot from a group. */
  kick(chatId: number): void;
  /** Somebody adds the bot to a group. */
  readd(chatId: number, botStatus?: "member" | "administrator"): void;
  /**
   * The bot may not write in a group any more, or may again; 400 "not enough rights to send …". In
   * a supergroup this is about the bot alone, who is told by my_chat_member and sees it in
   * getChatMember. In a basic group it is about all who are no administrators: nobody is told, and
   * it is seen in the `permissions` of getChat.
   * @param untilDate seconds since the epoch when that ends by itself, and no update tells of it; 0
   * for never, supergroups only
   */
  restrict(chatId: number, mayWrite: boolean, untilDate?: number): void;
  /** Members of a group, and the bot unless it is an administrator, may send files or not. */
  allowFiles(chatId: number, isAllowed: boolean): void;
  /** A person's account is deleted, for good: 403 "user is deactivated". No update tells of it. */
  deactivate(userId: number): void;
  /**
   * A group is deleted, for good, and no update tells of it: 403 "the group chat was deleted". A
   * supergroup or channel answers "bot was kicked from …", as the real server does.
   */
  deleteGroup(chatId: number): void;
  /**
   * A basic group becomes a supergroup with the same title, members and bot, and no messages yet.
   * Calls to the old chat are answered 400 with migrate_to_chat_id; from the fourth on each is a
   * violation. The bot gets a service message in both chats, unless `silent`.
   */
  migrate(chatId: number, newChatId: number, options?: { silent?: boolean }): void;
  /** Somebody opens a topic in a forum; returns its message_thread_id. */
  addTopic(chatId: number, name: string): number;
  /** Messages into it are answered 400 TOPIC_CLOSED, unless the bot is an administrator. */
  closeTopic(chatId: number, topicId: number): void;
  /** The General topic of a forum is closed, or opened again; as {@linkcode closeTopic}. */
  closeGeneral(chatId: number, isClosed?: boolean): void;
  /** It goes with all its messages; then 400 "message thread not found". No update tells of it. */
  deleteTopic(chatId: number, topicId: number): void;
  /** A person deletes a message, or the chat's history loses it. */
  deleteMessage(chatId: number, messageId: number): void;
  /**
   * The server loses sight of a message that people still see: it comes with presses as inaccessible,
   * without keyboard and topic, and edits are answered 400 "message to edit not found".
   */
  loseSight(chatId: number, messageId: number): void;
  /** The bot gets another name at @BotFather; no update tells of it. */
  rename(username: string): void;
  /** All of a chat, also what people wrote and what was deleted. */
  messages(chatId: number): readonly SandboxMessage[];
  /** The newest message of the bot that is still there. */
  lastFromBot(chatId: number): SandboxMessage | undefined;
  /** What setMyCommands published for exactly this scope and language. */
  commands(scope?: BotCommandScope, languageCode?: string): readonly BotCommand[] | undefined;
  /** All chats, in the order in which they came to be. */
  chats(): readonly SandboxChat[];
  /** A file by its file_id. */
  document(fileId: string): SandboxDocument | undefined;
  /**
   * The commands that Telegram's menu shows a person whose client speaks this language (Bot API,
   * "Determining list of commands").
   */
  menu(chatId: number, userId: number, languageCode: string): readonly BotCommand[];
  /** Every call, the oldest first; at least the newest 100,000 are kept. */
  readonly calls: readonly ApiCall[];
  /**
   * What a good bot never does, one line each. To write to somebody who blocked the bot, a group that
   * removed it or is deleted, and so on, is a violation only from the fourth message on within
   * 45 seconds after the answer that told so, until the chat is back.
   */
  readonly violations: readonly string[];
  /** Whether a bot waits for updates in a long poll right now. */
  readonly isPolled: boolean;
  /** Calls back at every event; returns the way to stop that. */
  onEvent(listener: (event: SandboxEvent) => void): () => void;
  /** Calls back after every call of the Bot API; returns the way to stop that. */
  onCall(listener: (call: ApiCall) => void): () => void;
  /** Resolves with the first answer of the predicate that is neither false nor missing. */
  until<T>(
    predicate: () => T | undefined | null | false,
    what: string,
    timeoutMs?: number,
  ): Promise<T>;
  /**
   * For so many seconds from now, 0 to end it, messages and edits to this chat are answered 429 with
   * the seconds left; with "all", those to any chat, answerCallbackQuery and getChatMember too. What
   * still arrives more than a second after such an answer, in that chat or of that method, is a
   * violation.
   */
  flood(target: number | "all", seconds: number): void;
  /** Calls are refused for no reason, for a while; returns the way to stop that. */
  refuse(refusal: WrongRefusal): () => void;
  /**
   * A group gets slow mode, 0 to end it: a message that comes sooner than so many seconds after the
   * one before is answered 429 with the rest. Edits pass.
   */
  slowMode(chatId: number, seconds: number): void;
  /** Asked at each call; undefined lets it take its ordinary course. */
  fault: ((method: string, payload: Record<string, unknown>) => Fault | undefined) | undefined;
  /** The whole server is away: all that is under way and all that comes ends with a dropped connection. */
  away(isAway: boolean): void;
  /** Ends long polls, waits and the listener. A second call does nothing. */
  close(): Promise<void>;
}
