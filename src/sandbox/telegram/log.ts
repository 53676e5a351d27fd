import type { ApiCall } from "./types.ts";
import { Listeners } from "./until.ts";

/** Number of newest calls that are always kept; older ones are dropped in batches of the same size. */
const MAX_CALLS = 100_000;
const CALLS_SLACK = 10_000;

const MAX_VIOLATIONS = 1000;

/** Latest calls in the message of a wait that ran out of time. */
const DUMPED_CALLS = 15;
/** Latest violations in the message of such a wait. */
const DUMPED_VIOLATIONS = 5;

/** The bot's calls and violations, for tests. */
export class CallLog {
  readonly calls: ApiCall[] = [];
  readonly violations: string[] = [];
  readonly listeners = new Listeners<ApiCall>();

  add(call: ApiCall): void {
    this.calls.push(call);
    this.listeners.tell(call);
    if (this.calls.length >= MAX_CALLS + CALLS_SLACK) this.calls.splice(0, CALLS_SLACK);
  }

  /** @param chatId as sent; "" for methods without one */
  violate(method: string, chatId: string, what: string): void {
    if (this.violations.length >= MAX_VIOLATIONS) return;
    this.violations.push(`${method}${chatId === "" ? "" : ` in chat ${chatId}`}: ${what}`);
  }

  dump(): string {
    return [
      "Last calls:",
      ...this.calls.slice(-DUMPED_CALLS).map(describe),
      "Last violations:",
      ...this.violations.slice(-DUMPED_VIOLATIONS),
    ].join("\n");
  }
}

function describe({ method, payload, errorCode, description }: ApiCall): string {
  const result = errorCode === undefined ? "ok" : `${errorCode} ${description}`;
  return `  ${method} ${JSON.stringify(payload).slice(0, 300)} → ${result}`;
}
