import type { Health } from "./health.ts";
import { ChecksWatch, serviceStatus, statusLine } from "./service_status.ts";
import { within } from "../time/pause.ts";
import type { Logger } from "../log/logger.ts";

// Messages to systemd: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html

/** Environment variables by which systemd passes its socket and its watchdog's interval. */
export interface ServiceEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined;
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

export interface ServiceDeps {
  readonly logger: Logger;
  readonly redact: (text: string) => string;
  /** Longest wait for the first poll until the start counts as complete; 30 s by default. */
  readonly readyPatienceMs?: number;
  /** Longest time between two status updates; 5 s by default. */
  readonly lookMs?: number;
  /** Milliseconds of real time. */
  readonly elapsed?: () => number;
}

/** The service manager that started the bot. Messages go out in the background; no call throws. */
export interface Service {
  /** Asks for more time for the start, because another program has locked the database. */
  waitsForDatabase(): void;
  /** Reports the start as complete and the bot as standing by for `holder`, the other bot. */
  standsBy(holder: string): void;
  /** Starts the regular status messages and, while the checks run, the feeding of the watchdog. */
  watch(health: () => Health, options: { readonly longestCheckGapMs: number }): void;
  /**
   * To be called after each poll, whether it worked or failed. The first one completes the start.
   */
  polled(): void;
  /** To be called at the beginning of a stop. */
  stopping(): void;
  /** To be called when the start has failed. */
  failed(reason: string): void;
  /** Gives the last messages a moment to go out, then closes the socket. */
  close(): Promise<void>;
}

/** Extra time for a start; the wait for a locked database asks for it about every 15 s. */
const START_EXTENSION_MS = 60_000;
/** Longest wait for the first poll; below the 90 s after which systemd gives up a start. */
const READY_PATIENCE_MS = 30_000;
const LOOK_MS = 5_000;
/** Feeds per watchdog interval, so that a late or a lost message does no harm. */
const FEEDS_PER_WATCHDOG = 4;
const CLOSE_PATIENCE_MS = 500;

const UNTOLD = "systemd cannot be told how the bot is doing";

/** Connects to the service manager; null without one, and (with a warning) when it is unreachable. */
export function connectService(env: ServiceEnvironment, deps: ServiceDeps): Service | null {
  const address = env.NOTIFY_SOCKET;
  if (!address) return null;
  try {
    return new NotifiedService(openSocket(), addressOf(address), watchdogMs(env), deps);
  } catch (error) {
    deps.logger.warning(UNTOLD, { error });
    return null;
  }
}

/** The socket address; a leading "@" stands for the null byte of an abstract address. */
function addressOf(address: string): string {
  if (!/^[/@]/.test(address)) throw new Error("NOTIFY_SOCKET is no address of a local socket");
  return address.replace(/^@/, "\0");
}

/** Interval of the watchdog in milliseconds; null when there is none for this process. */
function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: ServiceEnvironment): number | null {
  const ms = Number(WATCHDOG_USEC ?? "") / 1_000;
  if (!Number.isFinite(ms) || ms <= 0) return null;
  return WATCHDOG_PID && Number(WATCHDOG_PID) !== Deno.pid ? null : ms;
}

