import type { Problem } from "../domain/reading.ts";
import { MAX_PAUSE_MS } from "../domain/retries.ts";
import type { Fault } from "./http_attempt.ts";

/**
 * Longest pause that a host is granted, in milliseconds. A maintenance page may ask for an hour, and that
 * page is how an outage looks, so the host is asked again sooner.
 */
const MAX_SILENCE_MS = 10 * 60_000;

/** Hosts that asked for a pause by a long `Retry-After`, each with the end of its pause. */
export class HostSilences {
  readonly #clocks: { readonly now: () => number; readonly elapsed: () => number };
  /** `until`: by the clock that is never set; by the wall clock a pause could last for years. */
  readonly #silences = new Map<string, { readonly until: number; readonly problem: Problem }>();

  constructor(clocks: { readonly now: () => number; readonly elapsed: () => number }) {
    this.#clocks = clocks;
  }

  /** Notes a `Retry-After` of over a minute. Returns the length of the pause in ms, null for none. */
  note(host: string, fault: Fault): number | null {
    if (fault.retryAfterMs === null || fault.retryAfterMs <= MAX_PAUSE_MS) return null;
    const now = this.#clocks.elapsed();
    const wanted = now + Math.min(fault.retryAfterMs, MAX_SILENCE_MS);
    const problem = fault.status === 503 ? "unavailable" : fault.problem;
    const until = Math.max(wanted, this.#silences.get(host)?.until ?? 0);
    this.#silences.set(host, { until, problem });
    return wanted - now;
  }

  /** The pause that a host is in, with its end in words; null when the host may be asked. */
  of(host: string): { problem: Problem; detail: string } | null {
    const silence = this.#silences.get(host);
    const leftMs = silence === undefined ? 0 : silence.until - this.#clocks.elapsed();
    if (silence === undefined || leftMs <= 0) {
      this.#silences.delete(host);
      return null;
    }
    const until = new Date(this.#clocks.now() + leftMs).toISOString();
    return { problem: silence.problem, detail: `not to be asked before ${until}` };
  }
}

/**
 * Whether a reading failed by a 429 or within a pause of the host (see {@linkcode HostSilences}).
 * Its other addresses are then left alone as well.
 */
export function wantsSilence(problem: Problem | null): boolean {
  return problem === "throttled" || problem === "unavailable";
}
