// The compiled program whose time leaps (warp.ts), and one life of it as a process.
import { compileCopy, copy, edit } from "../../scripts/bench/compiled.ts";
import { linesOf } from "../../scripts/bench/stand_ins.ts";
import type { Order } from "./warp.ts";

const HERE = new URL(".", import.meta.url).pathname;
/** So that thirty days rotate the log as often as a few years do. */
const LOG_BYTES = 5_000;
/** For a machine that is busy with something else; whoever takes longer hangs. */
const PATIENCE_MS = 60_000;
const TAIL_LINES = 40;

/** Compiles it into the folder; returns its path. */
export async function compileWarped(place: string): Promise<string> {
  return await compileCopy(place, async () => {
    await copy(`${HERE}warp.ts`, `${place}/src/warp.ts`);
    await copy(`${HERE}pretend.ts`, `${place}/src/pretend.ts`);
    await edit(`${place}/src/pretend.ts`, (source) => source.replace("../../src/", "./"));
    await edit(`${place}/src/app/evidence.ts`, (source) => {
      const changed = source.replace(
        "return { ...witnesses, ",
        "return { ...witnesses, watchWitnesses: pretendWitnesses(now), ",
      );
      if (changed === source) throw new Error("Where the witnesses come from is not known");
      return `import { pretendWitnesses } from "../pretend.ts";\n${changed}`;
    });
    await edit(`${place}/src/main.ts`, (source) => `import "./warp.ts";\n${source}`);
    await edit(`${place}/src/log/logger.ts`, (source) => {
      const smaller = source.replace(/(MAX_FILE_BYTES) = [^;]+;/, `$1 = ${LOG_BYTES};`);
      if (smaller === source) throw new Error("How large a log file may become is not known");
      return smaller;
    });
  });
}

/** What a process holds in its hands, and how much memory it takes. */
export interface Figures {
  /** Where its descriptors lead: paths, and kinds such as `socket`; sorted. */
  readonly descriptors: readonly string[];
  /** Connections for calls, which are kept for the next ones. */
  readonly calls: number;
  readonly memoryMiB: number;
}

/** A running program, whose time goes as far as it is told. */
export class Life {
  readonly pid: number;
  /** Warnings and errors of the log, by their level and where they come from: how often. */
  readonly complaints = new Map<string, number>();
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #to: WritableStreamDefaultWriter<Uint8Array>;
  readonly #errors: Promise<string>;

  /** Its life begins at `from`, in milliseconds since 1970. */
  constructor(path: string, { env, folder, from }: {
    env: Readonly<Record<string, string>>;
    folder: string;
    from: number;
  }) {
    this.#child = new Deno.Command(path, {
      cwd: folder,
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: folder, YEAR_FROM: String(from), ...env },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#to = this.#child.stdin.getWriter();
    this.#errors = this.#listen(this.#child.stderr);
  }

  /** Lets its time pass until then, quietly if nobody writes to it meanwhile; resolves with the time when it is there and at rest. */
  async until(goal: number, { isQuiet = false } = {}): Promise<number> {
    const order: Order = { until: goal, isQuiet };
    await this.#to.write(new TextEncoder().encode(`${JSON.stringify(order)}\n`));
    let said = "";
    while (!said.endsWith("\n")) {
      const { value, done } = await this.#within(this.#lines.read(), () => new Date(goal).toJSON());
      if (done) throw new Error(`The program has ended:\n${await this.#errors}`);
      said += value;
    }
    return Number(said);
  }

  /** @param ports calls to them are counted apart: their connections are kept for a while */
  figures(ports: readonly number[]): Figures {
    const calls = connectionsTo(ports, this.pid);
    const fd = `/proc/${this.pid}/fd`;
    const all = [...Deno.readDirSync(fd)].flatMap(({ name }) => {
      try {
        return [Deno.readLinkSync(`${fd}/${name}`)];
      } catch {
        return []; // Closed meanwhile.
      }
    });
    const isCall = (it: string) => calls.has(it);
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return {
      descriptors: all.filter((it) => !isCall(it)).map((it) => it.replace(/:\[\d+\]$/, "")).sort(),
      calls: all.filter(isCall).length,
      memoryMiB: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
    };
  }

  /** Ends it; resolves with its exit code and the end of what it wrote to standard error. */
  async end(signal: Deno.Signal): Promise<{ code: number; errors: string }> {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended by itself.
    }
    const { code } = await this.#within(this.#child.status, () => `its end after ${signal}`);
    await this.#to.close().catch(() => {});
    await this.#lines.cancel();
    return { code, errors: await this.#errors };
  }

  /** Resolves with the end of what was written. */
  async #listen(stream: ReadableStream<Uint8Array>): Promise<string> {
    const tail: string[] = [];
    for await (const line of linesOf(stream)) {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      // What is said of it in the fields is another word each time, but for the kind of trouble.
      const [, what] = /^\S+ ((?:WARNING|ERROR|CRITICAL) .*?)(?: \w+=|$)/.exec(line) ?? [];
      if (what === undefined) continue;
      const problem = / problem="?([\w ]+)/.exec(line)?.[1];
      const name = problem === undefined ? what : `${what}: ${problem.trim()}`;
      this.complaints.set(name, (this.complaints.get(name) ?? 0) + 1);
    }
    return tail.join("\n");
  }

  async #within<T>(work: Promise<T>, what: () => string): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`Waited ${PATIENCE_MS} ms in vain for ${what()}`));
      }, PATIENCE_MS);
    });
    try {
      return await Promise.race([work, limit]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The sockets, as /proc/<pid>/fd names them, that lead to these ports of the loopback (proc(5)). */
function connectionsTo(ports: readonly number[], pid: number): Set<string> {
  const rows = Deno.readTextFileSync(`/proc/${pid}/net/tcp`).split("\n").slice(1);
  return new Set(rows.flatMap((row) => {
    const [, , remote = "", , , , , , , inode] = row.trim().split(/\s+/);
    return ports.includes(parseInt(remote.split(":")[1] ?? "", 16)) ? [`socket:[${inode}]`] : [];
  }));
}
