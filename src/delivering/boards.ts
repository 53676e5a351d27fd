import { type Admitted, isAdmitted } from "../domain/admission.ts";
import {
  afterLoss,
  type BoardContent,
  boardDueAt,
  boardOf,
  type ChatBoard,
  contentKey,
  type Seen,
  type Shown,
} from "../domain/board.ts";
import type { Outcome, Unreachable } from "../domain/delivery.ts";
import type { Log } from "../log/log.ts";
import { slots, within } from "../time/pause.ts";

export interface BoardsDeps {
  readonly rows: {
    list(chatId?: number): Promise<ChatBoard[]>;
    put(chatId: number, topicId: number | null): Promise<number | null>;
    replace(
      board: ChatBoard,
      now: Pick<ChatBoard, "topicId" | "messageId" | "rewrittenAt">,
    ): Promise<boolean>;
    remove(chatId: number): Promise<number | null | undefined>;
  };
  readonly monitor: { readonly isOn: boolean; views(): readonly Seen[] };
  /** Age, in milliseconds, up to which a reading shows the present state. */
  readonly maxAgeMs: number;
  /** Edits the chat's board, or writes one where `messageId` is null. Never throws. */
  readonly show: (board: ChatBoard, it: BoardContent, signal: AbortSignal) => Promise<Outcome>;
  /** `pin` and `erase` do what the bot's rights in the chat allow. Neither throws. */
  readonly pin: (chatId: number, messageId: number, signal: AbortSignal) => Promise<void>;
  readonly erase: (chatId: number, messageId: number, signal: AbortSignal) => Promise<void>;
  readonly chats: {
    readonly admitted: Admitted;
    setGone(
      chatId: number,
      gone: { why: Unreachable; reason: string; until: null },
      now: number,
    ): Promise<void>;
    move(from: number, to: number, now: number): Promise<boolean>;
  };
  /** Whether deliveries are under way: these go before boards. */
  readonly pacer: { readonly isBroadcasting: boolean };
  /** Whether the database is ours; otherwise another bot keeps the boards. */
  readonly turn: { readonly isHeld: boolean };
  readonly logger: Log;
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly elapsed: () => number;
  /** Waits, but not past the signal. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Pause after a change, so that its deliveries begin before the boards. */
const SETTLE_MS = 1_000;
/** Longest time between two looks at the boards in the database, which others may have changed. */
const LOOK_MS = 15_000;
/**
 * Boards edited at a time, and the pause after each edit: at most 10 a second, a third of the
 * limit.
 */
const AT_ONCE = 3;
const PAUSE_MS = 300;
const BUSY_PAUSE_MS = 200;
const UNCERTAIN_MS = 60_000;
const REFUSED_MS = 3_600_000;
/** Time in which a stop edits boards to say so; `STOPPED_AT_ONCE`: boards edited at a time. */
const STOP_MS = 2_500;
/** How long a stop first waits for edits under way, which must not arrive after its own. */
const STOP_GRACE_MS = 1_000;
const STOPPED_AT_ONCE = 8;

/**
 * Keeps the boards up to date: edits them after each change, and now and then without one, but only
 * while no deliveries are under way.
 */
export class Boards {
  readonly #deps: BoardsDeps;
  readonly #stop = new AbortController();
  /** Cuts short the edits under way. */
  readonly #cut = new AbortController();
  readonly #shown = new Map<number, Shown>();
  /** End of the pause of chats that refused a board, by a clock that is never set. */
  readonly #held = new Map<number, number>();
  readonly #busy = new Map<number, Promise<void>>();
  #seen = "";
  #nextLookAt = -Infinity;
  /** Whether the next look has work left over, because a board was busy. */
  #isLookDue = false;

  constructor(deps: BoardsDeps) {
    this.#deps = deps;
  }

  /** Puts up a board in a chat and removes the chat's old one. Throws what the database throws. */
  async put(chatId: number, topicId: number | null): Promise<void> {
    const before = await this.#deps.rows.put(chatId, topicId);
    this.#shown.delete(chatId);
    this.#held.delete(chatId);
    void this.#putUp(chatId, before);
  }

