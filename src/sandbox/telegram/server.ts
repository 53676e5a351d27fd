import type {
  BotCommand,
  BotCommandScope,
  Message,
  Update,
  User,
  UserFromGetMe,
} from "grammy/types";
import { Hono } from "hono";
import { Calls } from "./calls.ts";
import { Chats } from "./chats.ts";
import { ApiError } from "./error.ts";
import { Exchange } from "./exchange.ts";
import { Limits } from "./limits.ts";
import { CallLog } from "./log.ts";
import { botAccount } from "./members.ts";
import { failure } from "./call_result.ts";
import { People } from "./people.ts";
import { Profile } from "./profile.ts";
import { type WrongRefusal, WrongRefusals } from "./refusals.ts";
import { Topics } from "./topics.ts";
import type {
  ApiCall,
  Guise,
  SandboxChat,
  SandboxDocument,
  SandboxEvent,
  SandboxGroup,
  SandboxMessage,
  SandboxOptions,
  SandboxUser,
} from "./types.ts";
import type { TelegramSandbox } from "./sandbox.ts";
import { Listeners, Waiters } from "./until.ts";
import { UpdateQueue } from "./updates.ts";
import { chatView } from "./records.ts";
import { World } from "./world.ts";

export type { TelegramSandbox } from "./sandbox.ts";
export type * from "./types.ts";

/**
 * Starts a stand-in for Telegram's Bot API server on loopback: real HTTP, real long polling, and as
 * strict as the real one, whose rules and error texts are taken from tdlib/telegram-bot-api 10.0.
 * Close it when done. Throws when the port is taken.
 */
export function createTelegramSandbox(options: SandboxOptions): TelegramSandbox {
  return new Sandbox(options);
}

class Sandbox implements TelegramSandbox {
  readonly apiRoot: string;
  readonly bot: UserFromGetMe;
  fault: TelegramSandbox["fault"] = undefined;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #stop = new AbortController();
  readonly #world: World;
  readonly #people: People;
  readonly #chats: Chats;
  readonly #topics: Topics;
  readonly #profile: Profile;
  readonly #queue: UpdateQueue;
  readonly #limits: Limits;
  readonly #exchange: Exchange;
  readonly #refusals = new WrongRefusals();
  readonly #log = new CallLog();
  readonly #waiters = new Waiters(() => this.#log.dump());
  readonly #events = new Listeners<SandboxEvent>();