/** Opens a socket for sending. Deno binds it to a file name, which can be removed at once. */
function openSocket(): Deno.DatagramConn {
  const folder = Deno.makeTempDirSync({ prefix: "bitrix24-bot-notify-" });
  try {
    return Deno.listenDatagram({ transport: "unixpacket", path: `${folder}/socket` });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

class NotifiedService implements Service {
  readonly #socket: Deno.DatagramConn;
  readonly #address: Deno.UnixAddr;
  readonly #watchdogMs: number | null;
  readonly #deps: ServiceDeps;
  /** Messages to be sent, by name; a newer one replaces an older one. */
  readonly #unsaid = new Map<string, string>();
  #saying: Promise<void> | null = null;
  #isMute = false;
  #status = "";
  #look: (() => void) | null = null;
  #looking: ReturnType<typeof setInterval> | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #isReady = false;
  #isOver = false;

  constructor(
    socket: Deno.DatagramConn,
    path: string,
    watchdogMs: number | null,
    deps: ServiceDeps,
  ) {
    this.#socket = socket;
    this.#address = { transport: "unixpacket", path };
    this.#watchdogMs = watchdogMs;
    this.#deps = deps;
    this.#sayStatus("Starting");
  }

  waitsForDatabase(): void {
    this.#say("EXTEND_TIMEOUT_USEC", String(START_EXTENSION_MS * 1_000));
    this.#sayStatus("Starting: waiting for the database, which another program holds locked");
  }

  standsBy(holder: string): void {
    if (this.#isOver) return;
    this.#look = null;
    this.#beginReady();
    this.#sayStatus(`Standing by: another bot works on this database (${holder})`);
    this.#every(() => this.#watchdogMs !== null && this.#say("WATCHDOG", "1"));
  }

  watch(health: () => Health, { longestCheckGapMs }: { readonly longestCheckGapMs: number }): void {
    // A start that goes on for a moment after a stop may call this late.
    if (this.#isOver) return;
    const { logger, elapsed = () => performance.now() } = this.#deps;
    const checks = new ChecksWatch(longestCheckGapMs);
    let didRun = true;
    this.#look = () => {
      const facts = health();
      const doRun = checks.look(facts, elapsed());
      if (doRun && this.#watchdogMs !== null) this.#say("WATCHDOG", "1");
      if (didRun && !doRun) logger.critical("The checks have stopped; the watchdog is not fed");
      didRun = doRun;
      if (this.#isReady) this.#sayStatus(serviceStatus(facts, doRun));
    };
    this.#sayStatus("Starting: asking Telegram");
    this.#every(() => this.#look?.());
    const { readyPatienceMs = READY_PATIENCE_MS } = this.#deps;
    this.#waiting = setTimeout(() => this.polled(), readyPatienceMs);
  }

  polled(): void {
    if (this.#look === null) return;
    this.#beginReady();
    this.#look();
  }

  stopping(): void {
    this.#endWatch();
    this.#say("STOPPING", "1");
    this.#sayStatus("Stopping");
  }

  failed(reason: string): void {
    this.#endWatch();
    this.#sayStatus(`Cannot start: ${reason}`);
  }

  async close(): Promise<void> {
    this.#endWatch();
    if (this.#saying) await within(CLOSE_PATIENCE_MS, this.#saying);
    this.#isMute = true;
    this.#socket.close();
  }

  #beginReady(): void {
    clearTimeout(this.#waiting);
    if (!this.#isReady) this.#say("READY", "1");
    this.#isReady = true;
  }

  /** Runs `look` as often as the status line and the watchdog need it. */
  #every(look: () => void): void {
    const feedMs = (this.#watchdogMs ?? Infinity) / FEEDS_PER_WATCHDOG;
    clearInterval(this.#looking);
    this.#looking = setInterval(look, Math.min(this.#deps.lookMs ?? LOOK_MS, feedMs));
  }

  #endWatch(): void {
    this.#isOver = true;
    this.#look = null;
    clearInterval(this.#looking);
    clearTimeout(this.#waiting);
  }

  #sayStatus(status: string): void {
    const line = statusLine(this.#deps.redact(status));
    if (line !== this.#status) this.#say("STATUS", line);
    this.#status = line;
  }

  #say(name: string, value: string): void {
    if (this.#isMute) return;
    this.#unsaid.set(name, value);
    this.#saying ??= this.#sayAll().finally(() => this.#saying = null);
  }

  /** Sends one datagram at a time; new messages meanwhile wait for the next one. */
  async #sayAll(): Promise<void> {
    try {
      // Messages of the same turn go out in one datagram.
      await Promise.resolve();
      while (this.#unsaid.size > 0) {
        const text = [...this.#unsaid].map(([name, value]) => `${name}=${value}`).join("\n");
        this.#unsaid.clear();
        await this.#socket.send(new TextEncoder().encode(text), this.#address);
      }
    } catch (error) {
      // One warning is enough: the bot works without systemd, too.
      if (!this.#isMute) this.#deps.logger.warning(UNTOLD, { error });
      this.#isMute = true;
    }
  }
}
