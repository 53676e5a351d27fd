import { assert, assertEquals } from "../assert.ts";
import { Boards, type BoardsDeps } from "../../src/delivering/boards.ts";
import type { BoardContent, ChatBoard } from "../../src/domain/board.ts";
import type { Outcome } from "../../src/domain/delivery.ts";
import { newRegion } from "../../src/domain/incident.ts";
import { reading } from "../domain/readings.ts";
import { arrayLogger } from "./doubles.ts";

const MINUTE = 60_000;
const SENT: Outcome = { kind: "sent", messageId: 1, isAlert: false, shown: null, told: null };

/** A keeper of boards in a world that is whatever a test says. */
function given(chats: readonly number[], answer: (board: ChatBoard) => Outcome = () => SENT) {
  const world = {
    elapsed: 0,
    status: "operational" as "operational" | "outage" | "unreadable",
    isBroadcasting: false,
    isHeld: true,
    shown: [] as { chatId: number; what: string }[],
    boards: chats.map((chatId): ChatBoard => ({
      ...{ chatId, topicId: null, messageId: 1, rewrittenAt: null, regions: null, language: null },
    })),
    gone: [] as number[],
  };
  const sightOf = (it: BoardContent) =>
    it.kind === "stopped" ? it.kind : it.board.rows[0]?.sight ?? "";
  const deps: BoardsDeps = {
    rows: {
      list: () => Promise.resolve(world.boards),
      put: () => Promise.resolve(null),
      replace(board, by) {
        world.boards = world.boards.map((it) => it.chatId === board.chatId ? { ...it, ...by } : it);
        return Promise.resolve(true);
      },
      remove(chatId) {
        world.boards = world.boards.filter((it) => it.chatId !== chatId);
        return Promise.resolve(1);
      },
    },
    monitor: {
      isOn: true,
      views: () => [{
        region: "ru",
        latest: reading(world.status, { at: 1_000 }),
        blindSince: null,
        state: newRegion("ru"),
      }],
    },
    maxAgeMs: MINUTE,
    show(board, content) {
      world.shown.push({ chatId: board.chatId, what: sightOf(content) });
      return Promise.resolve(answer(board));
    },
    pin: () => Promise.resolve(),
    erase: () => Promise.resolve(),
    chats: {
      admitted: null,
      setGone: (chatId) => Promise.resolve(void world.gone.push(chatId)),
      move: () => Promise.resolve(true),
    },
    pacer: {
      get isBroadcasting() {
        return world.isBroadcasting;
      },
    },
    turn: {
      get isHeld() {
        return world.isHeld;
      },
    },
    logger: arrayLogger(),
    now: () => 2_000,
    elapsed: () => world.elapsed,
    pause: (ms) => {
      world.elapsed += ms;
      return Promise.resolve();
    },
  };
  return { world, boards: new Boards(deps) };
}

Deno.test("boards: each is edited once for a change, and again when half an hour has gone by", async () => {
  const { world, boards } = given([1, 2, 3]);
  await boards.look();
  await boards.look();
  assertEquals(world.shown.map((it) => it.chatId), [1, 2, 3]);
  world.status = "unreadable";
  await boards.look();
  assertEquals(world.shown.slice(3).map((it) => it.what), ["unknown", "unknown", "unknown"]);
  world.elapsed += 19 * MINUTE;
  await boards.look();
  assertEquals(world.shown.length, 6);
  world.elapsed += 11 * MINUTE;
  await boards.look();
  assertEquals(world.shown.length, 9);
});

Deno.test("boards: wait until all deliveries are on their way, and show what is true then", async () => {
  const { world, boards } = given([1]);
  world.isBroadcasting = true;
  world.status = "outage";
  const looking = boards.look();
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  assertEquals(world.shown, []);
  world.status = "operational";
  world.isBroadcasting = false;
  await looking;
  assertEquals(world.shown, [{ chatId: 1, what: "operational" }]);
});

Deno.test("boards: a chat that asked to wait, gave no answer or is gone is left alone, and keeps nobody else waiting", async () => {
  const outcomes: Record<number, Outcome> = {
    1: { kind: "retry after", seconds: 300 },
    2: { kind: "uncertain", error: "?" },
    3: { kind: "chat unreachable", why: "blocked", error: "403" },
  };
  const { world, boards } = given([1, 2, 3, 4], ({ chatId }) => outcomes[chatId] ?? SENT);
  await boards.look();
  assertEquals(world.shown.map((it) => it.chatId), [1, 2, 3, 4]);
  assertEquals(world.gone, [3]);
  world.status = "outage";
  await boards.look();
  assertEquals(world.shown.slice(4).map((it) => it.chatId), [4]);
  world.elapsed += 5 * MINUTE;
  await boards.look();
  assert(world.shown.slice(5).some((it) => it.chatId === 1));
});

Deno.test("boards: an orderly stop says so everywhere, one whose database another bot has says nothing", async () => {
  const { world, boards } = given([1, 2]);
  await boards.look();
  await boards.stop();
  assertEquals(world.shown.slice(2).map((it) => it.what), ["stopped", "stopped"]);
  await boards.look();
  assertEquals(world.shown.length, 4, "edited after the stop");
  const other = given([1]);
  other.world.isHeld = false;
  await other.boards.stop();
  assertEquals(other.world.shown, []);
});

Deno.test("boards: one that is deleted again and again is written twice at most", async () => {
  const { world, boards } = given(
    [1],
    ({ messageId }) =>
      messageId === null ? { ...SENT, messageId: 2 } : { kind: "rejected", error: "not found" },
  );
  for (const status of ["outage", "operational", "outage", "operational"] as const) {
    world.status = status;
    await boards.look();
  }
  assertEquals(world.boards, []);
  assertEquals(world.shown.length, 3, "an edit, a message, an edit");
});
