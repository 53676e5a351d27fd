// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task compile`: dist/bitrix24-bot for this machine. `deno task compile:all`: one for each Linux.
//
// Deno's compiler appends the program to a runtime, `denort`, of the compiler's own version, which it
// gets from dl.deno.land. Where that host is out of reach, an older pair of both comes from the npm
// registry instead: see npm_runtime.ts. COMPILE_RUNTIME=deno or =npm decides beforehand.
//
// The same sources make the same bytes. The commit that `--version` tells comes from git, or, where
// there is no repository, from SOURCE_COMMIT; the time of that commit likewise, or from SOURCE_DATE_EPOCH.
//
// Options: --root DIR compiles another folder with src/main.ts, deno.json and deno.lock; --all.
import { NPM_COMPILER, runtimeFromNpm } from "./npm_runtime.ts";
import { SERVERS, stageProgram, strayPackages, type Target, TARGETS } from "./stage.ts";

const RUNTIME_HOST = "https://dl.deno.land";
/** Long enough for a slow line; a machine without a way out often fails only by waiting. */
const PROBE_TIMEOUT_MS = 5_000;

/** Those of `deno compile`. */
export const FLAGS = [
  // Types are the check task's business, with the current compiler.
  "--no-check",
  // On a terminal a missing permission would ask and wait; a service must fail instead.
  "--no-prompt",
  // V8 would run what is in $TMPDIR/deno-compile-<name>.cache instead of the program, whoever left it.
  "--no-code-cache",
  // Settings; their names are many, and libSQL reads one of its own.
  "--allow-env",
  // libSQL is native code. It does what it likes anyway: confinement is systemd's or Docker's work.
  "--allow-ffi",
  // Telegram, the status hosts, a proxy, a database server: all chosen by the operator.
  "--allow-net",
  // The database, the log, .env, the token file, where the operator wants them. Paths baked in here
  // would be relative to wherever the program is started.
  "--allow-read",
  "--allow-write",
  // Itself, for the heavy work on the database; tests/imports_test.ts sees that it is nothing else. Its
  // own path is not known here.
  "--allow-run",
  // All code is inside; by default some hosts may be imported from.
  "--deny-import",
  // V8 collects lazily: 10,000 commands took the process from 95 to 310 MiB. When the heap may grow by
  // four fifths before it is collected, and the young part of it is 4 MiB, a long life ends at 139 MiB;
  // without threads of its own the collector takes less processor time. At a fifth it is 135 MiB, and
  // the slowest of 200 commands take 88 ms instead of 66; at one and a half it is 150 MiB, and an export
  // of a million incidents takes 35 MiB instead of 22. --optimize-for-size takes twice the time.
  // --expose-gc: a connection to the database is let go of by the collector alone (src/store/file_link.ts).
  "--v8-flags=--heap-growing-percent=80,--max-semi-space-size=4,--single-threaded-gc,--expose-gc",
  // Deno.createHttpClient for TELEGRAM_PROXY and the datagram to systemd's notify socket.
  "--unstable-net",
];

