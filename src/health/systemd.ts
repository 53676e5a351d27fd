import type { Health } from "./health.ts";
import { ChecksWatch, serviceStatus, statusLine } from "./service_status.ts";
import { within } from "../time/pause.ts";
import type { Logger } from "../log/logger.ts";

// What systemd is told: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html

/** How systemd hands over its socket and its watchdog; each as the variable of that name says it. */
export interface ServiceEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined;
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

export interface ServiceDeps {
  readonly logger: Logger;
  readonly redact: (text: string) => string;
  /** How long the first poll is waited for before the start counts as done; 30 s by default. */
  readonly readyPatienceMs?: number;
  /** The longest between two looks at how things are; 5 s by default. */
  readonly lookMs?: number;
  /** Real milliseconds since some moment. */
  readonly elapsed?: () => number;
}

/** The service manager that started us. No call ever throws or waits, whatever becomes of what it says. */
export interface Service {
  /** The database is locked: the start takes longer, and is to be given the time. */
  waitsForDatabase(): void;
  /** Another bot, in these words, works on the database: the start is done, and there is nothing to do. */
  standsBy(holder: string): void;
  /** The bot works; from now on it is looked after. `longestCheckGapMs` as in {@linkcode Health}. */
  watch(health: () => Health, options: { readonly longestCheckGapMs: number }): void;
  /** A poll was answered, or not. The first one, either way, completes the start. */
  polled(): void;
  /** A stop was asked for. */
  stopping(): void;
  /** The start has failed, and why. */
  failed(reason: string): void;
  /** What was said is given a moment to arrive; nothing can be said afterwards. */
  close(): Promise<void>;
}

/** Each wait for a locked database is reported about every 15 s. */
const START_EXTENSION_MS = 60_000;
/**
 * A first poll that is neither answered nor refused for so long is an answer, too. Less than the 90 s
 * after which systemd ends a start; a call to Telegram may take 15 s, and be tried three times.
 */
const READY_PATIENCE_MS = 30_000;
const LOOK_MS = 5_000;
/** A look may be late, or a datagram lost, and the watchdog still is not hungry. */
const FEEDS_PER_WATCHDOG = 4;
const CLOSE_PATIENCE_MS = 500;

const UNTOLD = "systemd cannot be told how the bot is doing";

/** Null when no service manager wants to hear of us, or it cannot be reached; that is one warning. */
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

/** A leading "@" stands for the null byte of an address without a file. */
function addressOf(address: string): string {
  if (!/^[/@]/.test(address)) throw new Error("NOTIFY_SOCKET is no address of a local socket");
  return address.replace(/^@/, "\0");
}

/** Within what time the watchdog wants to be fed, in milliseconds; null when there is none for us. */
function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: ServiceEnvironment): number | null {
  const ms = Number(WATCHDOG_USEC ?? "") / 1_000;
  if (!Number.isFinite(ms) || ms <= 0) return null;
  return WATCHDOG_PID && Number(WATCHDOG_PID) !== Deno.pid ? null : ms;
}

/** Deno binds what it sends from to a name, which nobody needs once that is done. */
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
  /** What is still to be said, by its name: a newer word takes the place of an older one. */
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
    // A start goes on for a moment after a stop was asked for.
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

  /** As often as people want to see it, and the watchdog to be fed. */
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

  /** One datagram at a time; what comes up meanwhile waits for the next one. */
  async #sayAll(): Promise<void> {
    try {
      // What is said in one go goes in one datagram.
      await Promise.resolve();
      while (this.#unsaid.size > 0) {
        const text = [...this.#unsaid].map(([name, value]) => `${name}=${value}`).join("\n");
        this.#unsaid.clear();
        await this.#socket.send(new TextEncoder().encode(text), this.#address);
      }
    } catch (error) {
      // Once is enough: a bot that systemd does not hear works like any other.
      if (!this.#isMute) this.#deps.logger.warning(UNTOLD, { error });
      this.#isMute = true;
    }
  }
}