  /** Removes a chat's board; false when the chat has none. Throws what the database throws. */
  async takeDown(chatId: number): Promise<boolean> {
    const messageId = await this.#deps.rows.remove(chatId);
    this.#shown.delete(chatId);
    if (messageId != null) void this.#deps.erase(chatId, messageId, this.#cut.signal);
    return messageId !== undefined;
  }

  /** Edits the boards that are due; to be called every second. Throws what the database throws. */
  async look(): Promise<void> {
    if (this.#stop.signal.aborted || !this.#deps.turn.isHeld) return;
    const seen = contentKey(this.#contentFor(null));
    const isNew = seen !== this.#seen;
    if (!isNew && !this.#isLookDue && this.#deps.elapsed() < this.#nextLookAt) return;
    this.#isLookDue = false;
    this.#seen = seen;
    if (isNew) await this.#deps.pause(SETTLE_MS, this.#stop.signal);
    await this.#pass();
  }

  /** Says in the boards that the bot was stopped, in as many as time allows. Never throws. */
  async stop(): Promise<void> {
    const { rows, turn, show, now } = this.#deps;
    this.#stop.abort(new Error("The bot is stopping"));
    await within(STOP_GRACE_MS, Promise.all(this.#busy.values()));
    this.#cut.abort(this.#stop.signal.reason);
    if (!turn.isHeld) return;
    const end = AbortSignal.timeout(STOP_MS);
    const content = { kind: "stopped", at: now() } as const;
    const boards = await rows.list().catch(() => []);
    const inTurn = slots(STOPPED_AT_ONCE);
    await Promise.all(
      boards.filter((it) => it.messageId !== null).map((it) =>
        inTurn(async () => {
          if (!end.aborted) await show(it, content, end);
        })
      ),
    );
  }

  async #pass(): Promise<void> {
    const { rows, chats } = this.#deps;
    const boards = (await rows.list()).filter((it) =>
      isAdmitted(chats.admitted, { chatId: it.chatId, personId: null })
    );
    // Many chats have the same language and regions, so their content is made once.
    const keys = new Map<string, string>();
    const due = boards.map((board) => ({ board, at: this.#dueAt(board, keys) }))
      .sort((a, b) => a.at - b.at);
    const later = due.find((it) => it.at > this.#deps.elapsed());
    const dueNow = due.filter((it) => it.at <= this.#deps.elapsed()).map((it) => it.board);
    const inTurn = slots(AT_ONCE);
    await Promise.all(dueNow.map((board) => inTurn(() => this.#edit(board))));
    this.#nextLookAt = Math.min(this.#deps.elapsed() + LOOK_MS, later?.at ?? Infinity);
  }

  /** Edits a board once no deliveries are under way; the pause after it leaves room for answers. */
  async #edit(board: ChatBoard): Promise<void> {
    const { pacer, turn } = this.#deps;
    const { signal } = this.#stop;
    while (pacer.isBroadcasting && !signal.aborted) await this.#deps.pause(BUSY_PAUSE_MS, signal);
    if (signal.aborted || !turn.isHeld) return;
    await this.#show(board);
    await this.#deps.pause(PAUSE_MS, signal);
  }

  #dueAt(board: ChatBoard, keys: Map<string, string>): number {
    const { chatId, regions, language } = board;
    const wish = `${language} ${regions}`;
    const key = keys.get(wish) ?? contentKey(this.#contentFor(board), board);
    keys.set(wish, key);
    const shown = board.messageId === null ? null : this.#shown.get(chatId) ?? null;
    const at = boardDueAt(shown, key, chatId);
    return Math.max(at, this.#held.get(chatId) ?? -Infinity);
  }

  #contentFor(board: Pick<ChatBoard, "regions"> | null): BoardContent {
    const { monitor, maxAgeMs, now } = this.#deps;
    const views = monitor.views();
    const own = views.filter((it) => board?.regions?.includes(it.region) ?? true);
    return {
      kind: "state",
      board: boardOf(own.length === 0 ? views : own, { now: now(), maxAgeMs }),
      isOn: monitor.isOn,
    };
  }

  async #putUp(chatId: number, before: number | null): Promise<void> {
    const { rows, erase, logger } = this.#deps;
    try {
      if (before !== null) await erase(chatId, before, this.#cut.signal);
      for (const board of await rows.list(chatId)) await this.#show(board);
    } catch (error) {
      logger.error("A board cannot be put up", { chat: chatId, error });
    }
  }

  /**
   * Edits or writes a board, and stores the outcome; a busy board is left to the next look. Never
   * throws.
   */
  async #show(board: ChatBoard): Promise<void> {
    const { chatId } = board;
    if (this.#busy.has(chatId)) {
      this.#isLookDue = true;
      return;
    }
    const showing = this.#showNow(board).catch((error) => {
      this.#deps.logger.error("A board cannot be kept", { chat: chatId, error });
      this.#hold(chatId, UNCERTAIN_MS);
    }).finally(() => this.#busy.delete(chatId));
    this.#busy.set(chatId, showing);
    await showing;
  }

  async #showNow(board: ChatBoard): Promise<void> {
    let next: ChatBoard | null = board;
    // Up to two losses: after its message and its topic are found gone, the board is written anew.
    for (let tries = 0; next !== null && tries < 3; tries++) {
      const content = this.#contentFor(next);
      const outcome = await this.#deps.show(next, content, this.#cut.signal);
      if (this.#cut.signal.aborted && outcome.kind !== "sent") return;
      next = await this.#settle(next, contentKey(content, next), outcome);
    }
  }

  /** Stores an outcome. Returns the board to be shown next, at once; null for none. */
  async #settle(board: ChatBoard, key: string, outcome: Outcome): Promise<ChatBoard | null> {
    const { chats, logger, now } = this.#deps;
    const { chatId, messageId } = board;
    switch (outcome.kind) {
      case "sent":
        this.#shown.set(chatId, { key, at: this.#deps.elapsed() });
        if (messageId === null) await this.#written(board, outcome.messageId);
        return null;
      case "rejected":
        if (messageId !== null) return await this.#lost(board);
        logger.warning("A board is refused", { chat: chatId, error: outcome.error });
        this.#hold(chatId, REFUSED_MS);
        return null;
      case "topic gone":
        if (board.topicId === null) this.#hold(chatId, REFUSED_MS);
        return board.topicId === null
          ? null
          : await this.#replaced(board, { ...board, topicId: null });
      case "chat unreachable":
        this.#hold(chatId, UNCERTAIN_MS);
        await chats.setGone(
          chatId,
          { why: outcome.why, reason: outcome.error, until: null },
          now(),
        );
        return null;
      case "chat moved":
        await chats.move(chatId, outcome.to, now());
        return null;
      default:
        this.#hold(chatId, outcome.kind === "retry after" ? outcome.seconds * 1_000 : UNCERTAIN_MS);
        return null;
    }
  }

  async #written(board: ChatBoard, messageId: number | null): Promise<void> {
    const { pin, erase } = this.#deps;
    const { chatId } = board;
    // The board arrived but its id is unknown. Another one at once would only add to the chat's
    // messages.
    if (messageId === null) return this.#hold(chatId, REFUSED_MS);
    const { signal } = this.#cut;
    if (await this.#replaced(board, { ...board, messageId })) await pin(chatId, messageId, signal);
    else await erase(chatId, messageId, signal);
  }

  async #lost(board: ChatBoard): Promise<ChatBoard | null> {
    const { rows, logger, now } = this.#deps;
    const { chatId } = board;
    const what = afterLoss(board.rewrittenAt, now());
    logger.info(`A board was deleted, and is ${what}`, { chat: chatId });
    if (what === "given up") await rows.remove(chatId);
    return what === "given up"
      ? null
      : await this.#replaced(board, { ...board, messageId: null, rewrittenAt: now() });
  }

  /**
   * Stores the new state of a board; null when people have moved or removed the board meanwhile.
   */
  async #replaced(board: ChatBoard, by: ChatBoard): Promise<ChatBoard | null> {
    return await this.#deps.rows.replace(board, by) ? by : null;
  }

  #hold(chatId: number, ms: number): void {
    this.#held.set(chatId, this.#deps.elapsed() + ms);
  }
}
