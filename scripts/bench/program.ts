// A program under measure, as a process.
import type { Runnable } from "./compiled.ts";

/** How long a program that was told to stop may take. */
const STOP_PATIENCE_MS = 12_000;
/** What the kernel counts processor time in; USER_HZ has been 100 on every Linux there is. */
const TICKS_PER_SECOND = 100;
const LOOK_EVERY_MS = 1;

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Its working folder; a new one by default, removed at the end. */
  readonly folder?: string;
}

/** A running program and what can be seen of it from outside. */
export class Program implements AsyncDisposable {
  readonly folder: string;
  readonly pid: number;
  readonly status: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  readonly #isFolderOurs: boolean;

  constructor({ path, args = [] }: Runnable, { env = {}, folder }: ProgramOptions = {}) {
    this.#isFolderOurs = folder === undefined;
    this.folder = folder ?? Deno.makeTempDirSync({ prefix: "bitrix24-bot-bench-" });
    this.#process = new Deno.Command(path, {
      args: [...args],
      cwd: this.folder,
      env: { ...inherited(), HEALTH_PORT: "0", ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      // What it logs goes to the file, as ever; here it would cost whoever reads it.
      stderr: "null",
    }).spawn();
    this.pid = this.#process.pid;
    this.status = this.#process.status;
  }

  /** Resident memory in MiB, now (VmRSS) or at its peak (VmHWM). */
  memoryMiB(field: "VmRSS" | "VmHWM" = "VmRSS"): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  }

  /** From now on VmHWM is the peak since now. */
  forgetPeak(): void {
    Deno.writeTextFileSync(`/proc/${this.pid}/clear_refs`, "5");
  }

  /** Milliseconds of processor time so far, of all its threads, in the kernel as well. */
  processorMs(): number {
    const stat = Deno.readTextFileSync(`/proc/${this.pid}/stat`);
    // Behind the name, which may hold anything: fields 14 and 15 of proc(5).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 1_000 / TICKS_PER_SECOND;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const kill = (signal: Deno.Signal) => {
      try {
        this.#process.kill(signal);
      } catch {
        // It has ended by itself.
      }
    };
    kill("SIGTERM");
    const timer = setTimeout(() => kill("SIGKILL"), STOP_PATIENCE_MS);
    await this.status;
    clearTimeout(timer);
    if (this.#isFolderOurs) await Deno.remove(this.folder, { recursive: true });
  }
}

/** Milliseconds from the start of a program until its /live answers. Ends it. */
export async function startMs(it: Runnable, options: ProgramOptions): Promise<number> {
  const port = freePort();
  const started = performance.now();
  await using program = new Program(it, {
    ...options,
    env: { ...options.env, HEALTH_PORT: String(port) },
  });
  await untilLive(port, program);
  return performance.now() - started;
}

/** Waits until /live answers. Throws when the program ends before. */
export async function untilLive(port: number, program: Program): Promise<void> {
  let hasEnded = false;
  void program.status.then(() => hasEnded = true);
  while (!hasEnded) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/live`);
      await response.text();
      return;
    } catch {
      await sleep(LOOK_EVERY_MS);
    }
  }
  throw new Error("The program ended before /live answered");
}

/** A port that nobody listens on; somebody might in the next moment. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What a program needs of our environment, and nothing that would configure it. */
function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR"];
  return Object.fromEntries(
    names.map((it) => [it, Deno.env.get(it)]).filter(([, value]) => value !== undefined),
  );
}
