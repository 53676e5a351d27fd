// What is played in the stand-ins' process. Each scene gets its options as JSON and answers in JSON.
import { beginCrowd, type Crowd } from "./crowd.ts";
import type { Bitrix24Sandbox } from "../../src/sandbox/bitrix24/types.ts";
import type { TelegramSandbox } from "../../src/sandbox/telegram/server.ts";

export interface Stage {
  readonly telegram: TelegramSandbox;
  readonly bitrix24: Bitrix24Sandbox;
  readonly token: string;
}

/** People who ask; far from the chats that are told. */
export const FIRST_ASKING = 10_000;
/** Chats that are told. */
export const FIRST_CHAT = 100_000;
const PATIENCE_MS = 120_000;
const CLOSEST_ASKING_MS = 5;
const APART_MS = 1_200;
const CROWD_WARM_MS = 6_000;

export const SCENES = {
  /** Waits until a bot asks for updates. */
  polled: ({ telegram }: Stage, _: Record<never, never>): Promise<boolean> =>
    telegram.until(() => telegram.isPolled, "the bot", PATIENCE_MS),

  /** Adds so many milliseconds to every answer of Telegram. */
  latency({ telegram }: Stage, { ms }: { ms: number }): void {
    telegram.fault = ms === 0 ? undefined : () => ({ kind: "delay", ms });
  },

  /** Long polls end early, as they seem to for a bot whose clock runs faster. */
  shortPolls({ telegram }: Stage, { seconds }: { seconds: number }): void {
    telegram.fault = (method, payload) => {
      if (method === "getupdates" && Number(payload["timeout"]) > 0) payload["timeout"] = seconds;
      return undefined;
    };
  },

  /** All regions of the feed are well. */
  regions({ bitrix24 }: Stage, { regions }: { regions: readonly string[] }): void {
    for (const region of regions) bitrix24.well(region);
  },

  /** How often the feed was asked so far. */
  requests: ({ bitrix24 }: Stage, _: Record<never, never>): number => bitrix24.requests.length,

  crowd,
  askings,
  news,
  meet,
  tell,
  share,
  load,
  files,
};

/**
 * So many chats ask all at once, and when all are answered, all press a button of the answer; so many
 * times. Milliseconds from the message, or the press, to the answer, or the edit.
 */
async function crowd(
  { telegram }: Stage,
  { chats, rounds, command, button }: {
    chats: number;
    rounds: number;
    command: string;
    button: string;
  },
): Promise<{ commands: number[]; buttons: number[] }> {
  const ids = Array.from({ length: chats }, (_, index) => FIRST_ASKING + index);
  for (const id of ids) telegram.addUser({ id, first_name: "Анна" });
  const commands: number[] = [];
  const buttons: number[] = [];
  const waits = new Map<number, { since: number; messageId: number; isOver: boolean }>();
  let open = 0;
  let times = commands;
  const stop = telegram.onEvent((event) => {
    const wanted = times === commands ? "sent" : "edited";
    if (event.kind !== wanted || event.by !== "bot") return;
    const wait = waits.get(event.chatId);
    if (!wait || wait.isOver) return;
    times.push(performance.now() - wait.since);
    waits.set(event.chatId, { ...wait, messageId: event.message.id, isOver: true });
    open--;
  });
  const all = async (begin: (id: number) => void, what: string) => {
    open = ids.length;
    for (const id of ids) {
      const messageId = waits.get(id)?.messageId ?? 0;
      waits.set(id, { since: performance.now(), messageId, isOver: false });
      begin(id);
    }
    await telegram.until(() => open === 0, what, PATIENCE_MS);
  };
  for (let round = 0; round < rounds; round++) {
    times = commands;
    await all((id) => telegram.say(id, id, command), "all answers");
    times = buttons;
    await all((id) => {
      void telegram.press(id, waits.get(id)?.messageId ?? 0, button, id);
    }, "all edits");
  }
  stop();
  return { commands, buttons };
}

