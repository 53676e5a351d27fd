import { Counters } from "../../health/counters.ts";
import { Link } from "../../health/health.ts";
import { examineTelegram } from "../../telegram/examination.ts";
import { cureOf } from "../../telegram/texts/ru_chats.ts";
import type { Finding } from "./finding.ts";
import { isSpared } from "../../net/roads.ts";
import type { Scene } from "./scene.ts";

/** Tolerated difference of the clocks: messages show times in minutes. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Examines Telegram: the bot's account, the difference of the clocks, and the chats of the settings. */
export async function askTelegram(scene: Scene, signal: AbortSignal): Promise<Finding[]> {
  const { config, env, voice, redact } = scene;
  const { telegram: texts } = voice.texts.doctor;
  const { telegramApiRoot: root } = config;
  const telegram = examineTelegram({
    token: config.botToken,
    apiRoot: root,
    // Deno ignores such a proxy anyway, but messages would name it.
    proxy: isSpared(new URL(root), env) ? null : config.telegramProxy,
    counters: new Counters(),
    link: new Link(),
    redact,
    signal,
  });
  try {
    const greeting = await telegram.greet();
    if ("kind" in greeting) {
      const { kind, reason } = greeting;
      const unasked: Finding = { mark: "odd", text: texts.chatsUnasked };
      return [
        { mark: "wrong", text: texts.no[kind](root, redact(reason)) },
        ...chatsOf(scene).length === 0 ? [] : [unasked],
      ];
    }
    const { name, webhook, aheadMs } = greeting;
    const findings: Finding[] = [{ mark: "well", text: texts.well(name, root) }];
    if (webhook !== null) findings.push({ mark: "odd", text: texts.webhook(webhook) });
    if (aheadMs !== null) {
      const apart = voice.duration(Math.abs(aheadMs));
      findings.push(
        Math.abs(aheadMs) < CLOCK_TOLERANCE_MS
          ? { mark: "well", text: texts.clock(apart) }
          : { mark: "wrong", text: texts.clockWrong(apart, aheadMs > 0) },
      );
    }
    const chats = chatsOf(scene).map(([chatId, variable]) =>
      telegram.standing(chatId).then((it) => chatFinding(scene, chatId, variable, it))
    );
    return [...findings, ...await Promise.all(chats)];
  } finally {
    telegram.close();
  }
}

/** Chats of the settings: those that get alerts and groups that may use the bot, with their variables. */
function chatsOf({ config }: Scene): [number, string][] {
  const all: [number, string][] = [
    ...config.groupIds.map((id): [number, string] => [id, "GROUP_ID, GROUP_IDS"]),
    ...config.adminIds.map((id): [number, string] => [id, "ADMIN_CHAT_ID"]),
    // People who may use the bot need not have started it, so they are left out.
    ...config.allowedChats.filter((id) => id < 0).map((id): [number, string] => [
      id,
      "ALLOWED_CHATS",
    ]),
  ];
  return [...new Map(all.toReversed())].toReversed();
}

function chatFinding(
  { voice, redact }: Scene,
  chatId: number,
  variable: string,
  standing: Awaited<ReturnType<ReturnType<typeof examineTelegram>["standing"]>>,
): Finding {
  const { chats, notices, doctor: { telegram: { chat: texts } } } = voice.texts;
  if (standing === null) return { mark: "wrong", text: texts.unknown(chatId, variable) };
  if ("movedTo" in standing) {
    return { mark: "odd", text: notices.moved(chatId, standing.movedTo).replace(/^\P{L}+/u, "") };
  }
  const { gone, lacks, isForum } = standing;
  if (gone !== null) {
    // For a person "absent" means that they never started the bot.
    const why = gone.why === "absent" && variable === "ADMIN_CHAT_ID" ? "not started" : gone.why;
    const cure = cureOf(chats, { chatId, why, likely: gone.likely ?? null });
    const mark = variable === "ALLOWED_CHATS" ? "odd" : "wrong";
    return { mark, text: texts.gone(chatId, variable, redact(gone.reason), cure) };
  }
  if (lacks.length > 0) {
    const words = lacks.map((it) => chats.lackOf[it]).join(", ");
    return { mark: "odd", text: texts.lacks(chatId, variable, words) };
  }
  return isForum
    ? { mark: "odd", text: texts.forum(chatId, variable) }
    : { mark: "well", text: texts.well(chatId, variable) };
}