  constructor(
    {
      token,
      port = 0,
      botUsername = "sandbox_bot",
      botName = "Sandbox",
      readsAllGroupMessages,
      pollGuardMs,
      limits,
      ephemeral,
    }: SandboxOptions,
  ) {
    this.bot = botAccount(token, botName, botUsername, readsAllGroupMessages ?? false);
    this.#limits = new Limits(limits ?? true);
    this.#queue = new UpdateQueue(pollGuardMs ?? 3000, () => this.#waiters.poke());
    this.#world = new World(
      this.bot,
      (update) => this.#queue.push(update),
      (event) => this.#emit(event),
      ephemeral,
    );
    this.#people = new People(this.#world);
    this.#chats = new Chats(this.#world);
    this.#topics = new Topics(this.#world);
    this.#profile = new Profile(this.#world);
    const calls = new Calls({
      world: this.#world,
      people: this.#people,
      profile: this.#profile,
      queue: this.#queue,
      limits: this.#limits,
      violate: (...it) => this.#log.violate(...it),
    });
    this.#exchange = new Exchange({
      token,
      calls,
      refusals: this.#refusals,
      log: this.#log,
      faultOf: (method, payload) => this.fault?.(method, payload),
      onCall: () => this.#waiters.poke(),
    });
    const app = new Hono();
    app.all(
      "/:bot/:method",
      (c) =>
        this.#exchange.serve(c.req.raw, c.req.param("bot"), c.req.param("method").toLowerCase()),
    );
    app.notFound(() => failure(new ApiError(404, "Not Found")).response);
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port, signal: this.#stop.signal, onListen: () => {} },
      app.fetch,
    );
    this.apiRoot = `http://127.0.0.1:${this.#server.addr.port}`;
  }

  get calls(): readonly ApiCall[] {
    return this.#log.calls;
  }

  get violations(): readonly string[] {
    return this.#log.violations;
  }

  get isPolled(): boolean {
    return this.#queue.isPolled;
  }

  addUser(user: SandboxUser): User {
    return this.#world.addUser(user);
  }

  addGroup(group: SandboxGroup): void {
    this.#world.addGroup(group);
  }

  say(chatId: number, userId: number, text: string, extra: Partial<Message> = {}): Message {
    return this.#people.say(chatId, userId, text, extra);
  }

  sayAs(chatId: number, guise: Guise, text: string): Message {
    return this.#people.sayAs(chatId, guise, text);
  }

  press(chatId: number, messageId: number, button: string, userId: number) {
    return this.#people.press(chatId, messageId, button, userId);
  }

  pressForged(chatId: number, messageId: number | null, data: string, userId: number) {
    return this.#people.pressForged(chatId, messageId, data, userId);
  }

  expirePresses(): void {
    this.#people.endPresses("it is too old");
  }

  pushUpdate(update: Partial<Omit<Update, "update_id">>): number {
    return this.#queue.push(update);
  }

  block(chatId: number, isBlocked = true): void {
    this.#chats.block(chatId, isBlocked);
  }

  kick(chatId: number): void {
    this.#chats.setBotStatus(chatId, "kicked");
  }

  readd(chatId: number, botStatus: "member" | "administrator" = "member"): void {
    this.#chats.setBotStatus(chatId, botStatus);
  }

  restrict(chatId: number, mayWrite: boolean, untilDate = 0): void {
    this.#chats.restrict(chatId, mayWrite, untilDate);
  }

  allowFiles(chatId: number, isAllowed: boolean): void {
    this.#world.chat(chatId).mayMembersSendFiles = isAllowed;
  }

  deactivate(userId: number): void {
    this.#chats.deactivate(userId);
  }

  deleteGroup(chatId: number): void {
    this.#chats.deleteGroup(chatId);
  }

  migrate(chatId: number, newChatId: number, { silent = false }: { silent?: boolean } = {}): void {
    this.#chats.migrate(chatId, newChatId, silent);
  }

  addTopic(chatId: number, name: string): number {
    return this.#topics.add(chatId, name);
  }

  closeTopic(chatId: number, topicId: number): void {
    this.#topics.close(chatId, topicId);
  }

  closeGeneral(chatId: number, isClosed = true): void {
    this.#topics.closeGeneral(chatId, isClosed);
  }

  deleteTopic(chatId: number, topicId: number): void {
    this.#topics.delete(chatId, topicId);
  }

  deleteMessage(chatId: number, messageId: number): void {
    this.#people.deleteMessage(chatId, messageId);
  }

  loseSight(chatId: number, messageId: number): void {
    this.#people.loseSight(chatId, messageId);
  }

  rename(username: string): void {
    this.bot.username = username;
  }

  messages(chatId: number): readonly SandboxMessage[] {
    return this.#world.chat(chatId).messages;
  }

  lastFromBot(chatId: number): SandboxMessage | undefined {
    return this.#world.chat(chatId).messages.findLast((it) => it.isByBot && !it.deleted);
  }

  slowMode(chatId: number, seconds: number): void {
    this.#limits.slowMode(chatId, seconds);
  }

  flood(target: number | "all", seconds: number): void {
    this.#limits.flood(target, seconds, performance.now());
  }

  refuse(refusal: WrongRefusal): () => void {
    return this.#refusals.add(refusal);
  }

  commands(scope: BotCommandScope = { type: "default" }, languageCode = "") {
    return this.#profile.published(scope, languageCode);
  }

  chats(): SandboxChat[] {
    return [...this.#world.chats.values()].map(chatView);
  }

  document(fileId: string): SandboxDocument | undefined {
    return this.#world.documents.get(fileId);
  }

  menu(chatId: number, userId: number, languageCode: string): readonly BotCommand[] {
    return this.#profile.menu(this.#world.chat(chatId), userId, languageCode);
  }

  onCall(listener: (call: ApiCall) => void): () => void {
    return this.#log.listeners.add(listener);
  }

  onEvent(listener: (event: SandboxEvent) => void): () => void {
    return this.#events.add(listener);
  }

  until<T>(predicate: () => T | undefined | null | false, what: string, timeoutMs?: number) {
    return this.#waiters.until(predicate, what, timeoutMs);
  }

  away(isAway: boolean): void {
    if (isAway) this.#queue.drop();
    this.#exchange.away(isAway);
  }

  async close(): Promise<void> {
    this.away(true);
    this.#stop.abort();
    await this.#server.finished;
    this.#people.endPresses("the sandbox was closed");
    this.#waiters.close();
  }

  #emit(event: SandboxEvent): void {
    this.#events.tell(event);
    this.#waiters.poke();
  }
}
