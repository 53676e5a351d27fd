import type { Api } from "grammy";
import { isAdmitted } from "../domain/admission.ts";
import type { BoardContent, BoardRow, ChatBoard } from "../domain/board.ts";
import type { Outcome } from "../domain/delivery.ts";
import type { Log } from "../log/log.ts";
import { type Answer, type Asking, type BotDeps, refuse, show } from "./action_contract.ts";
import { editToScreen, grammySignal, sendScreen } from "./messages.ts";
import { reasonOf } from "./reason.ts";
import { pageLinks } from "./page_links.ts";
import { blocks, bold, fitItems, lines, type Rich, rich } from "./rich.ts";
import { titleOf } from "./rules/shares.ts";
import { type Screen, sentence } from "./screen.ts";
import { outcomeOf } from "./outcomes.ts";
import { BY_WEIGHT, ICONS } from "./status_screen.ts";
import type { Voice } from "./texts/format.ts";

/** The answer to /board: puts up the chat's board, or takes it down. */
export async function board(deps: BotDeps, { chat, topicId, argument }: Asking): Promise<Answer> {
  const { boards, voice: { texts } } = deps;
  const wish = argument.trim().toLowerCase();
  if (wish === "off") {
    const said = await boards.takeDown(chat.id) ? texts.board.takenDown : texts.board.none;
    return { kind: "screen", screen: sentence(said), toast: said };
  }
  if (wish !== "") return refuse(texts.board.usage);
  const isOpen = isAdmitted(deps.chats.admitted, { chatId: chat.id, personId: null });
  if (!isOpen) return refuse(texts.closed.noAlerts);
  await boards.put(chat.id, topicId);
  return show(sentence(texts.board.put));
}

export interface BoardScreenFacts {
  readonly content: BoardContent;
  /** Regions that the chat hears; null for all. */
  readonly regions: readonly string[] | null;
  readonly pageUrl: (region: string) => string;
}

/** The message of a board. */
export function boardScreen(voice: Voice, facts: BoardScreenFacts): Screen {
  const { board: said, status, monitoringOff } = voice.texts;
  const { content, pageUrl } = facts;
  if (content.kind === "stopped") {
    const head = rich(bold(`${said.stoppedAt} `), voice.clock(content.at));
    return { text: lines(head, said.whileStopped), keyboard: null };
  }
  const rows = content.board.rows.toSorted((a, b) => weight(a) - weight(b));
  const title = facts.regions === null
    ? ""
    : titleOf(voice.texts.rules, rows.map((it) => it.region));
  const text = blocks(
    fitItems(
      bold(status[rows[0]?.sight ?? "unknown"] + title),
      rows.map((it) => rowLine(voice, it)),
      status.moreRegions,
      { limit: ROWS_ROOM, join: lines },
    ),
    content.isOn ? null : monitoringOff,
    rich(`${said.trueAt} `, voice.clock(content.board.trueAt)),
    pageLinks(voice, rows.map((it) => it.region), pageUrl),
  );
  return { text, keyboard: null };
}

/** Characters for the lines of regions, so that the rest always fits. */
const ROWS_ROOM = 3_000;

function weight({ sight }: BoardRow): number {
  return BY_WEIGHT.indexOf(sight);
}

function rowLine(voice: Voice, { region, sight, since }: BoardRow): Rich {
  const { board: said, status } = voice.texts;
  return rich(
    `${ICONS[sight]} `,
    bold(`.${region}`),
    ` — ${status.region[sight]}, `,
    since === null ? status.notCheckedYet : rich(`${said.since[sight]} `, voice.ago(since)),
  );
}

export interface BoardMessagesDeps {
  readonly api: Api;
  readonly voice: Voice;
  readonly pageUrl: (region: string) => string;
  readonly logger: Log;
  readonly redact: (text: string) => string;
}

/** The calls of Telegram for {@linkcode Boards}. */
export function createBoardMessages({ api, voice, pageUrl, logger, redact }: BoardMessagesDeps) {
  const quietly = async (what: string, chatId: number, call: Promise<unknown>) => {
    await call.catch((error) => {
      logger.info(`${what} not done`, { chat: chatId, reason: reasonOf(error, redact) });
    });
  };
  return {
    async show(
      { chatId, topicId, messageId, regions, language }: ChatBoard,
      content: BoardContent,
      signal: AbortSignal,
    ): Promise<Outcome> {
      const screen = boardScreen(voice.in(language), { content, regions, pageUrl });
      const done = { kind: "sent", isAlert: false, shown: null, told: null } as const;
      try {
        if (messageId !== null) {
          await editToScreen(api, chatId, messageId, screen, signal);
          return { ...done, messageId };
        }
        const address = { chatId, topicId: topicId ?? undefined, isSilent: true };
        return { ...done, messageId: await sendScreen(api, address, screen, signal) };
      } catch (error) {
        return outcomeOf(error, redact);
      }
    },
    /**
     * Pins a board without a notification. In groups that needs a right; without it nothing
     * happens.
     */
    async pin(chatId: number, messageId: number, signal: AbortSignal): Promise<void> {
      const options = { disable_notification: true };
      const call = api.pinChatMessage(chatId, messageId, options, grammySignal(signal));
      await quietly("Pinning a board", chatId, call);
    },
    /**
     * Deletes a board. If that fails, as for a message that is too old, the board is unpinned
     * instead.
     */
    async erase(chatId: number, messageId: number, signal: AbortSignal): Promise<void> {
      const call = api.deleteMessage(chatId, messageId, grammySignal(signal)).catch(() =>
        api.unpinChatMessage(chatId, messageId, {}, grammySignal(signal))
      );
      await quietly("Removing a board", chatId, call);
    },
  };
}