/** One after the other asks, `everyMs` apart, and each is waited for; milliseconds to the answer. */
async function askings(
  { telegram }: Stage,
  { chats, count, command, everyMs = CLOSEST_ASKING_MS }: {
    chats: number;
    count: number;
    command: string;
    everyMs?: number;
  },
): Promise<number[]> {
  const times: number[] = [];
  for (let asked = 0; asked < count; asked++) {
    const id = FIRST_ASKING + asked % chats;
    if (asked < chats) telegram.addUser({ id, first_name: "Анна" });
    let isAnswered = false;
    const stop = telegram.onEvent((event) => {
      isAnswered ||= event.kind === "sent" && event.by === "bot" && event.chatId === id;
    });
    const since = performance.now();
    telegram.say(id, id, command);
    await telegram.until(() => isAnswered, command, PATIENCE_MS);
    times.push(performance.now() - since);
    stop();
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return times;
}

/** One region after the other breaks; milliseconds from the first request that tells of it to the message. */
async function news(
  { telegram, bitrix24 }: Stage,
  { regions, chat }: { regions: readonly string[]; chat: number },
): Promise<number[]> {
  const times: number[] = [];
  let messages = 0;
  const stop = telegram.onEvent((event) => {
    if (event.kind === "sent" && event.by === "bot" && event.chatId === chat) messages++;
  });
  for (const region of regions) {
    // A chat is told no more than one thing a second; that is not what is measured.
    await new Promise((resolve) => setTimeout(resolve, APART_MS));
    const asked = bitrix24.requests.length;
    const before = messages;
    bitrix24.outage(region);
    const isAsked = () => bitrix24.requests.slice(asked).some((it) => it.region === region);
    await bitrix24.until(isAsked, "a check", PATIENCE_MS);
    const since = performance.now();
    await telegram.until(() => messages > before, "the message", PATIENCE_MS);
    times.push(performance.now() - since);
  }
  stop();
  return times;
}

/** Chats that can be told: everybody has written once, and nothing is to be answered any more. */
async function meet({ telegram, token }: Stage, { chats }: { chats: number }): Promise<void> {
  for (let id = FIRST_CHAT; id < FIRST_CHAT + chats; id++) {
    telegram.addUser({ id, first_name: "Анна" });
    telegram.say(id, id, "привет");
  }
  const url = `${telegram.apiRoot}/bot${token}/deleteWebhook?drop_pending_updates=true`;
  await (await fetch(url)).text();
}

/**
 * All chats that were met are told something, after an outage or by themselves: how many a second
 * after the first of them, until all are told or `ms` are over, and how long the first one took.
 */
async function tell(
  { telegram, bitrix24 }: Stage,
  { chats, ms = Infinity, hasOutage }: { chats: number; ms?: number; hasOutage: boolean },
): Promise<{ rate: number; told: number; firstMs: number; refused: number }> {
  let told = 0;
  let firstAt = 0;
  let lastAt = 0;
  const stop = telegram.onEvent((event) => {
    if (event.kind !== "sent" || event.by !== "bot" || event.chatId < FIRST_CHAT) return;
    if (lastAt - firstAt > ms) return;
    lastAt = performance.now();
    if (told++ === 0) firstAt = lastAt;
  });
  let since = performance.now();
  if (hasOutage) {
    const asked = bitrix24.requests.length;
    bitrix24.outage("ru");
    await bitrix24.until(() => bitrix24.requests.length > asked, "a check", PATIENCE_MS);
    since = performance.now();
  }
  const isOver = () => told >= chats || lastAt - firstAt > ms;
  await telegram.until(isOver, "all of them told", PATIENCE_MS);
  stop();
  return {
    rate: (told - 1) / ((lastAt - firstAt) / 1_000),
    told,
    firstMs: firstAt - since,
    refused: telegram.calls.filter((it) => it.errorCode === 429).length,
  };
}

/** Like `tell`, or for `ms` nothing is told, while a crowd asks; how long its answers took as well. */
async function share(
  stage: Stage,
  { crowd, ...telling }: { crowd: Crowd; chats: number; ms: number; hasOutage: boolean },
): Promise<{ rate: number; waits: number[]; refused: number }> {
  const end = beginCrowd(stage.telegram, crowd, FIRST_ASKING);
  // Those who press have used up their burst.
  await new Promise((resolve) => setTimeout(resolve, CROWD_WARM_MS));
  const { rate, refused } = telling.hasOutage
    ? await tell(stage, { ...telling, ms: Infinity })
    : await new Promise<{ rate: number; refused: number }>((resolve) =>
      setTimeout(resolve, telling.ms, { rate: 0, refused: 0 })
    );
  return { rate, refused, waits: await end() };
}

/** People ask and press, so many of them at once, until there were so many updates and checks. */
async function load(
  { telegram, bitrix24 }: Stage,
  { people, updates, checks, command, button }: {
    people: number;
    updates: number;
    checks: number;
    command: string;
    button: string;
  },
): Promise<void> {
  const enough = bitrix24.requests.length + checks;
  const waiting = new Map<number, (messageId: number) => void>();
  const stop = telegram.onEvent((event) => {
    if (event.kind === "pressed" || event.kind === "answered" || event.by !== "bot") return;
    const done = waiting.get(event.chatId);
    waiting.delete(event.chatId);
    done?.(event.message.id);
  });
  const answered = (id: number) => new Promise<number>((resolve) => waiting.set(id, resolve));
  let done = 0;
  await Promise.all(Array.from({ length: people }, async (_, index) => {
    const id = FIRST_ASKING + index;
    telegram.addUser({ id, first_name: "Анна" });
    while (done < updates) {
      done += 2;
      const answer = answered(id);
      telegram.say(id, id, command);
      const messageId = await answer;
      const edit = answered(id);
      void telegram.press(id, messageId, button, id);
      await edit;
    }
  }));
  stop();
  await bitrix24.until(() => bitrix24.requests.length >= enough, "the checks", PATIENCE_MS);
  // What is remembered for tests is not needed here.
  (bitrix24.requests as unknown[]).length = 0;
}

/** Somebody asks for files; what came. */
async function files(
  { telegram }: Stage,
  { command }: { command: string },
): Promise<{ files: { name: string; bytes: number }[]; ms: number }> {
  const id = FIRST_ASKING;
  telegram.addUser({ id, first_name: "Анна" });
  const since = performance.now();
  telegram.say(id, id, command);
  const sent = () => telegram.messages(id).flatMap((it) => it.document ?? []);
  await telegram.until(() => sent().length > 0, "the first file", PATIENCE_MS);
  // Whoever asks meanwhile gets the same files, when all of them are made.
  const other = id + 1;
  telegram.addUser({ id: other, first_name: "Борис" });
  telegram.say(other, other, command);
  const shared = () => telegram.messages(other).filter((it) => it.document).length;
  await telegram.until(() => shared() === sent().length, "all files", 3 * PATIENCE_MS);
  return {
    files: sent().map((it) => ({ name: it.file_name, bytes: it.bytes.length })),
    ms: performance.now() - since,
  };
}
