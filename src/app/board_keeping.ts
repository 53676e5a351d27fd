import { Boards } from "../delivering/boards.ts";
import { redact } from "../log/logger.ts";
import { longestReadingAgeMs } from "../settings/derived.ts";
import { createBoardMessages } from "../telegram/board.ts";
import { elapsedMs } from "../time/clock.ts";
import { pause } from "../time/pause.ts";
import { type Base, every } from "./base.ts";
import type { Calling } from "./calling.ts";
import type { Checking } from "./checking.ts";
import type { Storage } from "./storage.ts";
import type { Turn } from "./turn.ts";

/** Creates what keeps the boards of the chats, and lets it work. */
export function keepBoards(it: Base & Storage & Calling & Checking & { readonly turn: Turn }) {
  const { config, logging, now, voice, work, boardRows, chats, api, pacer, turn } = it;
  const { monitor, source, database } = it;
  const logger = logging.logger("boards");
  const boards = new Boards({
    rows: boardRows,
    monitor,
    maxAgeMs: longestReadingAgeMs(config),
    ...createBoardMessages({ api, voice, pageUrl: source.pageUrl, logger, redact }),
    chats,
    pacer,
    turn,
    logger,
    now,
    elapsed: elapsedMs,
    pause,
  });
  work.defer(() => boards.stop());
  every(it, 1, "look at boards", () => database.attempt(() => boards.look()));
  return boards;
}
