import type { SandboxMessage, TelegramSandbox } from "../../src/demo/telegram.ts";
import { quantile } from "./stage.ts";

/** How much a program has to bear. */
export interface Load {
  readonly checks: number;
  readonly updates: number;
}

/** What one of the crowd does; answers with the milliseconds until the bot had done its part. */
export type Deed = (crowd: Crowd, chat: number) => Promise<number>;

const FIRST = 10_000;

/** People who all want something at once, each as soon as the last thing was answered. */
export class Crowd {
  readonly telegram: TelegramSandbox;
  readonly chats: readonly number[];
  readonly #waiting = new Map<string, (message: SandboxMessage) => void>();

  constructor(telegram: TelegramSandbox, size: number) {
    this.telegram = telegram;
    this.chats = Array.from({ length: size }, (_, index) => FIRST + index);
    for (const id of this.chats) telegram.addUser({ id, first_name: "Анна" });
    telegram.onEvent((event) => {
      if ((event.kind !== "sent" && event.kind !== "edited") || event.by !== "bot") return;
      this.#waiting.get(`${event.kind} ${event.chatId}`)?.(event.message);
    });
  }

  /** The next message of the bot in this chat, or its next edit. */
  next(kind: "sent" | "edited", chat: number): Promise<SandboxMessage> {
    return new Promise((resolve) => {
      this.#waiting.set(`${kind} ${chat}`, (message) => {
        this.#waiting.delete(`${kind} ${chat}`);
        resolve(message);
      });
    });
  }

  /** All of them at once, until `count` deeds are done; how long each took. */
  async each(count: number, deed: Deed): Promise<number[]> {
    const times: number[] = [];
    let begun = 0;
    await Promise.all(this.chats.map(async (chat) => {
      while (begun++ < count) times.push(await deed(this, chat));
    }));
    return times;
  }
}

/** Sends a command and waits for the answer. */
export function ask(text: string): Deed {
  return async (crowd, chat) => {
    const started = performance.now();
    const answer = crowd.next("sent", chat);
    crowd.telegram.say(chat, chat, text);
    await answer;
    return performance.now() - started;
  };
}

/**
 * Presses a button under the newest message, and waits until that is edited. The first label that there
 * is decides, else it is the first button.
 */
export function press(...labels: readonly RegExp[]): Deed {
  return async (crowd, chat) => {
    const message = crowd.telegram.lastFromBot(chat);
    const buttons = message?.reply_markup?.inline_keyboard.flat() ?? [];
    const labelled = labels.map((label) => buttons.find((it) => label.test(it.text)));
    const button = labelled.find((it) => it !== undefined) ?? buttons[0];
    if (!message || !button) throw new Error(`Nothing to press in chat ${chat}`);
    const started = performance.now();
    const edit = crowd.next("edited", chat);
    crowd.telegram.press(chat, message.id, button.text, chat).catch(() => {});
    await edit;
    return performance.now() - started;
  };
}

export function p50(times: readonly number[]): number {
  return quantile(times, 0.5);
}

export function p99(times: readonly number[]): number {
  return quantile(times, 0.99);
}
