import { type Bitrix24Sandbox, createBitrix24Sandbox } from "../../src/demo/bitrix24.ts";
import { createTelegramSandbox, type TelegramSandbox } from "../../src/demo/telegram.ts";

export const TOKEN = "1000000002:bench-sandbox-token-which-opens-nothing";

/** A program that runs, and what there is to measure of it. */
export interface Running {
  readonly pid: number;
  /** Where its health server listens. */
  readonly port: number;
  readonly folder: string;
  /** Milliseconds from the start until /live answered. */
  live(): Promise<number>;
  /** Ends it, and waits for that. */
  end(): Promise<void>;
}

/** The two stand-ins, and programs between them; everything ends with the stage. */
export class Stage implements AsyncDisposable {
  readonly telegram: TelegramSandbox;
  readonly bitrix24: Bitrix24Sandbox;
  readonly #running = new Set<Running>();

  /** @param limits whether Telegram refuses what is too much */
  constructor({ limits = false }: { limits?: boolean } = {}) {
    this.telegram = createTelegramSandbox({ token: TOKEN, limits, pollGuardMs: 0 });
    this.bitrix24 = createBitrix24Sandbox();
  }

  /** Starts a program with the settings of a bot, in a folder of its own unless told which. */
  async start(
    program: string,
    { args = [], env = {}, folder }: {
      args?: string[];
      env?: Record<string, string>;
      folder?: string;
    } = {},
  ): Promise<Running> {
    const place = folder ?? await Deno.makeTempDir({ prefix: "bitrix24-bot-bench-" });
    const port = freePort();
    const started = performance.now();
    const child = new Deno.Command(program, {
      args,
      cwd: place,
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      env: {
        HOME: place,
        FOLDER: place,
        BOT_TOKEN: TOKEN,
        TELEGRAM_API_ROOT: this.telegram.apiRoot,
        STATUS_URL: this.bitrix24.url,
        FEED_URL: `${this.bitrix24.url}/json_status.php?reg=ru`,
        CHECK_INTERVAL: "60",
        RECOVERY_THRESHOLD: "1",
        HEALTH_PORT: String(port),
        LOG_LEVEL: "WARNING",
        ...env,
      },
    }).spawn();
    const running: Running = {
      pid: child.pid,
      port,
      folder: place,
      async live() {
        while (true) {
          const answer = await fetch(`http://127.0.0.1:${port}/live`).catch(() => null);
          await answer?.body?.cancel();
          if (answer?.ok) return performance.now() - started;
        }
      },
      end: async () => {
        if (!this.#running.delete(running)) return;
        child.kill("SIGTERM");
        await child.status;
        if (folder === undefined) await Deno.remove(place, { recursive: true });
      },
    };
    this.#running.add(running);
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((it) => it.end()));
    await this.telegram.close();
    await this.bitrix24.close();
  }
}

/** Resident memory of a process in MiB, now (VmRSS) or at its peak (VmHWM). */
export function memoryMiB(pid: number, field: "VmRSS" | "VmHWM" = "VmRSS"): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}

/** Milliseconds of processor time that a process has used. */
export function processorMs(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  // utime and stime, in ticks of 10 ms (proc(5); USER_HZ is 100 wherever Linux runs today).
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which the given share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
