import { Bot } from "grammy";
import type { PollingTrouble } from "../../src/telegram/poll_outcomes.ts";
import { startPolling } from "../../src/telegram/polling.ts";
import { Backlog } from "../../src/telegram/backlog.ts";
import { grammySignal } from "../../src/telegram/messages.ts";
import { createTransport, type Transport } from "../../src/telegram/transport.ts";
import type { Fault, TelegramSandbox } from "../../src/sandbox/telegram/server.ts";
import { assert } from "../assert.ts";
import { arrayLogger } from "../delivering/doubles.ts";
import { ALICE, TOKEN, withSandbox } from "../sandbox/telegram/support.ts";

/** A poller on the stand-in, with time and pauses in the test's hands, and what it did. */
export class Bench {
  readonly heard: string[] = [];
  readonly log = Object.assign(arrayLogger(), {
    critical: (message: string, fields: Record<string, unknown> = {}) => {
      this.log.lines.push({ level: "CRITICAL", message, fields });
    },
  });
  /** What each poll asked for, also the one under way: the time to be held, in seconds, and the limit. */
  readonly waits: number[] = [];
  readonly limits: number[] = [];
  readonly troubles: (PollingTrouble | null)[] = [];
  readonly polling: ReturnType<typeof startPolling>;
  readonly #transport: Transport;
  /** Ends the call under way, as its time limit does. */
  #limit = new AbortController();
  readyCount = 0;
  polls = 0;
  now = 0;
  /** The pause that is being made; ending it starts the next poll. */
  #pause: { readonly ms: number; readonly end: () => void } | null = null;
  #paused = Promise.withResolvers<void>();

  constructor(readonly sandbox: TelegramSandbox, path = "") {
    this.#transport = createTransport({ proxy: null, redact: (text) => text });
    const { fetch } = this.#transport;
    const bot = new Bot(TOKEN, { client: { apiRoot: sandbox.apiRoot + path, fetch } });
    bot.api.config.use((previous, method, payload, signal) => {
      if (method === "getUpdates" && "timeout" in payload && "limit" in payload) {
        this.waits.push(Number(payload.timeout));
        this.limits.push(Number(payload.limit));
      }
      const limit = this.#limit = new AbortController();
      signal?.addEventListener("abort", () => limit.abort());
      return previous(method, payload, grammySignal(limit.signal));
    });
    bot.on("message:text", async (ctx) => {
      this.heard.push(ctx.message.text);
      // The stand-in looks again at what tests wait for.
      await ctx.api.getMe().catch(() => {});
    });
    this.polling = startPolling({
      backlog: new Backlog(Date.now),
      bot,
      logger: this.log,
      redact: (text) => text,
      onReady: () => this.readyCount++,
      onPolled: () => this.polls++,
      onBack: () => {},
      onTrouble: (trouble) => this.troubles.push(trouble),
      elapsed: () => this.now,
      pause: (ms, signal) =>
        new Promise((resolve) => {
          const end = () => {
            this.#pause = null;
            this.#paused = Promise.withResolvers();
            signal.removeEventListener("abort", end);
            resolve();
          };
          this.#pause = { ms, end };
          signal.addEventListener("abort", end);
          this.#paused.resolve();
        }),
    });
  }

  /** The lines that say something is wrong. */
  get complaints() {
    return this.log.lines.filter((it) => ["ERROR", "CRITICAL"].includes(it.level));
  }

  /** Waits for a pause; how long it is to be. */
  async pausing(): Promise<number> {
    await this.#paused.promise;
    assert(this.#pause);
    return this.#pause.ms;
  }

  /** Lets as many pauses pass; how long they were, and is the one after them. */
  async pass(count: number): Promise<number[]> {
    const pauses = [await this.pausing()];
    while (pauses.length <= count) {
      this.endPause();
      pauses.push(await this.pausing());
    }
    return pauses;
  }

  /** From now on every poll ends so. How long the pause after the next one is to be. */
  async fails(fault: Fault): Promise<number> {
    this.sandbox.fault = (method) => method === "getupdates" ? fault : undefined;
    // Ends the poll that waits, so that there is a next one.
    if (this.#pause === null) this.sandbox.say(ALICE, ALICE, "wake up");
    this.endPause();
    return await this.pausing();
  }

  /** Telegram answers again, and the bot hears what somebody writes. */
  async hears(text: string, { keepsFault = false } = {}): Promise<void> {
    if (!keepsFault) this.sandbox.fault = undefined;
    this.sandbox.away(false);
    this.sandbox.say(ALICE, ALICE, text);
    this.endPause();
    await this.sandbox.until(() => this.heard.includes(text), text);
  }

  /** A poll is under way; resolves when it has been held for so long, without an answer. */
  async held(ms: number): Promise<void> {
    await this.sandbox.until(() => this.sandbox.isPolled, "a poll");
    this.now += ms;
  }

  /** A poll that was held for so long is cut; resolves with the next one under way. */
  async cut(ms: number): Promise<void> {
    await this.held(ms);
    const { length } = this.waits;
    this.sandbox.away(true);
    this.sandbox.away(false);
    await this.sandbox.until(() => this.waits.length > length, "the poll that was cut");
    await this.sandbox.until(() => this.sandbox.isPolled, "the poll after it");
  }

  /** A poll that was held for so long is given up. How long the pause after it is to be. */
  async givenUp(ms: number): Promise<number> {
    await this.held(ms);
    this.#limit.abort();
    return await this.pausing();
  }

  async stop(): Promise<void> {
    await this.polling.stop(5_000, () => {});
    this.#transport.close();
  }

  endPause(): void {
    this.now += this.#pause?.ms ?? 0;
    this.#pause?.end();
  }
}

/** A poller that is stopped afterwards; `before` comes before its first call. */
export async function withPolling(
  use: (bench: Bench) => Promise<void>,
  before: (sandbox: TelegramSandbox) => void = () => {},
  path?: string,
): Promise<void> {
  await withSandbox(async (sandbox) => {
    before(sandbox);
    const bench = new Bench(sandbox, path);
    try {
      await use(bench);
    } finally {
      await bench.stop();
    }
  });
}
