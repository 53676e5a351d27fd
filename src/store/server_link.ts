import { withTimeLimit } from "../time/time_limit.ts";
import { DatabaseAwayError } from "./database_problem.ts";
import { type Client, createClient } from "./driver.ts";
import { createLock, type Link } from "./link.ts";
import { causes } from "../text/errors.ts";
import { inTime, pause } from "../time/pause.ts";

/** Time limit of a call; the driver has none. */
const PATIENCE_MS = 7_000;
/** Pause before the single retry after a lost answer. */
const RETRY_MS = 1_000;
/** Minimum time between two probes of an unreachable server. */
const PROBE_MS = 1_000;

export interface ServerLinkOptions {
  readonly url: string;
  readonly authToken?: string | null;
  /** Time limit for one statement or transaction; 7 s by default. */
  readonly serverPatienceMs?: number;
  readonly retryMs?: number;
  readonly probeMs?: number;
}

/**
 * The single connection to a database server. A lost answer is retried once. After a call that ran into
 * its time limit, all further calls fail at once until the server has answered a probe.
 */
export class ServerLink implements Link {
  readonly isLocal = false;
  readonly generation = 0;
  #client: Client;
  readonly #connect: () => Client;
  readonly #patienceMs: number;
  readonly #retryMs: number;
  readonly #probeMs: number;
  readonly #connection = createLock();
  /** Time of the latest failure, by a clock that is never set; null while the server answers. */
  #awayAt: number | null = null;
  #isProbing = false;

  constructor({ url, authToken, serverPatienceMs, retryMs, probeMs }: ServerLinkOptions) {
    this.#patienceMs = serverPatienceMs ?? PATIENCE_MS;
    this.#retryMs = retryMs ?? RETRY_MS;
    this.#probeMs = probeMs ?? PROBE_MS;
    this.#connect = () =>
      createClient({
        url,
        concurrency: 1,
        intMode: "bigint",
        fetch: (request: Request) => fetchWithin(this.#patienceMs, request),
        ...(authToken ? { authToken } : {}),
      });
    this.#client = this.#connect();
  }

  async run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    if (this.#awayAt !== null) return await this.#probe(work);
    return await this.#connection(() => this.#attempt(work));
  }

  async renew(): Promise<void> {
    await this.#connection(() => Promise.resolve(this.#replace()));
  }

  async close(): Promise<void> {
    await this.#connection(() => Promise.resolve(this.#client.close()));
  }

  /** Probes the server, one call at a time, and runs the work when it answers. */
  async #probe<T>(work: (client: Client) => Promise<T>): Promise<T> {
    this.#refuseAway();
    this.#isProbing = true;
    try {
      await this.#connection(() => this.#inTime((it) => it.execute("SELECT 1")));
      this.#awayAt = null;
    } catch (error) {
      this.#awayAt = performance.now();
      throw isOfLink(error) ? away(error) : error;
    } finally {
      this.#isProbing = false;
    }
    return await this.run(work);
  }

  #refuseAway(): void {
    if (this.#awayAt === null) return;
    if (this.#isProbing || performance.now() - this.#awayAt < this.#probeMs) {
      throw new DatabaseAwayError("The database server does not answer");
    }
  }

  async #attempt<T>(work: (client: Client) => Promise<T>): Promise<T> {
    // An earlier call in the queue has found the server unreachable.
    if (this.#awayAt !== null) throw new DatabaseAwayError("The database server does not answer");
    try {
      return await this.#inTime(work);
    } catch (error) {
      if (!isOfLink(error)) throw error;
      if (isLate(error)) throw away(error);
    }
    this.#replace();
    await pause(this.#retryMs);
    try {
      return await this.#inTime(work);
    } catch (error) {
      throw isOfLink(error) ? away(error) : error;
    }
  }

  #replace(): void {
    const client = this.#client;
    this.#client = this.#connect();
    client.close();
  }

  /** Runs work with the time limit. A late call keeps its client; later calls get a new one. */
  async #inTime<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = this.#client;
    return await inTime(this.#patienceMs, work(client), () => {
      this.#awayAt = performance.now();
      if (client === this.#client) this.#replace();
      throw new LateError(`The database server did not answer for ${this.#patienceMs} ms`);
    });
  }
}

/** A call ran into its time limit. */
class LateError extends DatabaseAwayError {}

/** A fetch with a time limit that includes reading the whole body. */
async function fetchWithin(ms: number, request: Request): Promise<Response> {
  return await withTimeLimit(ms, undefined, async (signal, limit) => {
    try {
      const response = await fetch(request, { signal });
      const { status, statusText, headers } = response;
      const body = await response.arrayBuffer();
      if (status >= 500) {
        throw new DatabaseAwayError(`The database server answers with HTTP ${status}`);
      }
      return new Response(body, { status, statusText, headers });
    } catch (error) {
      if (error instanceof DatabaseAwayError) throw error;
      throw limit.isOver
        ? new LateError(`No answer of the database server within ${ms} ms`)
        : new DatabaseAwayError("The database server cannot be reached", { cause: error });
    }
  });
}

/** Whether an error comes from the connection to the server instead of the statement. */
function isOfLink(error: unknown): boolean {
  return causes(error).some((it) =>
    it instanceof DatabaseAwayError ||
    /^HRANA_(WEBSOCKET|CLOSED)/.test(String((it as { code?: unknown }).code ?? ""))
  );
}

function isLate(error: unknown): boolean {
  return causes(error).some((it) => it instanceof LateError);
}

/**
 * The outermost DatabaseAwayError among an error and its causes, or a new one with the error as
 * cause.
 */
function away(error: unknown): DatabaseAwayError {
  const [known] = causes(error).filter((it) => it instanceof DatabaseAwayError);
  return known instanceof DatabaseAwayError
    ? known
    : new DatabaseAwayError("The database server cannot be reached", { cause: error });
}
