import { causes, messageOf, withoutAddresses } from "../text/errors.ts";
import type { Log } from "../log/log.ts";
import { isRedirect, isSameHost, redirectTarget } from "../net/redirect.ts";
import { withTimeLimit } from "../time/time_limit.ts";
import { Trouble } from "./trouble.ts";

/** A monitor of heartbeats counts minutes; with tiny intervals it need not hear of each check. */
const MIN_BETWEEN_MS = 10_000;
const PATIENCE_MS = 10_000;
const MAX_REDIRECTS = 3;

export interface HeartbeatOptions {
  /** The address of the monitor; a secret, since whoever knows it can beat. Null: there is none. */
  readonly url: string | null;
  readonly logger: Log;
  /** Told by each beat that the monitor took. */
  readonly onHeard?: () => void;
  /** Real milliseconds since some moment. */
  readonly elapsed?: () => number;
}

/**
 * Tells a monitor somewhere else, by a GET, that the bot does its job; the monitor raises an alarm when
 * it hears nothing. What the bot cannot tell about itself, a dead server first of all, is told that way.
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

  /** One beat, unless one is under way or was lately. Neither waits nor throws. */
  beat(): void {
    const { url, elapsed = () => performance.now() } = this.#options;
    if (url === null) return;
    const now = elapsed();
    if (this.#beating || this.#stop.signal.aborted || now - this.#beatAt < MIN_BETWEEN_MS) return;
    this.#beatAt = now;
    this.#beating = this.#send(url).finally(() => this.#beating = null);
  }

  /** Gives up a beat that is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#beating;
  }

  async #send(url: string): Promise<void> {
    this.#reason = await this.#attempt(url);
    if (this.#reason === null) this.#options.onHeard?.();
    if (!this.#stop.signal.aborted) this.#trouble.note(this.#reason === null ? null : "unheard");
  }

  /** Null when the monitor took it; otherwise why not, without the address. */
  async #attempt(url: string): Promise<string | null> {
    try {
      return await withTimeLimit(PATIENCE_MS, this.#stop.signal, (signal) => ping(url, signal));
    } catch (error) {
      const [innermost] = causes(error).reverse();
      return withoutAddresses(messageOf(innermost));
    }
  }
}

/** Follows redirects within the host: its address is a secret, which is nobody else's business. */
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
