// deno-lint-ignore-file no-console -- a tool for the terminal
// Runs the tests and ends with one plain line, "4 passed, 0 failed, 1 skipped". Deno's own last line
// has another form, and its JUnit report counts steps as tests.

/** Test files that run at the same time. */
const JOBS = 6;

/** No test hangs for ever. */
export const LIMIT = `--preload=${new URL("test_limit.ts", import.meta.url).pathname}`;

/** What the closing line says. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Reads the last `ok | 4 passed (2 steps) | 0 failed | 1 ignored (48ms)` of a test run's output. */
export function parseSummary(output: string): Summary | null {
  // deno-lint-ignore no-control-regex -- the colours of a terminal
  const plain = output.replace(/\u001b\[[0-9;]*m/g, "");
  const line =
    /^(?:ok|FAILED) \| (\d+) passed\b[^|\n]*\| (\d+) failed\b[^|\n]*(?:\| (\d+) ignored\b)?/gm;
  const last = [...plain.matchAll(line)].at(-1);
  if (!last) return null;
  return { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3] ?? 0) };
}

/** The closing line for a run that ended with `code`. A run that broke off never looks clean. */
export function closingLine(summary: Summary | null, code: number): string {
  const { passed, failed, skipped } = summary ?? { passed: 0, failed: 0, skipped: 0 };
  const seen = code === 0 ? failed : Math.max(failed, 1);
  return `${passed} passed, ${seen} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** The arguments of `deno test`: everything under tests/ unless the caller names files. */
export function testArguments(extra: readonly string[]): string[] {
  const namesFiles = extra.some((it) => !it.startsWith("-") && /\/|\.ts$/.test(it));
  return ["test", "-A", "--parallel", LIMIT, ...extra, ...(namesFiles ? [] : ["tests/"])];
}

async function main(): Promise<number> {
  const isColourful = Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");
  const child = new Deno.Command(Deno.execPath(), {
    args: testArguments(Deno.args),
    stdout: "piped",
    stderr: "inherit",
    env: {
      // Most tests wait for a bot that waits for its interval: more of them than processors fit.
      DENO_JOBS: Deno.env.get("DENO_JOBS") ?? String(JOBS),
      // Behind our pipe Deno would leave the colours out.
      ...(isColourful ? { FORCE_COLOR: "1" } : {}),
    },
  }).spawn();
  const decoder = new TextDecoder();
  let tail = "";
  for await (const bytes of child.stdout) {
    for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
    tail = (tail + decoder.decode(bytes, { stream: true })).slice(-65_536);
  }
  const { code } = await child.status;
  console.log(closingLine(parseSummary(tail), code));
  return code;
}

if (import.meta.main) Deno.exit(await main());
