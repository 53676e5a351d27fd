import {
  type Bulletin,
  changeableUntil,
  type Done,
  MAX_BULLETIN_LENGTH,
  readAnnounce,
} from "../domain/bulletin.ts";
import { type Answer, type Asking, type BotDeps, refuse, show } from "./action_contract.ts";
import { authored, bulletinText } from "./bulletin_telling.ts";
import { named } from "./foreign.ts";
import { personOf } from "./rights.ts";
import { blocks, rich } from "./rich.ts";
import { type ActionButton, type Screen, sentence } from "./screen.ts";
import type { Voice } from "./texts/format.ts";

type Verb = "send" | "loud" | "drop" | "fix" | "ask" | "remove" | "keep";

/** `/announce [region] text`: shows what would be sent, and to how many chats. */
export async function announce(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { voice, settings: { regions }, bulletins } = deps;
  const { bulletin: texts } = voice.texts;
  const by = personOf(asking);
  const asked = readAnnounce(asking.argument, regions);
  if (by === null || asked.kind === "usage") return refuse(texts.usage);
  if (asked.kind === "unwatched") {
    const watched = regions.map((it) => `.${it}`).join(", ");
    return refuse(texts.unwatched(asked.region, watched));
  }
  if (asked.kind === "look") return await look(deps, asked.id);
  const written = authored(asking.argument, asking.entities, asked.from);
  const { length } = written.text;
  if (length > MAX_BULLETIN_LENGTH) return refuse(texts.tooLong(length, MAX_BULLETIN_LENGTH));
  const { region, corrects } = asked;
  if (corrects !== null) {
    const refusal = await refusalOf(deps, corrects);
    if (refusal !== null) return refuse(refusal);
  }
  const draft = await bulletins.draft({ by, region, corrects, written }, deps.now());
  if (draft.chats === 0 && corrects === null) {
    await bulletins.drop(draft.id);
    return refuse(region === null ? texts.nobodyAtAll : texts.nobody(region));
  }
  return show(previewScreen(voice, draft));
}

/** Why a bulletin can no longer be changed; null when it can. */
async function refusalOf({ voice, bulletins, now }: BotDeps, id: number): Promise<string | null> {
  const { bulletin: texts } = voice.texts;
  const found = await bulletins.find(id);
  if (found === null || found.sentAt === null || found.isRemoved || found.corrects !== null) {
    return texts.gone;
  }
  return now() > changeableUntil(found.sentAt) ? texts.tooLate : null;
}

/** A button under a draft or a bulletin: `send 12`. */
export async function pressBulletin(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { voice, bulletins } = deps;
  const { bulletin: texts } = voice.texts;
  const { notices } = voice.in(null).texts.bulletin;
  const [verb = "", number = ""] = asking.argument.split(" ");
  const by = personOf(asking);
  const id = Number(number);
  if (by === null || !Number.isSafeInteger(id)) return refuse(texts.gone);
  switch (verb) {
    case "send":
    case "loud": {
      const notice = (it: Bulletin) =>
        it.id === id
          ? notices.sent(by, it.id, it.chats, named(it.written.text))
          : notices.corrected(by, it.id, named(it.written.text));
      const done = await bulletins.send(id, { by, isLoud: verb === "loud", notice }, deps.now());
      return told(deps, done, id);
    }
    case "remove": {
      const notice = (it: Bulletin) => notices.removed(by, it.id);
      return told(deps, await bulletins.remove(id, { by, notice }, deps.now()), id);
    }
    case "drop":
      await bulletins.drop(id);
      // Another administrator may have sent it meanwhile.
      return await bulletins.find(id) === null
        ? show(sentence(texts.cancelled))
        : await look(deps, id);
    case "fix":
    case "ask": {
      const refusal = await refusalOf(deps, id);
      if (refusal !== null) return refuse(refusal);
      if (verb === "fix") return { kind: "toast", text: texts.howToFix(id), isAlert: true };
      return await look(deps, id, true);
    }
    default:
      return await look(deps, id);
  }
}

/** Shows what became of a press. */
function told(deps: BotDeps, done: Done, pressed: number): Answer {
  const { voice, counters } = deps;
  const { bulletin: texts } = voice.texts;
  switch (done.kind) {
    case "done": {
      const { isRemoved, id } = done.bulletin;
      counters.add("bulletins_total", {
        done: isRemoved ? "removed" : id === pressed ? "sent" : "corrected",
      });
      return show(sentScreen(voice, done.bulletin));
    }
    case "done before":
      return show(sentScreen(voice, done.bulletin));
    case "gone":
      return refuse(texts.gone);
    case "stale draft":
      return refuse(texts.staleDraft);
    case "too late":
      return refuse(texts.tooLate);
    case "too soon":
      return refuse(texts.tooSoon(voice.timeOfDay(done.until).text));
  }
}

async function look({ voice, bulletins }: BotDeps, id: number, isAsking = false): Promise<Answer> {
  const found = await bulletins.find(id);
  if (found?.sentAt === null) return show(previewScreen(voice, found));
  if (found === null || found.corrects !== null) return refuse(voice.texts.bulletin.gone);
  return show(isAsking ? sureScreen(voice, found) : sentScreen(voice, found));
}

export function previewScreen(voice: Voice, draft: Bulletin): Screen {
  const { bulletin: texts } = voice.texts;
  const { id, region, corrects, chats } = draft;
  const cancel = button("drop", id, texts.cancel);
  return {
    text: blocks(
      texts.preview,
      bulletinText(voice, draft),
      corrects === null ? texts.to(chats, region) : texts.correction(corrects, chats),
    ),
    keyboard: corrects === null
      ? [[button("send", id, texts.send), button("loud", id, texts.loud)], [cancel]]
      : [[button("send", id, texts.apply)], [cancel]],
  };
}

export function sentScreen(voice: Voice, bulletin: Bulletin): Screen {
  const { bulletin: texts } = voice.texts;
  const { id, sentAt, chats, isRemoved } = bulletin;
  if (isRemoved) return sentence(texts.removed(id));
  return {
    text: blocks(
      texts.sent(id, chats),
      bulletinText(voice, bulletin),
      rich(`${texts.until} `, voice.time(changeableUntil(sentAt ?? 0)), "."),
    ),
    keyboard: [[button("fix", id, texts.fix), button("ask", id, texts.remove)]],
  };
}

export function sureScreen(voice: Voice, bulletin: Bulletin): Screen {
  const { bulletin: texts } = voice.texts;
  const { id, chats } = bulletin;
  return {
    text: blocks(texts.sure(id, chats), bulletinText(voice, bulletin)),
    keyboard: [[button("remove", id, texts.yes), button("keep", id, texts.no)]],
  };
}

function button(verb: Verb, id: number, label: string): ActionButton {
  return { label, action: "bulletin", argument: `${verb} ${id}` };
}
