// deno-lint-ignore-file no-console -- a tool for the terminal
// Runs the tests and ends with one plain line, "4 passed, 0 failed, 1 skipped". Deno's own last line
// has another form, and its JUnit report counts steps as tests.
import { filesBelow } from "./imports.ts";

const HERE = new URL("..", import.meta.url).href;
const ROOT = decodeURIComponent(new URL(HERE).pathname);

/** Named test files that run at the same time: most wait for a bot that waits for its interval. */
const JOBS = 6;

/**
 * Isolates that share all test files when none is named. With one for each file, more than half of the
 * processor's time went into loading the same modules hundreds of times.
 */
const GROUPS = 4;

/** Below tests/: what starts the program as a process in each test, by tasks of their own. */
const OF_THE_PROGRAM = /^(e2e\/|chaos\/chaos_test\.ts$)/;

/** No test hangs for ever. */
export const LIMIT = `--preload=${ROOT}scripts/test_limit.ts`;

/** Before each title; a test that fails is told with its own file. */
const OF_A_GROUP = /\S*\/group_\d+_test\.ts => ?/g;

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

function namesFiles(extra: readonly string[]): boolean {
  return extra.some((it) => !it.startsWith("-") && /\/|\.ts$/.test(it));
}

/** The arguments of `deno test`: what is in the folder `groups` unless the caller names files. */
export function testArguments(extra: readonly string[], groups: string): string[] {
  // `deno task check` looks at the types of all, which takes as long as a third of the tests.
  const all = ["--no-check", `--config=${ROOT}deno.json`, groups];
  return ["test", "-A", "--parallel", LIMIT, ...extra, ...(namesFiles(extra) ? [] : all)];
}

/** What nobody catches fails one test, not all that come after it in the group. */
const STRAYS = `const strays = [];
const keep = (event) => strays.push(event.error ?? event.reason) && event.preventDefault();
for (const type of ["error", "unhandledrejection"]) addEventListener(type, keep);
Deno.test.afterEach(() => {
  if (strays.length > 0) throw strays.splice(0)[0];
});
`;

/** A module of tests for each group, in the folder. A file that cannot be loaded fails by its name. */
async function writeGroups(folder: string): Promise<void> {
  const files = filesBelow(`${ROOT}tests`)
    .filter((it) => it.endsWith("_test.ts") && !OF_THE_PROGRAM.test(it));
  for (let group = 0; group < GROUPS; group++) {
    const source = files.filter((_, i) => i % GROUPS === group).map((file) =>
      `await import("${HERE}tests/${file}").catch((error) =>
        Deno.test("tests/${file} cannot be loaded", () => { throw error; }));\n`
    );
    await Deno.writeTextFile(`${folder}/group_${group}_test.ts`, STRAYS + source.join(""));
  }
}

async function main(): Promise<number> {
  const groups = await Deno.makeTempDir({ prefix: "bitrix24-bot-tests-" });
  try {
    if (!namesFiles(Deno.args)) await writeGroups(groups);
    return await run(testArguments(Deno.args, groups));
  } finally {
    await Deno.remove(groups, { recursive: true });
  }
}

async function run(args: string[]): Promise<number> {
  const isColourful = Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");
  const child = new Deno.Command(Deno.execPath(), {
    args,
    stdout: "piped",
    stderr: "inherit",
    env: {
      DENO_JOBS: Deno.env.get("DENO_JOBS") ?? String(JOBS),
      // Behind our pipe Deno would leave the colours out.
      ...(isColourful ? { FORCE_COLOR: "1" } : {}),
    },
  }).spawn();
  let tail = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const bytes = new TextEncoder().encode(text.replace(OF_A_GROUP, ""));
    for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
    tail = (tail + text).slice(-65_536);
  }
  const { code } = await child.status;
  console.log(closingLine(parseSummary(tail), code));
  return code;
}

if (import.meta.main) Deno.exit(await main());
