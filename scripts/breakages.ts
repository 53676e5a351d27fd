// deno-lint-ignore-file no-console -- a tool for the terminal
// Breaks one line at a time in copies of the tree, and demands that the named test fails then.
//   deno task test:breakages [part of a line of the list …]
// BREAKAGES=8: only so many of them, evenly spread and always the same.

const root = new URL("..", import.meta.url).pathname;
const LIST = "tests/breakages.txt";
/** Copies worked on at the same time. */
const JOBS = 2;
/** For one test, and for one run with its start. */
const TEST_SECONDS = 60;
const RUN_SECONDS = 120;

export interface Breakage {
  readonly file: string;
  /** Stands in exactly one line of the file, and what is to stand there instead. */
  readonly before: string;
  readonly after: string;
  readonly test: string;
  /** Part of the titles of the tests that are run; all of the file without it. */
  readonly filter: string | null;
}

/** Blocks of four lines: the file, `- ` what stands there, `+ ` what breaks it, the test that fails. */
export function parseBreakages(text: string): Breakage[] {
  const blocks = text.split("\n").map((it) => it.startsWith("#") ? "" : it).join("\n")
    .split(/\n{2,}/).map((it) => it.trim()).filter((it) => it !== "");
  return blocks.map((block) => {
    const match = /^(\S+)\n- (.+)\n\+ ?(.*)\n(\S+)(?:  ?(.+))?$/.exec(block);
    if (!match) throw new Error(`${LIST} cannot be understood here:\n${block}`);
    const [, file = "", before = "", after = "", test = "", filter = null] = match;
    return { file, before, after, test, filter };
  });
}

/** The source with that line broken. Throws when the text does not stand in exactly one line. */
export function broken(source: string, { file, before, after }: Breakage): string {
  const lines = source.split("\n");
  const found = lines.filter((it) => it.includes(before)).length;
  if (found !== 1) throw new Error(`${file}: ${found} lines have "${before}" instead of one`);
  return lines.map((it) => it.replace(before, () => after)).join("\n");
}

/** What a run of the named tests says of a breakage; null: they caught it. */
export function escaped(output: string, code: number): string | null {
  if (/\(uncaught error\)/.test(output)) return "no test failed: the code could not be loaded";
  if (/^.* \.\.\. .*FAILED/m.test(output)) return null;
  if (code !== 0) return "the run broke off";
  return /^ok \| 0 passed/m.test(output) ? "no test has that title" : "SURVIVED";
}

/** The tree as it stands, without what git ignores. */
async function copyTree(to: string): Promise<void> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: root,
  }).output();
  for (const path of new TextDecoder().decode(stdout).split("\0").filter((it) => it !== "")) {
    await Deno.mkdir(`${to}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(`${root}/${path}`, `${to}/${path}`).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

async function tried(breakage: Breakage, folder: string): Promise<string | null> {
  const path = `${folder}/${breakage.file}`;
  const source = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, broken(source, breakage));
  const { test, filter } = breakage;
  const run = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--fail-fast", "--preload=scripts/test_limit.ts", test]
      .concat(filter === null ? [] : ["--filter", filter]),
    cwd: folder,
    env: { NO_COLOR: "1", TEST_LIMIT_SECONDS: String(TEST_SECONDS) },
    stdout: "piped",
    stderr: "piped",
    // A group of its own: programs that a broken test leaves behind end with it.
    detached: true,
  }).spawn();
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    endGroup(run.pid);
  }, RUN_SECONDS * 1_000);
  void run.status.then(() => endGroup(run.pid));
  const { code, stdout, stderr } = await run.output();
  clearTimeout(limit);
  await Deno.writeTextFile(path, source);
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return isLate ? `no end within ${RUN_SECONDS} s` : escaped(output, code);
}

function endGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left of it.
  }
}

async function main(parts: readonly string[]): Promise<number> {
  const all = parseBreakages(await Deno.readTextFile(root + LIST));
  const misfits = all.flatMap((it) => {
    try {
      return broken(Deno.readTextFileSync(root + it.file), it) && [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
  for (const misfit of misfits) console.error(misfit);
  const most = Number(Deno.env.get("BREAKAGES") ?? all.length);
  const chosen = parts.length > 0
    ? all.filter((it) =>
      Object.values(it).some((text) => parts.some((part) => text?.includes(part)))
    )
    : all.filter((_, i) =>
      Math.floor(i * most / all.length) < Math.floor((i + 1) * most / all.length)
    );
  if (misfits.length > 0) return 1;
  const waiting = [...chosen];
  let misses = 0;
  await Promise.all(Array.from({ length: JOBS }, async () => {
    const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-breakages-" });
    try {
      await copyTree(folder);
      for (let it = waiting.shift(); it; it = waiting.shift()) {
        const how = await tried(it, folder);
        if (how !== null) misses++;
        console.log(`${how ?? "caught"}  ${it.file}  ${it.before.trim()}  ${it.test}`);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));
  console.log(`${chosen.length - misses} of ${chosen.length} breakages caught`);
  return misses === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
