import { createTelegramSandbox, type SandboxOptions } from "../../src/demo/telegram.ts";
import type { TelegramSandbox } from "../../src/demo/telegram.ts";

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
