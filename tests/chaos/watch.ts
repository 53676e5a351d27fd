import type { ApiCall, SandboxEvent, TelegramSandbox } from "../../src/sandbox/telegram/server.ts";
import { readMessage, type Told } from "./record.ts";

type Payload = Readonly<Record<string, unknown>>;

/** Writes down what the chats are shown of incidents, and whether the program knows that they were. */
export class Watch {
  /** Which life of the program is watched. */
  run = 0;
  /** Messages of the program so far, whatever they are about. */
  sends = 0;
  /** When somebody was answered, in milliseconds since the epoch. */
  readonly answers: number[] = [];
  readonly #telegram: TelegramSandbox;
  readonly #told: { readonly told: Told; readonly payload: Payload | undefined }[] = [];
  /** Calls that came in and whose message was not seen yet. */
  readonly #open = new Set<Payload>();

  constructor(telegram: TelegramSandbox) {
    this.#telegram = telegram;
    telegram.onEvent((event) => this.#note(event));
  }

  /** To be told of every call before it takes its course. */
  noteCall(method: string, payload: Payload): void {
    if (method === "sendmessage" || method === "editmessagetext") this.#open.add(payload);
  }

  /** What was shown so far. A call that has not been answered yet is uncertain. */
  told(): Told[] {
    const calls = new Map<Payload, ApiCall>(this.#telegram.calls.map((it) => [it.payload, it]));
    return this.#told.map(({ told, payload }) => ({
      ...told,
      isCertain: payload === undefined || calls.get(payload)?.ok === true,
    }));
  }

  #note(event: SandboxEvent): void {
    if (event.kind !== "sent" && event.kind !== "edited" && event.kind !== "deleted") return;
    const { kind: how, chatId, message, by } = event;
    if (how === "sent" && by === "bot") this.sends++;
    const { text = "" } = message;
    const news = readMessage(text);
    if (news === null && by === "bot" && how !== "deleted") this.answers.push(Date.now());
    // Topics are deleted by people, messages of ours with them.
    if (news === null || (by !== "bot" && how !== "deleted")) return;
    const payload = how === "deleted" ? undefined : this.#callOf(how, chatId, message.id, text);
    const told = {
      at: Date.now(),
      how,
      ...news,
      chatId,
      messageId: message.id,
      text,
      run: this.run,
      isCertain: true,
    };
    this.#told.push({ told, payload });
  }

  /** The newest of the calls for the same: those before it were refused or broke off. */
  #callOf(how: "sent" | "edited", chatId: number, id: number, text: string): Payload {
    const same = [...this.#open].filter((it) =>
      Number(it["chat_id"]) === chatId && it["text"] === text &&
      (how === "sent" ? it["message_id"] === undefined : Number(it["message_id"]) === id)
    );
    for (const it of same) this.#open.delete(it);
    const newest = same.at(-1);
    if (newest) return newest;
    throw new Error(`Nobody called for the message ${id} of chat ${chatId}: ${text}`);
  }
}
