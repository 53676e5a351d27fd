// A crowd that asks and presses for as long as the scene lasts.
import type { TelegramSandbox } from "../../src/sandbox/telegram/server.ts";

export interface Crowd {
  /** People who ask, each as often as that, one after the other. */
  readonly askers: number;
  readonly everyMs: number;
  readonly command: string;
  /** People who press buttons without end. */
  readonly pressers: number;
}

/** A finger; a program would keep this machine busy with itself. */
const PRESS_EVERY_MS = 200;

/** Begins; returns the way to end it, with how long each answer took in milliseconds. */
export function beginCrowd(
  telegram: TelegramSandbox,
  { askers, everyMs, command, pressers }: Crowd,
  firstId: number,
): () => Promise<number[]> {
  const waits: number[] = [];
  const waiting = new Map<number, (messageId: number) => void>();
  const end = new AbortController();
  const stop = telegram.onEvent((event) => {
    if (event.kind !== "sent" || event.by !== "bot") return;
    const done = waiting.get(event.chatId);
    waiting.delete(event.chatId);
    done?.(event.message.id);
  });
  const answer = (id: number, text: string) => {
    const came = new Promise<number>((resolve) => waiting.set(id, resolve));
    telegram.say(id, id, text);
    return came;
  };
  const ended = new Promise<void>((resolve) =>
    end.signal.addEventListener("abort", () => resolve())
  );
  const ask = async (id: number, afterMs: number) => {
    await Promise.race([sleep(afterMs), ended]);
    while (!end.signal.aborted) {
      const since = performance.now();
      await Promise.race([answer(id, command), ended]);
      // Whoever still waits at the end has waited for so long at least.
      waits.push(performance.now() - since);
      await Promise.race([sleep(everyMs - (performance.now() - since)), ended]);
    }
  };
  const press = async (id: number) => {
    const messageId = await Promise.race([answer(id, "/menu"), ended]) ?? 0;
    for (let count = 0; !end.signal.aborted; count++) {
      const data = count % 2 === 0 ? "help" : "menu";
      telegram.pressForged(id, messageId, data, id).catch(() => {});
      await sleep(PRESS_EVERY_MS);
    }
  };
  const people: Promise<void>[] = [];
  for (let index = 0; index < askers + pressers; index++) {
    const id = firstId + index;
    telegram.addUser({ id, first_name: "Анна" });
    people.push(index < askers ? ask(id, everyMs * index / askers) : press(id));
  }
  return async () => {
    end.abort();
    await Promise.all(people);
    stop();
    return waits;
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
