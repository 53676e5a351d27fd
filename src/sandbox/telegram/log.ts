import type { ApiCall } from "./types.ts";
import { Listeners } from "./until.ts";

/** Calls that are kept for certain; thrown away are this many more, in one go. */
const MAX_CALLS = 100_000;
const CALLS_SLACK = 10_000;

const MAX_VIOLATIONS = 1000;

/** Calls and violations shown when a wait ends in vain. */
const DUMPED_CALLS = 15;
const DUMPED_VIOLATIONS = 5;

/** What the bot did, for tests to look at afterwards. */
export class CallLog {
  readonly calls: ApiCall[] = [];
  readonly violations: string[] = [];
  readonly listeners = new Listeners<ApiCall>();

  add(call: ApiCall): void {
    this.calls.push(call);
    this.listeners.tell(call);
    if (this.calls.length >= MAX_CALLS + CALLS_SLACK) this.calls.splice(0, CALLS_SLACK);
  }

  /** @param chatId as it was sent; empty when the method has none */
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
