import { withTimeLimit } from "../core/time_limit.ts";
import { DatabaseAwayError } from "./database_problem.ts";
import { type Client, createClient } from "./driver.ts";
import { createLock, type Link } from "./link.ts";

/** The driver itself would wait for a server for ever. */
const PATIENCE_MS = 30_000;

export interface ServerLinkOptions {
  readonly url: string;
  readonly authToken?: string | null;
  /** How long a server may take for one statement or transaction; 30 s by default. */
  readonly serverPatienceMs?: number;
}

/** The one connection to a server. */
export class ServerLink implements Link {
  readonly isLocal = false;
  readonly generation = 0;
  #client: Client;
  readonly #connect: () => Client;
  readonly #patienceMs: number;
  readonly #connection = createLock();

  constructor({ url, authToken, serverPatienceMs = PATIENCE_MS }: ServerLinkOptions) {
    this.#patienceMs = serverPatienceMs;
    this.#connect = () =>
      createClient({
        url,
        concurrency: 1,
        intMode: "bigint",
        fetch: (request: Request) => fetchWithin(serverPatienceMs, request),
        ...(authToken ? { authToken } : {}),
      });
    this.#client = this.#connect();
  }

  async run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return await this.#connection(() => this.#inTime(work));
  }

  async renew(): Promise<void> {
    await this.#connection(() => Promise.resolve(this.#replace()));
  }

  async close(): Promise<void> {
    await this.#connection(() => Promise.resolve(this.#client.close()));
  }

  #replace(): void {
    const client = this.#client;
    this.#client = this.#connect();
    client.close();
  }

  /** What came too late has a client of its own, so that nobody waits behind it. */
  async #inTime<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = this.#client;
    return await withTimeLimit(this.#patienceMs, undefined, async (signal, limit) => {
      const late = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => {
          if (!limit.isOver) return;
          this.#replace();
          reject(
            new DatabaseAwayError(`The database server did not answer for ${this.#patienceMs} ms`),
          );
        });
      });
      return await Promise.race([work(client), late]);
    });
  }
}

/** Reads the whole answer, so that the limit covers that too and nothing is left open. */
async function fetchWithin(ms: number, request: Request): Promise<Response> {
  return await withTimeLimit(ms, undefined, async (signal) => {
    const response = await fetch(request, { signal });
    const { status, statusText, headers } = response;
    return new Response(await response.arrayBuffer(), { status, statusText, headers });
  });
}
