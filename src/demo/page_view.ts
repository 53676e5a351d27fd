import type { PortalRequest, PortalSandbox } from "../sandbox/bitrix24/portals.ts";
import type { HostAnswer } from "../sandbox/bitrix24/types.ts";
import type { LogEntry, PageChat, PageMessage } from "./page_types.ts";
import type { ApiCall, SandboxChat, SandboxMessage } from "../sandbox/telegram/server.ts";

/** A chat for the page; null for channels, which the page does not show. */
export function chatOf(chat: SandboxChat, configured: readonly number[]): PageChat | null {
  if (chat.type === "channel") return null;
  const { id, type, title, isStarted, isBlocked, botStatus, migratedTo = null, topics } = chat;
  const isPrivate = type === "private";
  return {
    id,
    type,
    title,
    isConfigured: configured.includes(id),
    members: isPrivate
      ? [{ id, status: "member" }]
      : [...chat.members].map(([id, status]) => ({ id, status })),
    isStarted,
    isBlocked,
    bot: botStatus,
    movedTo: migratedTo,
    topics: topics === undefined ? null : [...topics]
      .filter(([, it]) => !it.isDeleted)
      .map(([id, { name, isClosed }]) => ({ id, name, isClosed })),
  };
}

/** A message for the page. */
export function messageOf(message: SandboxMessage): PageMessage {
  const { chatId, id, date, document } = message;
  const text = message.text ?? message.caption ?? "";
  return {
    chatId,
    id,
    from: message.from?.id ?? null,
    date,
    isEdited: message.edits > 0,
    isDeleted: message.deleted,
    text,
    entities: message.entities,
    keyboard: message.reply_markup?.inline_keyboard ?? [],
    replyTo: message.reply_to ?? null,
    topic: message.topic ?? null,
    receiver: message.receiver?.id ?? null,
    document: document === undefined ? null : {
      id: document.file_id,
      name: document.file_name,
      mime: document.mime_type,
      size: document.bytes.length,
    },
    service: serviceOf(message.extra),
  };
}

function serviceOf(extra: SandboxMessage["extra"]): PageMessage["service"] {
  if (extra.new_chat_members) return { kind: "bot_added" };
  if (extra.migrate_to_chat_id) return { kind: "moved_away", to: extra.migrate_to_chat_id };
  if (extra.migrate_from_chat_id) return { kind: "moved_here" };
  if (extra.forum_topic_created) {
    return { kind: "topic_created", name: extra.forum_topic_created.name };
  }
  return extra.forum_topic_closed ? { kind: "topic_closed" } : null;
}

/** Log entry for a request to Bitrix24. */
export function checkEntry({ request, status, fault }: HostAnswer): Omit<LogEntry, "id"> {
  const what = request.region === "" ? request.path : `${request.path}?reg=${request.region}`;
  const isBroken = fault !== undefined && fault !== "status" && fault !== "delay";
  const text = `${request.method} ${what} → ${isBroken ? fault : status}`;
  return { at: request.at, kind: "check", text, isFine: !isBroken && status < 400 };
}

/** Log entry for a question to a portal or to the vendor, by how the host is. */
export function probeEntry(
  { host, path }: PortalRequest,
  state: ReturnType<PortalSandbox["state"]>,
  at: number,
): Omit<LogEntry, "id"> {
  const isFine = state === "alive" || state === "slow";
  return { at, kind: "check", text: `GET https://${host}${path} → ${state}`, isFine };
}

/** Log entry for a call of the Bot API; null for polls that worked. */
export function callEntry(call: ApiCall): Omit<LogEntry, "id"> | null {
  const { method, chatId, ok, errorCode, description, at } = call;
  if (method === "getupdates" && ok) return null;
  const where = chatId === undefined ? "" : ` ${chatId}`;
  const answer = ok ? "ok" : `${errorCode === 0 ? "no answer" : errorCode}: ${description}`;
  return { at, kind: "call", text: `${method}${where} → ${answer}`, isFine: ok };
}

/** Log entry for a line of the bot's log. */
export function botEntry(line: string, at: number): Omit<LogEntry, "id"> {
  // The page adds the time itself.
  const text = line.trimEnd().replace(/^\S+Z /, "");
  return { at, kind: "bot", text, isFine: !/^(ERROR|CRITICAL|WARNING) /.test(text) };
}
