import type { Update } from "grammy/types";
import {
  createTelegramSandbox,
  type SandboxOptions,
} from "../../../src/sandbox/telegram/server.ts";
import type { TelegramSandbox } from "../../../src/sandbox/telegram/server.ts";

/** Of the right shape, and nobody's. */
export const TOKEN = "4242:sandbox-token";
export const ALICE = 101;
export const BOB = 102;
/** Added, but has never said a word. */
export const STRANGER = 103;
export const GROUP = -1_001_000_000_001;
export const CHANNEL = -1_001_000_000_002;
export const BASIC_GROUP = -500;

export interface Answer {
  readonly status: number;
  readonly ok: boolean;
  readonly result?: unknown;
  readonly error_code?: number;
  readonly description?: string;
  readonly parameters?: { readonly retry_after?: number; readonly migrate_to_chat_id?: number };
}

/** A sandbox with two people, a silent one, and groups of all kinds; closed when `run` is over. */
export async function withSandbox(
  run: (sandbox: TelegramSandbox) => Promise<void>,
  options: Partial<SandboxOptions> = {},
): Promise<void> {
  const sandbox = createTelegramSandbox({ token: TOKEN, pollGuardMs: 0, ...options });
  try {
    sandbox.addUser({ id: ALICE, first_name: "Alice", language_code: "ru" });
    sandbox.addUser({ id: BOB, first_name: "Bob", username: "bob" });
    sandbox.addUser({ id: STRANGER, first_name: "Stranger" });
    const members = { [ALICE]: "creator", [BOB]: "member" } as const;
    sandbox.addGroup({ id: GROUP, title: "Group", members });
    sandbox.addGroup({ id: BASIC_GROUP, title: "Basic", type: "group", members });
    sandbox.addGroup({ id: CHANNEL, title: "Channel", type: "channel", members });
    sandbox.say(ALICE, ALICE, "/start");
    await run(sandbox);
  } finally {
    await sandbox.close();
  }
}

/** One call as a bot makes it, with a JSON body. */
export async function call(
  sandbox: TelegramSandbox,
  method: string,
  payload: Record<string, unknown> = {},
  signal: AbortSignal | null = null,
): Promise<Answer> {
  const response = await fetch(`${sandbox.apiRoot}/bot${TOKEN}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(payload),
    signal,
  });
  return { ...await response.json(), status: response.status };
}

/** Takes all updates there are, and confirms them. */
export async function updates(sandbox: TelegramSandbox): Promise<Update[]> {
  const { result } = await call(sandbox, "getUpdates");
  const list = result as Update[];
  await call(sandbox, "getUpdates", { offset: (list.at(-1)?.update_id ?? 0) + 1 });
  return list;
}

/** Sends a message that must pass; returns its id. */
export async function send(sandbox: TelegramSandbox, chatId: number, more = {}): Promise<number> {
  const { result } = await call(sandbox, "sendMessage", { chat_id: chatId, text: "x", ...more });
  return (result as { message_id: number }).message_id;
}

/** How a sendMessage, or another call, ends: status and description. */
export async function attempt(
  sandbox: TelegramSandbox,
  chatId: number,
  method = "sendMessage",
  more: Record<string, unknown> = {},
): Promise<string> {
  const payload = { chat_id: chatId, text: "x", ...more };
  const { status, description } = await call(sandbox, method, payload);
  return description === undefined ? String(status) : `${status} ${description}`;
}
