import { createBitrix24Sandbox } from "../../src/sandbox/bitrix24/server.ts";
import { createTelegramSandbox } from "../../src/sandbox/telegram/server.ts";
import { daemon } from "../e2e/program.ts";
import { withFolder } from "../support.ts";
import { makeDatabase } from "./subscribers.ts";
import { ADMIN, TOKEN, World } from "../world.ts";
import { type CastChat, MEMBER, STRANGERS } from "./cast.ts";
import { readBegun } from "./ledger.ts";
import { Line } from "./line.ts";
import { mostWithin, type Run } from "./record.ts";
import { Watch } from "./watch.ts";

const PER_SECOND = 30;
const SECOND_AT_LEAST_MS = 900;

/** The program as a process that may be killed, with everybody who is to be told. */
export class Arena {
  readonly runs: Run[] = [];
  #child: ReturnType<typeof daemon> | null = null;
  #callsBefore = 0;

  /** @param topics in which the forums want to be told */
  constructor(
    readonly world: World,
    readonly watch: Watch,
    readonly topics: ReadonlyMap<number, number>,
    readonly line: Line,
  ) {}

  start(): void {
    this.#callsBefore = this.line.count;
    this.#child = daemon(this.world);
  }

  /**
   * What the program did wrong by Telegram. That messages crowd together on a machine that is busy is
   * not its fault, as long as they do so by no more than a tenth of the second that is looked at.
   */
  violations(): string[] {
    const times = this.world.telegram.calls
      .filter(({ method, errorCode, description = "" }) =>
        /^(send|edit)/.test(method) &&
        ([undefined, 400, 429].includes(errorCode) || description === "fault: lost")
      )
      .map((it) => it.at).toSorted((a, b) => a - b);
    const isCrowd = mostWithin(times, SECOND_AT_LEAST_MS) > PER_SECOND;
    // A press is answered once more when the answer to that was lost.
    return this.world.violations().filter((it) =>
      (isCrowd || !it.includes("limit of 30 a second")) && !it.includes("query is too old")
    );
  }

  /** Ends the program and notes what it left behind. */
  async end(signal: Run["signal"]): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    // Before it has got as far as to call Telegram it may not be able to hear of a stop.
    const isUp = () => this.line.count > this.#callsBefore;
    if (signal === "SIGTERM") await this.world.telegram.until(isUp, "the first call");
    this.#child = null;
    const inFlight = this.line.underWay;
    const { code, log } = await child.end(signal);
    const begun = readBegun(this.world.databaseFile);
    this.runs.push({ signal, code, log, inFlight, begun });
    this.watch.run = this.runs.length;
  }
}

/** An arena whose chats are subscribed already; nothing of it is left afterwards. */
export async function withArena<T>(
  { chats, regions }: { chats: readonly CastChat[]; regions: readonly string[] },
  use: (arena: Arena) => Promise<T>,
): Promise<T> {
  return await withFolder(async (folder) => {
    const telegram = await createTelegramSandbox({ token: TOKEN, pollGuardMs: 0 });
    const bitrix24 = await createBitrix24Sandbox();
    const line = new Line(telegram.apiRoot);
    const groups = chats.filter((it) => it.isConfigured).map((it) => it.id);
    const world = new World(telegram, bitrix24, folder, {
      TELEGRAM_API_ROOT: line.url,
      GROUP_ID: "",
      GROUP_IDS: groups.join(","),
      REGIONS: regions.join(","),
      RECOVERY_THRESHOLD: "1",
      LOG_LEVEL: "INFO",
    });
    world.populate();
    for (const region of regions) bitrix24.well(region);
    const arena = new Arena(world, new Watch(telegram), addChats(world, chats), line);
    try {
      await subscribe(arena, chats);
      return await use(arena);
    } finally {
      await arena.end("SIGKILL");
      await line.close();
      await bitrix24.close();
      await telegram.close();
    }
  });
}

function addChats({ telegram }: World, chats: readonly CastChat[]): Map<number, number> {
  const topics = new Map<number, number>();
  telegram.addUser({ id: MEMBER, first_name: "Вера" });
  for (const id of STRANGERS) telegram.addUser({ id, first_name: `Прохожий ${id}` });
  telegram.say(ADMIN, ADMIN, "/start");
  for (const { id, kind } of chats) {
    if (kind === "private") {
      telegram.addUser({ id, first_name: `Гость ${id}` });
      telegram.say(id, id, "/start");
      continue;
    }
    telegram.addGroup({
      id,
      title: `Группа ${id}`,
      type: kind === "group" ? "group" : "supergroup",
      members: { [MEMBER]: "creator" },
      isForum: kind === "forum",
    });
    if (kind === "forum") topics.set(id, telegram.addTopic(id, "Алерты"));
  }
  return topics;
}

/** Past the program: to write /start everywhere would take longer than a schedule. */
async function subscribe({ world, topics }: Arena, chats: readonly CastChat[]): Promise<void> {
  // Telegram forgets the greetings: the program would answer every one of them.
  const [last] = await updates(-1);
  await updates((last?.update_id ?? 0) + 1);

  await makeDatabase(
    world.databaseFile,
    chats.filter(({ isConfigured }) => !isConfigured).map(({ id, kind }) => ({
      chatId: id,
      chatType: kind === "forum" ? "supergroup" : kind,
      topicId: topics.get(id) ?? null,
    })),
    chats.flatMap(({ id, rule }) => rule === null ? [] : [[id, rule] as const]),
  );

  async function updates(offset: number): Promise<{ update_id: number }[]> {
    const { telegram, env } = world;
    const url = `${telegram.apiRoot}/bot${env["BOT_TOKEN"]}/getUpdates?offset=${offset}`;
    return (await (await fetch(url)).json()).result;
  }
}
