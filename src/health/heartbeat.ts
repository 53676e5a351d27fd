import { causes, messageOf, withoutAddresses } from "../text/errors.ts";
import type { Log } from "../log/log.ts";
import { isRedirect, isSameHost, redirectTarget } from "../net/redirect.ts";
import { withTimeLimit } from "../time/time_limit.ts";
import { Trouble } from "./trouble.ts";

/** Minimum distance of two beats, for shorter check intervals. */
const MIN_BETWEEN_MS = 10_000;
const PATIENCE_MS = 10_000;
const MAX_REDIRECTS = 3;

export interface HeartbeatOptions {
  /** Address of the monitor, a secret because anybody can send beats to it; null for no monitor. */
  readonly url: string | null;
  readonly logger: Log;
  /** Called after each beat that the monitor accepted. */
  readonly onHeard?: () => void;
  /** Milliseconds of real time. */
  readonly elapsed?: () => number;
}

/**
 * Sends beats, GET requests, to an external monitor, which raises an alarm when the beats stop.
 * That reports failures that the bot itself cannot report, such as a dead server.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #trouble: Trouble<"unheard">;
  #reason: string | null = null;
  readonly #stop = new AbortController();
  #beating: Promise<void> | null = null;
  #beatAt = -Infinity;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    const { logger } = options;
    this.#trouble = new Trouble({
      begins: () =>
        logger.warning("The heartbeat monitor cannot be reached", { reason: this.#reason }),
      ends: () => logger.info("The heartbeat monitor is reached again"),
    });
  }

  /** Sends a beat in the background, unless one is under way or was sent lately. Never throws. */
  beat(): void {
    const { url, elapsed = () => performance.now() } = this.#options;
    if (url === null) return;
    const now = elapsed();
    if (this.#beating || this.#stop.signal.aborted || now - this.#beatAt < MIN_BETWEEN_MS) return;
    this.#beatAt = now;
    this.#beating = this.#send(url).finally(() => this.#beating = null);
  }

  /** Aborts a beat under way and waits for its end. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#beating;
  }

  async #send(url: string): Promise<void> {
    this.#reason = await this.#attempt(url);
    if (this.#reason === null) this.#options.onHeard?.();
    if (!this.#stop.signal.aborted) this.#trouble.note(this.#reason === null ? null : "unheard");
  }

  /** Null when the monitor accepted the beat; otherwise the reason, without the address. */
  async #attempt(url: string): Promise<string | null> {
    try {
      return await withTimeLimit(PATIENCE_MS, this.#stop.signal, (signal) => ping(url, signal));
    } catch (error) {
      const [innermost] = causes(error).reverse();
      return withoutAddresses(messageOf(innermost));
    }
  }
}

/** Sends one GET. Follows redirects within the host only: another host must not see the secret. */
async function ping(address: string, signal: AbortSignal): Promise<string | null> {
  let url = new URL(address);
  for (let redirects = 0;; redirects++) {
    const response = await fetch(url, { signal, redirect: "manual" });
    await response.body?.cancel();
    if (response.ok) return null;
    const next = isRedirect(response) ? redirectTarget(response, url) : null;
    if (next === null) return `HTTP ${response.status}`;
    if (!isSameHost(url, next)) return `HTTP ${response.status}, redirected to another host`;
    if (redirects === MAX_REDIRECTS) return `redirected more than ${MAX_REDIRECTS} times`;
    url = next;
  }
}
