// deno-lint-ignore-file no-console -- a tool for the terminal
import { type Bitrix24Sandbox, createBitrix24Sandbox } from "../src/demo/bitrix24.ts";
import { createTelegramSandbox, type TelegramSandbox } from "../src/demo/telegram.ts";

const TOKEN = "1000000002:bench-sandbox-token-which-opens-nothing";

export const root = new URL("..", import.meta.url).pathname;
export const binary = `${root}dist/bitrix24-bot`;

/** The program as a process between the two stand-ins, and what there is to measure of it. */
export interface Measured {
  readonly telegram: TelegramSandbox;
  readonly bitrix24: Bitrix24Sandbox;
  readonly folder: string;
  readonly isCompiled: boolean;
  start(): number;
}

/**
 * Runs `measure` with the stand-ins; the compiled binary is measured where there is one, else the
 * source. Loopback answers in no time: what is seen is ours.
 */
export async function withProgram(
  env: Record<string, string>,
  measure: (it: Measured) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-bench-" });
  const bitrix24 = await createBitrix24Sandbox();
  const telegram = await createTelegramSandbox({ token: TOKEN });
  bitrix24.well("ru");
  const isCompiled = await Deno.stat(binary).then(() => true, () => false);
  const [command, args] = isCompiled
    ? [binary, []]
    : [Deno.execPath(), ["run", "-A", `${root}src/main.ts`]];
  let child: Deno.ChildProcess | null = null;
  try {
    await measure({
      telegram,
      bitrix24,
      folder,
      isCompiled,
      start() {
        child = new Deno.Command(command, {
          args,
          cwd: folder,
          stdout: "null",
          stderr: "null",
          env: {
            BOT_TOKEN: TOKEN,
            CHECK_INTERVAL: "1",
            RECOVERY_THRESHOLD: "1",
            HEALTH_PORT: "0",
            TELEGRAM_API_ROOT: telegram.apiRoot,
            STATUS_URL: bitrix24.url,
            ...env,
          },
        }).spawn();
        return child.pid;
      },
    });
  } finally {
    const running = child as Deno.ChildProcess | null;
    running?.kill("SIGTERM");
    await running?.status;
    await telegram.close();
    await bitrix24.close();
    await Deno.remove(folder, { recursive: true });
  }
}

export function row(name: string, figure: string): void {
  console.log(`${name.padEnd(48)} ${figure}`);
}

/** The value below which the given share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

export function spread(ms: readonly number[]): string {
  const at = (share: number) => quantile(ms, share).toFixed(1);
  return `median ${at(0.5)} ms, p99 ${at(0.99)} ms (${ms.length} times)`;
}

/** Resident memory of a process in MiB, now (VmRSS) or at its peak (VmHWM). */
export async function residentMiB(pid: number, field: "VmRSS" | "VmHWM" = "VmRSS") {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return (Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024).toFixed(0);
}

/** What the token of the stand-in may be called with by hand. */
export function methodUrl(telegram: TelegramSandbox, method: string): string {
  return `${telegram.apiRoot}/bot${TOKEN}/${method}`;
}
