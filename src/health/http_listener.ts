import type { Log } from "../log/log.ts";
import { pause } from "../time/pause.ts";
import { answerOne, type Limits } from "./http_exchange.ts";
import { messageOf } from "../text/errors.ts";

/** How long it takes until a start without its port is more than the end of the bot before it. */
const TAKEN_AFTER_FAILURES = 3;
/** In a row, of a listener that had its port: more than a minute. */
const MAX_FAILURES = 20;
const STARTING_SECONDS = 300;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5_000;

export interface ListenerOptions {
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  readonly handle: (request: Request) => Response | Promise<Response>;
  readonly logger: Log;
  /** Told by its sentence when the port cannot be had, with null when it can. */
  readonly onTrouble: (problem: string | null) => void;
  readonly limits?: Partial<Limits>;
  /** `Deno.listen`; for tests. */
  readonly listen?: (at: { hostname: string; port: number }) => Deno.TcpListener;
  readonly firstPauseMs?: number;
}

/**
 * A small HTTP server, for what `Deno.serve` (2.4.2, 2.9.6) does not know: a limit to connections and to
 * the time that half a request may take, and a life after an accept that failed for want of descriptors.
 *
 * A port that somebody else holds is tried again for as long as it takes.
 */
export class HttpListener {
  readonly #options: ListenerOptions;
  readonly #limits: Limits;
  readonly #stop = new AbortController();
  readonly #connections = new Set<Deno.Conn>();
  readonly #running: Promise<void>;
  #listener: Deno.TcpListener | null = null;
  #port: number | null = null;
  readonly #taken = Promise.withResolvers<void>();
  readonly #givenUp = Promise.withResolvers<Error>();

  /** Listens at once. Throws when that can never work, but not when the port is merely taken. */
  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#limits = {
      connections: 32,
      headBytes: 8 * 1024,
      headMs: 5_000,
      writeMs: 5_000,
      ...options.limits,
    };
    try {
      this.#listen();
    } catch (error) {
      if (!mayPass(error)) throw error;
      this.#tell(error);
    }
    this.#running = this.#run();
  }

  /** Null while it does not listen. */
  get port(): number | null {
    return this.#listener && this.#port;
  }

  /** Resolves once the port could not be had for some time. */
  get taken(): Promise<void> {
    return this.#taken.promise;
  }

  /** Resolves when it cannot go on: a port that it had was lost, and does not come back. */
  get givenUp(): Promise<Error> {
    return this.#givenUp.promise;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#close();
    // Answers take no time, so whoever is connected now is only keeping the connection open.
    for (const connection of this.#connections) close(connection);
    await this.#running;
  }

  #listen(): void {
    const { host: hostname, port, listen = Deno.listen, logger, onTrouble } = this.#options;
    // Whoever took any port at first wants that one back.
    this.#listener = listen({ hostname, port: this.#port ?? port });
    const isBack = this.#port === null;
    this.#port = (this.#listener.addr as Deno.NetAddr).port;
    onTrouble(null);
    if (isBack) logger.info("The health server listens", { host: hostname, port: this.#port });
  }

  async #run(): Promise<void> {
    const { firstPauseMs = FIRST_PAUSE_MS } = this.#options;
    let failures = this.#listener === null ? 1 : 0;
    while (!this.#stop.signal.aborted) {
      try {
        if (this.#listener === null) {
          const pauseMs = Math.min(firstPauseMs * 2 ** (failures - 1), MAX_PAUSE_MS);
          await pause(pauseMs, this.#stop.signal);
          if (this.#stop.signal.aborted) return;
          this.#listen();
          continue;
        }
        this.#serve(await this.#listener.accept());
        failures = 0;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#close();
        failures++;
        this.#tell(error);
        if (failures === TAKEN_AFTER_FAILURES) this.#taken.resolve();
        if (failures >= MAX_FAILURES && !isTaken(error)) {
          this.#givenUp.resolve(error instanceof Error ? error : new Error(String(error)));
          return;
        }
      }
    }
  }

  #tell(error: unknown): void {
    const { host, port, logger, onTrouble } = this.#options;
    const problem = problemOf(error);
    onTrouble(problem);
    logger.error("The health server does not listen; trying again", { host, port, problem, error });
  }

  #close(): void {
    if (this.#listener) close(this.#listener);
    this.#listener = null;
  }

  /** Of too many, the one that has been there longest has had the time it takes. */
  #serve(connection: Deno.Conn): void {
    const [oldest] = this.#connections;
    if (oldest && this.#connections.size >= this.#limits.connections) {
      this.#connections.delete(oldest);
      close(oldest);
    }
    this.#connections.add(connection);
    const isLocalOnly = isLoopback((this.#listener?.addr as Deno.NetAddr).hostname);
    const isWelcome = (host: string) =>
      !isLocalOnly || isLoopback(host) || host === this.#options.host.toLowerCase();
    void answerOne(connection, { ...this.#options, limits: this.#limits, isWelcome })
      .catch(() => {
        // The client is gone, or was too slow.
      })
      .finally(() => {
        this.#connections.delete(connection);
        close(connection);
      });
  }
}

/** What passes when another program ends. */
function isTaken(error: unknown): boolean {
  return error instanceof Deno.errors.AddrInUse;
}

/** Whether it may work later, though nobody changes the settings. */
function mayPass(error: unknown): boolean {
  if (isTaken(error) || /temporary failure/i.test(problemOf(error))) return true;
  return error instanceof Deno.errors.AddrNotAvailable && isStarting();
}

/** Whether the machine was started a moment ago, and may not have all its addresses yet; proc_uptime(5). */
function isStarting(): boolean {
  try {
    return Number.parseFloat(Deno.readTextFileSync("/proc/uptime")) < STARTING_SECONDS;
  } catch {
    return false;
  }
}

function problemOf(error: unknown): string {
  return isTaken(error) ? "another program holds the port" : messageOf(error);
}

/** Whether a host name or an address, without brackets, is this machine's own. */
function isLoopback(host: string): boolean {
  return /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|::1|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})\.?$/
    .test(host);
}

function close(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // It is closed already.
  }
}
