import { type Api, GrammyError, HttpError } from "grammy";
import type { Log } from "../log/log.ts";
import { within } from "../time/pause.ts";
import { isDatabaseFault, reasonOf } from "./reason.ts";
import type { Exports, SendFile } from "./exports.ts";
import { inline } from "./foreign.ts";
import { type Address, elsewhere, grammySignal } from "./messages.ts";
import { refusalOf } from "./refusals.ts";
import type { Texts, Voice } from "./texts/format.ts";

export interface FileAnswerDeps {
  readonly exports: Exports;
  readonly voice: Voice;
  readonly api: Api;
  readonly logger: Log;
  readonly redact: (text: string) => string;
}

/** Progress messages to the person who asked for the file. */
export interface FileNews {
  preparing(): Promise<void>;
  /** The file was sent at once, without `preparing`. */
  sent(): Promise<void>;
  failed(text: string): Promise<void>;
}

/** Time after which a file that is still being made is announced. */
const SOON_MS = 1_000;

/**
 * Answers with the file of all incidents: at once, or announced and later, while the chat gets
 * other answers; or with a sentence that says why there is no file. Never throws.
 */
export async function answerWithFile(
  deps: FileAnswerDeps,
  address: Address,
  news: FileNews,
): Promise<void> {
  const { exports, voice, logger, redact } = deps;
  // A chat that a sentence does not reach is only logged.
  const quietly = async (tell: () => Promise<void>) => {
    await tell().catch((error) => {
      const reason = reasonOf(error, redact);
      logger.info("News of a file not told", { chat: address.chatId, reason });
    });
  };
  let isAnnounced = false;
  const announce = async () => {
    if (!isAnnounced) await quietly(news.preparing);
    isAnnounced = true;
  };
  let isOver = false;
  const isWaiting = exports.isMaking(voice);
  const given = exports.give(voice, sender(deps, address)).then(() => null, (error) => ({ error }))
    .finally(() => isOver = true);
  const finish = async () => {
    const failure = await given;
    if (failure === null) return isAnnounced ? undefined : await quietly(news.sent);
    if (exports.stop.aborted) return;
    const reason = reasonOf(failure.error, redact);
    const fields = { chat: address.chatId, reason };
    if (isOurs(failure.error)) logger.error("Export failed", fields);
    else logger.info("Export not sent", fields);
    await announce();
    await quietly(() => news.failed(whyNot(voice.texts, failure.error, reason)));
  };
  if (!isWaiting) await within(SOON_MS, given);
  if (isOver) return await finish();
  await announce();
  void finish();
}

/** Sends the file to the chat; if its topic is closed or gone by now, to the General topic. */
function sender({ api, exports }: FileAnswerDeps, address: Address): SendFile {
  return async (file, caption) => {
    const send = ({ chatId, topicId }: Address) => {
      const topic = topicId === undefined ? {} : { message_thread_id: topicId };
      return api.sendDocument(chatId, file, { caption, ...topic }, grammySignal(exports.stop));
    };
    const message = await send(address).catch((error) => {
      const other = elsewhere(address, error);
      if (other === null) throw error;
      return send(other);
    });
    // A proxy or another server may have answered instead, so the file may be lost.
    if (typeof message?.document?.file_id !== "string") {
      throw new HttpError("The answer has no file", new Error("no document in the answer"));
    }
    return message.document.file_id;
  };
}

/** A sentence on why the file did not come, and what to do. */
function whyNot(texts: Texts, error: unknown, reason: string): string {
  const { exportFailed } = texts;
  if (isOurs(error)) return isDatabaseFault(error) ? texts.databaseFailed : texts.failed;
  const refusal = refusalOf(error);
  switch (refusal.means) {
    case "no files":
      return exportFailed.forbidden;
    case "too large":
      return exportFailed.tooLarge;
    case "later":
      return exportFailed.later(Math.ceil(refusal.seconds));
    case "uncertain":
      return exportFailed.unanswered;
    default:
      return exportFailed.refused(inline(reason));
  }
}

/** Whether an error comes from the bot itself instead of Telegram or the way there. */
function isOurs(error: unknown): boolean {
  return !(error instanceof GrammyError || error instanceof HttpError);
}
