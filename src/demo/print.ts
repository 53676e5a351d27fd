import type { SandboxEvent, SandboxMessage } from "../sandbox/telegram/types.ts";

const WIDTH = 78;
const MARGIN = "  │ ";
/** Prefix of quotations. */
const QUOTED = "> ";

/** A chat event as text for a terminal; null for events without a visible effect. */
export function eventText(
  event: SandboxEvent,
  names: {
    chat(id: number): string;
    user(id: number): string;
    /** «5 секунд назад». */
    ago(ms: number): string;
    button(chatId: number, data: string): string;
  },
  now: Date,
): string | null {
  const clock = now.toTimeString().slice(0, 8);
  const where = names.chat(event.chatId);
  if (event.kind === "pressed") {
    return `${clock}  ${where} · ${names.user(event.userId)} 👆 [ ${
      names.button(event.chatId, event.data)
    } ]\n\n`;
  }
  if (event.kind === "answered") {
    return event.answer.text === "" ? null : `${clock}  ${where} · 💬 ${event.answer.text}\n\n`;
  }
  if (event.kind === "deleted") return null;
  const { message } = event;
  const isService = message.text === undefined && message.document === undefined;
  if (isService) return null;
  const who = event.by === "bot" ? "🤖" : names.user(message.from?.id ?? 0);
  const how = event.kind === "edited" ? " ✏️" : message.reply_to && event.by === "bot" ? " ↩️" : "";
  const toWhom = message.receiver === undefined ? "" : ` 👤 ${names.user(message.receiver.id)}`;
  return `${clock}  ${where} · ${who}${how}${toWhom}\n${
    body(message, (at) => names.ago(now.getTime() - at))
  }\n`;
}

function body(message: SandboxMessage, ago: (at: number) => string): string {
  const text = message.text ?? message.caption ?? "";
  const lines = linesOf(text).flatMap(({ line, at }) =>
    isQuoted(message, at)
      ? wrapped(line, WIDTH - QUOTED.length).map((it) => QUOTED + it)
      : wrapped(withAges(message, { line, at }, ago), WIDTH)
  );
  if (message.document) lines.unshift(`📎 ${message.document.file_name}`);
  for (const row of message.reply_markup?.inline_keyboard ?? []) {
    lines.push(row.map((button) => `[ ${button.text} ]`).join(" "));
  }
  return lines.map((line) => `${MARGIN}${line}\n`).join("");
}

/** The lines of a text, each with its start index. */
function linesOf(text: string): { line: string; at: number }[] {
  let at = 0;
  return text.split("\n").map((line) => {
    const begins = at;
    at += line.length + 1;
    return { line, at: begins };
  });
}

/** A line as clients show it: with times relative to now where the bot has asked for that. */
function withAges(
  { entities }: SandboxMessage,
  { line, at }: { line: string; at: number },
  ago: (at: number) => string,
): string {
  return entities.toReversed().reduce((line, it) => {
    const isOne = it.type === "date_time" && it.date_time_format === "r" && it.offset >= at;
    const [from, to] = [it.offset - at, it.offset - at + it.length];
    return isOne && to <= line.length
      ? line.slice(0, from) + ago(it.unix_time * 1000) + line.slice(to)
      : line;
  }, line);
}

function isQuoted({ entities }: SandboxMessage, at: number): boolean {
  return entities.some(({ type, offset, length }) =>
    type.endsWith("blockquote") && offset <= at && at < offset + length
  );
}

/** Wraps a line between words; longer words are not broken. */
function wrapped(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const at = rest.lastIndexOf(" ", width);
    if (at <= 0) break;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at + 1);
  }
  return [...lines, rest];
}
