import type { Log } from "../log/log.ts";
import { pause } from "../time/pause.ts";
import { answerOne, type Limits } from "./http_exchange.ts";
import { messageOf } from "../text/errors.ts";

/** Failures before a taken port is reported; a stopping predecessor frees it sooner. */
const TAKEN_AFTER_FAILURES = 3;
/**
 * Failures in a row, other than a taken port, after which a listener that lost its port gives up;
 * with their pauses they take over a minute.
 */
const MAX_FAILURES = 20;
/** Uptime of the machine up to which an address may still be missing. */
const STARTING_SECONDS = 300;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5_000;

export interface ListenerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly handle: (request: Request) => Response | Promise<Response>;
  readonly logger: Log;
  /** Called with the problem when listening fails, with null when it works. */
  readonly onTrouble: (problem: string | null) => void;
  readonly limits?: Partial<Limits>;
  /** `Deno.listen`; for tests. */
  readonly listen?: (at: { hostname: string; port: number }) => Deno.TcpListener;
  readonly firstPauseMs?: number;
}

/**
 * A small HTTP server with what `Deno.serve` (2.4.2, 2.9.6) lacks: a limit of connections, a time limit for
 * incomplete requests, and recovery after an accept that failed for lack of file descriptors. A port that
 * another program holds is retried without end.
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

  /** Starts listening. Throws when listening can never work; a taken port is retried instead. */
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

  /** The port; null while the server does not listen. */
  get port(): number | null {
    return this.#listener && this.#port;
  }

  /** Resolves when the port has been taken by another program for some time. */
  get taken(): Promise<void> {
    return this.#taken.promise;
  }

  /** Resolves when the server gives up, because it lost its port and failed to get it back. */
  get givenUp(): Promise<Error> {
    return this.#givenUp.promise;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#close();
    // Answers take no time: clients that are still connected only keep their connections open.
    for (const connection of this.#connections) close(connection);
    await this.#running;
  }

  #listen(): void {
    const { host: hostname, port, listen = Deno.listen, logger, onTrouble } = this.#options;
    // With port 0, the port of the first time is taken again.
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

  /** Serves a connection. Above the limit, the oldest connection is closed: it had the most time. */
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

/** Whether another program holds the port. */
function isTaken(error: unknown): boolean {
  return error instanceof Deno.errors.AddrInUse;
}

/** Whether listening may work later with the same settings. */
function mayPass(error: unknown): boolean {
  if (isTaken(error) || /temporary failure/i.test(problemOf(error))) return true;
  return error instanceof Deno.errors.AddrNotAvailable && isStarting();
}

/** Whether the machine has just started and may lack some of its addresses; proc_uptime(5). */
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

/** Whether a host name or an address without brackets is a loopback one. */
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
