import type { Delivery } from "../delivering/outbox.ts";
import type { SignNews } from "../domain/portal_watch.ts";
import { alertButtons } from "./menus.ts";
import { bold, code, lines, type Rich, rich } from "./rich.ts";
import type { Screen } from "./screen.ts";
import type { Voice } from "./texts/format.ts";

/** The message of a sign in its present state: of one portal, or of several portals of a region. */
export function signScreen(voice: Voice, sign: SignNews, region: string): Screen {
  const { texts } = voice;
  const { watch } = texts;
  const { portal, latest } = sign;
  const isOver = latest === "sign over";
  const head = portal === null
    ? `${isOver ? "✅" : "👂"} ${
      isOver ? watch.earlyOver(`.${region}`) : watch.early(`.${region}`)
    }`
    : isOver
    ? otherwise(voice, sign)?.over ?? watch.over
    : `🟠 ${watch.sign}`;
  const text = latest === "sign taken"
    ? lines(rich("🟠 ", factOf(voice, sign)), watch.taken)
    : lines(bold(head), factOf(voice, sign));
  return { text, keyboard: alertButtons(texts, region) };
}

/** «company.bitrix24.ru отсюда не отвечает с 10:02.» */
function factOf(voice: Voice, { portal, latest, sight, since, endedAt }: SignNews): Rich {
  const { watch } = voice.texts;
  const isIll = sight === "ill";
  if (latest === "sign over") {
    const was = portal === null ? watch.wereSilent : watch.wasSilent;
    return rich(
      named(portal),
      was,
      voice.span(since, endedAt),
      ` (${voice.duration(endedAt - since)}).`,
    );
  }
  const is = portal === null
    ? watch.several
    : isIll
    ? watch.ill
    : latest === "sign again"
    ? watch.silentAgain
    : watch.silent;
  return rich(named(portal), is, voice.timeOfDay(since), watch.causes[sight ?? ""] ?? "", ".");
}

/** The words for a portal that answers at last, and cannot be used as before. */
function otherwise({ texts }: Voice, { sight }: SignNews) {
  return texts.watch.overOtherwise[sight ?? ""];
}

function named(portal: string | null): Rich {
  return portal === null ? rich("") : code(portal);
}

/** Short reply at the end of a sign, because an edit makes no sound. */
export function signOverScreen(voice: Voice, sign: SignNews, region: string): Screen {
  const { watch } = voice.texts;
  const [before = "", after = ""] = otherwise(voice, sign)?.reply ?? watch.overReply;
  const head = sign.portal === null
    ? rich(`✅ ${watch.earlyOver(`.${region}`)}`)
    : rich(before, code(sign.portal), after);
  return { text: lines(head, factOf(voice, sign)), keyboard: null };
}

/** The single message that an address turned out to be no portal. */
export function noPortalScreen(voice: Voice, { sign }: Delivery): Screen {
  return {
    text: rich("🏢 ", code(sign?.portal ?? ""), voice.texts.watch.gone),
    keyboard: null,
  };
}
