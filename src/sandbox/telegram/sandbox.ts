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

/** A stand-in for Telegram's Bot API server on loopback, and control over people and groups in it. */
export interface TelegramSandbox {
  /** Value for TELEGRAM_API_ROOT, such as `http://127.0.0.1:40123`. */
  readonly apiRoot: string;
  /** The bot as in getMe. */
  readonly bot: UserFromGetMe;
  /** Adds a person with a private chat. The bot may write there after the person has written. */
  addUser(user: SandboxUser): User;
  addGroup(group: SandboxGroup): void;
  /**
   * A person writes a message; in a channel the post has no sender. `extra` is merged into the message for
   * the bot. In privacy mode the bot gets the same messages of groups as from Telegram.
   */
  say(chatId: number, userId: number, text: string, extra?: Partial<Message>): Message;
  /** Like say, in a group and in the name of a chat or of Telegram. */
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
  /** Like press, with any data, also on a deleted message, or (null) on one outside of the chat. */
  pressForged(
    chatId: number,
    messageId: number | null,
    data: string,
    userId: number,
  ): Promise<CallbackAnswer>;
  /** Makes all waiting presses too old to be answered. */
  expirePresses(): void;
  /** Queues any other update; returns its update_id, 0 if the bot does not get this kind. */
  pushUpdate(update: Partial<Omit<Update, "update_id">>): number;
  /** A person blocks the bot, or unblocks it. */
  block(chatId: number, blocked?: boolean): void;
  /** Somebody removes the bot from a group. */
  kick(chatId: number): void;
  /** Somebody adds the bot to a group. */
  readd(chatId: number, botStatus?: "member" | "administrator"): void;
  /**
   * Forbids or allows the bot to write in a group; forbidden messages get 400 "not enough rights to
   * send …". In a supergroup only the bot is restricted, and gets a my_chat_member update. In a
   * basic group all members but administrators are, which only `permissions` of getChat shows.
   * @param untilDate in supergroups, the restriction's end in seconds since the epoch, of which no
   * update tells; 0 for none
   */
  restrict(chatId: number, mayWrite: boolean, untilDate?: number): void;
  /** Forbids or allows files in a group, for members and for a bot without administrator rights. */
  allowFiles(chatId: number, isAllowed: boolean): void;
  /** Deletes a person's account for good, without an update: 403 "user is deactivated". */
  deactivate(userId: number): void;
  /**
   * Deletes a group for good, without an update: 403 "the group chat was deleted". For a supergroup or
   * channel the error is "bot was kicked from …", as on the real server.
   */
  deleteGroup(chatId: number): void;
  /**
   * Turns a basic group into a supergroup with the same title and members, without messages. Calls to the
   * old chat get 400 with migrate_to_chat_id; from the fourth on each is a violation. The bot gets a service
   * message in both chats, unless `silent`.
   */
  migrate(chatId: number, newChatId: number, options?: { silent?: boolean }): void;
  /** Somebody opens a topic in a forum; returns its message_thread_id. */
  addTopic(chatId: number, name: string): number;
  /** Closes a topic: messages into it get 400 TOPIC_CLOSED, unless the bot is an administrator. */
  closeTopic(chatId: number, topicId: number): void;
  /** Closes or reopens the General topic of a forum, like {@linkcode closeTopic}. */
  closeGeneral(chatId: number, isClosed?: boolean): void;
  /** Deletes a topic with its messages, without an update: 400 "message thread not found". */
  deleteTopic(chatId: number, topicId: number): void;
  /** Deletes a message. */
  deleteMessage(chatId: number, messageId: number): void;
  /**
   * Makes a message unknown to the server, while people still see it: presses come with an inaccessible
   * message, without keyboard and topic, and edits get 400 "message to edit not found".
   */
  loseSight(chatId: number, messageId: number): void;
  /** Gives the bot another username, as @BotFather does, without an update. */
  rename(username: string): void;
  /** All messages of a chat, by people and the bot, including deleted ones. */
  messages(chatId: number): readonly SandboxMessage[];
  /** The bot's newest message in a chat that is not deleted. */
  lastFromBot(chatId: number): SandboxMessage | undefined;
  /** The commands that setMyCommands published for exactly this scope and language. */
  commands(scope?: BotCommandScope, languageCode?: string): readonly BotCommand[] | undefined;
  /** All chats, in order of their creation. */
  chats(): readonly SandboxChat[];
  /** A file by its file_id. */
  document(fileId: string): SandboxDocument | undefined;
  /** The commands in a person's menu, by the language of their client (Bot API, BotCommandScope). */
  menu(chatId: number, userId: number, languageCode: string): readonly BotCommand[];
  /** All calls, oldest first; at least the newest 100,000 are kept. */
  readonly calls: readonly ApiCall[];
  /**
   * Actions of the bot that a good bot never takes, one line each. Messages to an unreachable chat (one that
   * blocked or removed the bot, or is deleted) are a violation from the fourth on within 45 seconds after
   * the first refusal.
   */
  readonly violations: readonly string[];
  /** Whether a bot waits for updates in a long poll right now. */
  readonly isPolled: boolean;
  /** Calls the listener at each event; returns the function that removes it. */
  onEvent(listener: (event: SandboxEvent) => void): () => void;
  /** Calls the listener after each call of the Bot API; returns the function that removes it. */
  onCall(listener: (call: ApiCall) => void): () => void;
  /** Resolves with the first result of the predicate that is neither false, null nor undefined. */
  until<T>(
    predicate: () => T | undefined | null | false,
    what: string,
    timeoutMs?: number,
  ): Promise<T>;
  /**
   * For some seconds (0 ends it), refuses messages and edits to a chat with 429 and the seconds
   * left; with "all", those to all chats, answerCallbackQuery and getChatMember. The same chat,
   * press (answerCallbackQuery) or method (getChatMember) called again more than a second after its
   * first refusal, and before the end, is a violation.
   */
  flood(target: number | "all", seconds: number): void;
  /** Refuses calls by mistake; returns the function that ends it. */
  refuse(refusal: WrongRefusal): () => void;
  /** Sets a group's slow mode (0 ends it): messages less than `seconds` apart get 429. Edits pass. */
  slowMode(chatId: number, seconds: number): void;
  /** Called for each call; returns the fault to apply, undefined for none. */
  fault: ((method: string, payload: Record<string, unknown>) => Fault | undefined) | undefined;
  /** Makes the server unreachable: connections of present and further calls are dropped. */
  away(isAway: boolean): void;
  /** Ends long polls and waits, and stops listening. A second call does nothing. */
  close(): Promise<void>;
}