export interface Compiler {
  readonly command: readonly [string, ...string[]];
  readonly options: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Compiles `root`/src/main.ts to the file `output`. Throws when it cannot be done. */
async function compile(root: string, target: Target, output: string): Promise<void> {
  const compiler = await chooseCompiler(target);
  const stage = await Deno.makeTempDir({ prefix: "bitrix24-bot-compile-" });
  try {
    const commit = await commitOf(root);
    const builtAt = await changedAt(root);
    const { unimported } = await stageProgram(root, stage, { target, commit, builtAt });
    await Deno.mkdir(`${root}/dist`, { recursive: true });
    const fresh = `${output}.new`;
    const [program, ...before] = compiler.command;
    await run(program, {
      args: [
        ...before,
        "compile",
        ...compiler.options,
        "--config",
        `${stage}/deno.json`,
        ...FLAGS,
        ...unimported.flatMap((path) => ["--include", path]),
        "--output",
        fresh,
        `${stage}/src/main.js`,
      ],
      cwd: stage,
      env: compiler.env,
    });
    const used = JSON.parse(await Deno.readTextFile(`${stage}/deno.lock`));
    const stray = strayPackages(JSON.parse(await Deno.readTextFile(`${root}/deno.lock`)), used);
    if (stray.length > 0) throw new Error(`Not as in deno.lock: ${stray.join(", ")}`);
    // Away from the sources and without our environment, as a stranger would start it.
    if (isOurs(target)) await run(fresh, { args: ["--version"], cwd: stage, clearEnv: true });
    // A running program's file cannot be written to, but it can be replaced.
    await Deno.rename(fresh, output);
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

function isOurs({ triple }: Target): boolean {
  return triple === Deno.build.target;
}

/** The compiler to be used here, and how. */
export async function chooseCompiler(target: Target): Promise<Compiler> {
  const wish = Deno.env.get("COMPILE_RUNTIME");
  if (wish !== undefined && wish !== "deno" && wish !== "npm") {
    throw new Error(`COMPILE_RUNTIME is ${JSON.stringify(wish)}; it takes deno or npm`);
  }
  if (wish === "deno" || (wish === undefined && await isRuntimeWithinReach(target))) {
    console.error(`Compiling with Deno ${Deno.version.deno} and its own runtime`);
    const options = isOurs(target) ? [] : ["--target", target.triple];
    return { command: [Deno.execPath()], options, env: {} };
  }
  const runtime = await runtimeFromNpm(target.triple);
  console.error(`Compiling with Deno ${NPM_COMPILER} and its runtime, both from the npm registry`);
  return {
    command: ["npx", "--yes", `deno@${NPM_COMPILER}`],
    options: [],
    env: {
      DENORT_BIN: runtime,
      // This older Deno does not look at the system's certificates by itself.
      DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "mozilla,system",
    },
  };
}

/** DENORT_BIN is Deno's own switch for a runtime that is here already. */
async function isRuntimeWithinReach({ triple }: Target): Promise<boolean> {
  if (Deno.env.get("DENORT_BIN")) return true;
  try {
    const response = await fetch(
      `${RUNTIME_HOST}/release/v${Deno.version.deno}/denort-${triple}.zip`,
      { method: "HEAD", signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) },
    );
    return response.ok;
  } catch {
    return false;
  }
}

/** The commit that is compiled, as `--version` will tell it. */
async function commitOf(root: string): Promise<string> {
  const given = Deno.env.get("SOURCE_COMMIT")?.trim();
  if (given) return given;
  try {
    // Not the repository of whatever folder a mere copy of the sources lies in.
    if (await git(root, "rev-parse", "--show-prefix") !== "") return "unknown";
    const commit = await git(root, "rev-parse", "--short=12", "HEAD");
    return await git(root, "status", "--porcelain") === "" ? commit : `${commit} with changes`;
  } catch {
    return "unknown";
  }
}

/** When the sources were last changed, in milliseconds since the epoch; null where nobody knows. */
async function changedAt(root: string): Promise<number | null> {
  // https://reproducible-builds.org/specs/source-date-epoch/
  const given = Number(Deno.env.get("SOURCE_DATE_EPOCH")?.trim() || NaN);
  if (Number.isSafeInteger(given)) return given * 1000;
  try {
    if (await git(root, "rev-parse", "--show-prefix") !== "") return null;
    return Number(await git(root, "log", "-1", "--format=%ct")) * 1000;
  } catch {
    return null;
  }
}

async function git(root: string, ...args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command("git", {
    args: ["-C", root, ...args],
    stderr: "null",
  }).output();
  if (!success) throw new Error("No repository");
  return new TextDecoder().decode(stdout).trim();
}

async function run(command: string, options: Deno.CommandOptions): Promise<void> {
  const { success, code } = await new Deno.Command(command, options).spawn().status;
  if (!success) throw new Error(`${command} ended with exit code ${code}`);
}

/** What to compile, and where to. */
function wishes(args: readonly string[]): { root: string; isAll: boolean } {
  let root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
  let isAll = false;
  for (let at = 0; at < args.length; at++) {
    const folder = args[at + 1];
    if (args[at] === "--all") isAll = true;
    else if (args[at] === "--root" && folder !== undefined) {
      root = Deno.realPathSync(folder);
      at++;
    } else throw new Error("Usage: deno task compile [--root DIR] [--all]");
  }
  return { root, isAll };
}

async function main(): Promise<number> {
  let failures = 0;
  try {
    const { root, isAll } = wishes(Deno.args);
    const targets = isAll ? SERVERS : TARGETS.filter(isOurs);
    if (targets.length === 0) throw new Error(`libSQL has no driver for ${Deno.build.target}`);
    for (const target of targets) {
      const output = `${root}/dist/bitrix24-bot${isAll ? `-${target.name}` : ""}`;
      const start = performance.now();
      try {
        await compile(root, target, output);
        const { size } = await Deno.stat(output);
        const seconds = ((performance.now() - start) / 1000).toFixed(1);
        console.log(`${output}: ${(size / 1e6).toFixed(1)} MB in ${seconds} s`);
      } catch (error) {
        failures++;
        console.error(
          `Cannot compile for ${target.name}: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
  } catch (error) {
    failures++;
    console.error(`Cannot compile: ${error instanceof Error ? error.message : error}`);
  }
  return failures > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main());
