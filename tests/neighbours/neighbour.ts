// What the neighbours' tests have in common. Each neighbour is a file `<name>_neighbour.ts` of its own,
// which starts what it needs on free ports of loopback, and ends it.
import { pause } from "../../src/time/pause.ts";

/** Set by run.ts: where each test leaves its line of the table. */
const ROWS = Deno.env.get("NEIGHBOURS");
const PATIENCE_MS = 60_000;
/** After a polite signal. */
const END_PATIENCE_MS = 5_000;

/** What became of the test of one neighbour. */
export interface Row {
  readonly name: string;
  /** Programs that were found, with their versions. */
  readonly versions: string;
  readonly outcome: string;
}

/** A part of a test, after which the next makes sense only when it went well. Rejects when it did not. */
export type Step = (what: string, part: () => Promise<void> | void) => Promise<void>;

/**
 * A test beside real software: `programs` with the arguments by which they print their versions. Where
 * one is missing the test is skipped, and the table says what was missing, and why where `reason` knows.
 */
export async function neighbour(
  name: string,
  { programs, leavesOut = null, reason = null }: {
    /** Null for one that does not print its version: Debian's package of its name knows. */
    programs: Readonly<Record<string, readonly string[] | null>>;
    /** What the test does not look at, though its title may sound like it; for the table. */
    leavesOut?: string | null;
    /** Why it cannot run here, whatever is installed; null when it can. */
    reason?: string | null;
  },
  test: (step: Step) => Promise<void>,
): Promise<void> {
  const found = await Promise.all(
    Object.entries(programs).map(async ([it, args]) => [it, await versionOf(it, args)] as const),
  );
  const missing = found.filter(([, version]) => version === null).map(([it]) => it);
  const why = reason ?? (missing.length > 0 ? `${missing.join(", ")} not installed` : null);
  const versions = found.filter(([, it]) => it !== null).map((it) => it.join(" ")).join(", ");
  const note = (outcome: string) => leave({ name, versions, outcome });
  if (why !== null) note(`skipped: ${why}`);
  Deno.test(name, { ignore: why !== null }, async (t) => {
    const since = performance.now();
    const seconds = () => `${((performance.now() - since) / 1_000).toFixed(0)} s`;
    try {
      await test(async (what, part) => {
        if (!await t.step(what, part)) throw new Error(`Not so: ${what}`);
      });
      note(`ok, ${seconds()}${leavesOut === null ? "" : `; left out: ${leavesOut}`}`);
    } catch (error) {
      note(`FAILED after ${seconds()}`);
      throw error;
    }
  });
}

function leave(row: Row): void {
  if (ROWS) Deno.writeTextFileSync(ROWS, `${JSON.stringify(row)}\n`, { append: true });
}

/** What a program says its version is, "?" when it does not say; null when it is not there. */
async function versionOf(program: string, args: readonly string[] | null): Promise<string | null> {
  const ofPackage = `command -v ${program} && dpkg-query -W -f '\${Version}' ${program}`;
  const [command, ...rest] = args === null ? ["sh", "-c", ofPackage] : [program, ...args];
  try {
    const { code, stdout, stderr } = await new Deno.Command(command, { args: rest, stdin: "null" })
      .output();
    if (args === null && code !== 0) return null;
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    return /\d+(\.\d+)+/.exec(said)?.[0] ?? "?";
  } catch {
    return null;
  }
}

/** A program that runs beside the bot, what it prints in a file. */
export class Companion implements AsyncDisposable {
  readonly #program: string;
  readonly #child: Deno.ChildProcess;
  readonly #printed: Promise<unknown>;
  readonly #output: string;
  #hasEnded = false;

  /** @param output a file for what it prints */
  constructor(
    program: string,
    args: readonly string[],
    { output, cwd }: { output: string; cwd?: string },
  ) {
    this.#program = program;
    this.#output = output;
    this.#child = new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...(cwd === undefined ? {} : { cwd }),
    }).spawn();
    const keep = async (stream: ReadableStream<Uint8Array>) => {
      for await (const bytes of stream) await Deno.writeFile(output, bytes, { append: true });
    };
    this.#printed = Promise.all([keep(this.#child.stdout), keep(this.#child.stderr)]);
    void this.#child.status.then(() => this.#hasEnded = true);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves when it accepts connections there. Throws with what it printed when it ends instead. */
  async listening(port: number): Promise<void> {
    await until(`${this.#program} on port ${port}`, async () => {
      this.assertRuns();
      return await Deno.connect({ hostname: "127.0.0.1", port }).then((it) => {
        it.close();
        return true;
      }, () => false);
    });
  }

  /** Throws with what it printed when it has ended. */
  assertRuns(): void {
    if (!this.#hasEnded) return;
    throw new Error(`${this.#program} has ended:\n${Deno.readTextFileSync(this.#output)}`);
  }

  /** Ends it, by force when it takes its time. A second call does nothing. */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    if (!this.#hasEnded) this.#child.kill(signal);
    const force = setTimeout(() => this.#child.kill("SIGKILL"), END_PATIENCE_MS);
    await this.#child.status;
    clearTimeout(force);
    await this.#printed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** Asks again and again until there is something; for what tells nobody when it changes. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const since = performance.now();
  while (true) {
    const found = await ask();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() - since > patienceMs) throw new Error(`Waited in vain for ${what}`);
    await pause(50);
  }
}
