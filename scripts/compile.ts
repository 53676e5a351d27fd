// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task compile`: dist/bitrix24-bot for this machine.
//
// Deno's compiler appends the program to a runtime, `denort`, of the compiler's own version, which it
// gets from dl.deno.land. Where that host is out of reach, an older pair of both comes from the npm
// registry instead: see npm_runtime.ts. COMPILE_RUNTIME=deno or =npm decides beforehand.
//
// Options: --root DIR compiles another folder with src/main.ts, deno.json and deno.lock.
import { filesBelow, importsOf } from "./imports.ts";
import { NPM_COMPILER, runtimeFromNpm } from "./npm_runtime.ts";

const RUNTIME_HOST = "https://dl.deno.land";
/** Long enough for a slow line; a machine without a way out often fails only by waiting. */
const PROBE_TIMEOUT_MS = 5_000;

const FLAGS = [
  // Types are the check task's business, with the current compiler.
  "--no-check",
  // On a terminal a missing permission would ask and wait; a service must fail instead.
  "--no-prompt",
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
  // Deno.createHttpClient for TELEGRAM_PROXY and the datagram to systemd's notify socket.
  "--unstable-net",
];

interface Compiler {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The part of deno.json that this script reads. */
interface DenoConfig {
  readonly imports: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

interface Lock {
  readonly npm?: Readonly<Record<string, { readonly integrity: string }>>;
}

/**
 * deno.json for the program alone. The compiler embeds every package that the configuration names,
 * used or not, so those of the tests must not be in it.
 */
export function runtimeConfig(config: DenoConfig, specifiers: Iterable<string>): DenoConfig {
  const used = new Set(specifiers);
  const imports = Object.fromEntries(
    Object.entries(config.imports).filter(([name]) => used.has(name)),
  );
  const { tasks: _tasks, fmt: _fmt, lint: _lint, exclude: _exclude, ...rest } = config;
  // Not frozen: the entries of the packages left out are dropped from the copy.
  return { ...rest, imports, lock: { frozen: false } };
}

/** Packages in `after` that `before` does not pin to the same content; none unless something broke. */
export function strayPackages(before: Lock, after: Lock): string[] {
  return Object.entries(after.npm ?? {})
    .filter(([name, { integrity }]) => before.npm?.[name]?.integrity !== integrity)
    .map(([name]) => name);
}

/** Compiles `root`/src/main.ts and returns the path of the program. */
export async function compile(root: string): Promise<string> {
  const compiler = await chooseCompiler();
  const stage = await Deno.makeTempDir({ prefix: "bitrix24-bot-compile-" });
  try {
    const lock = await Deno.readTextFile(`${root}/deno.lock`);
    await stageSources(root, stage);
    await Deno.writeTextFile(`${stage}/deno.lock`, lock);

    const output = `${root}/dist/bitrix24-bot`;
    const fresh = `${output}.new`;
    await Deno.mkdir(`${root}/dist`, { recursive: true });
    await run(compiler.command, {
      args: [
        ...compiler.args,
        "compile",
        "--config",
        `${stage}/deno.json`,
        ...FLAGS,
        ...workersIn(`${stage}/src`).flatMap((path) => ["--include", path]),
        "--output",
        fresh,
        `${stage}/src/main.ts`,
      ],
      cwd: stage,
      env: compiler.env,
    });
    const used = JSON.parse(await Deno.readTextFile(`${stage}/deno.lock`));
    const stray = strayPackages(JSON.parse(lock), used);
    if (stray.length > 0) throw new Error(`Not as in deno.lock: ${stray.join(", ")}`);

    // Away from the sources and without our environment, as a stranger would start it.
    await run(fresh, { args: ["--version"], cwd: stage, clearEnv: true });
    // A running program's file cannot be written to, but it can be replaced.
    await Deno.rename(fresh, output);
    return output;
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

/** Modules that are started by name, as workers: the compiler sees no import that leads to them. */
function workersIn(folder: string): string[] {
  const workers = filesBelow(folder).filter((it) => it.endsWith("_worker.ts"));
  return workers.map((it) => `${folder}/${it}`);
}

async function stageSources(root: string, stage: string): Promise<void> {
  const specifiers: string[] = [];
  for (const path of filesBelow(`${root}/src`)) {
    const target = `${stage}/src/${path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(`${root}/src/${path}`, target);
    if (!path.endsWith(".ts")) continue;
    const source = await Deno.readTextFile(target);
    specifiers.push(...importsOf(source).map((it) => it.specifier));
  }
  const config: DenoConfig = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const staged = JSON.stringify(runtimeConfig(config, specifiers), null, 2);
  await Deno.writeTextFile(`${stage}/deno.json`, staged);
}

async function chooseCompiler(): Promise<Compiler> {
  const wish = Deno.env.get("COMPILE_RUNTIME");
  if (wish !== undefined && wish !== "deno" && wish !== "npm") {
    throw new Error(`COMPILE_RUNTIME is ${JSON.stringify(wish)}; it takes deno or npm`);
  }
  if (wish === "deno" || (wish === undefined && await isRuntimeWithinReach())) {
    console.log(`Compiling with Deno ${Deno.version.deno} and its own runtime`);
    return { command: Deno.execPath(), args: [], env: {} };
  }
  console.log(`Compiling with Deno ${NPM_COMPILER} and its runtime, both from the npm registry`);
  return {
    command: "npx",
    args: ["--yes", `deno@${NPM_COMPILER}`],
    env: {
      DENORT_BIN: await runtimeFromNpm(),
      // This older Deno does not look at the system's certificates by itself.
      DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "mozilla,system",
    },
  };
}

/** DENORT_BIN is Deno's own switch for a runtime that is here already. */
async function isRuntimeWithinReach(): Promise<boolean> {
  if (Deno.env.get("DENORT_BIN")) return true;
  const file = `denort-${Deno.build.target}.zip`;
  try {
    const response = await fetch(`${RUNTIME_HOST}/release/v${Deno.version.deno}/${file}`, {
      method: "HEAD",
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    return response.ok;
  } catch {
    return false;
  }
}

async function run(command: string, options: Deno.CommandOptions): Promise<void> {
  const { success, code } = await new Deno.Command(command, options).spawn().status;
  if (!success) throw new Error(`${command} ended with exit code ${code}`);
}

function rootFrom(args: readonly string[]): string {
  const [option, folder, ...rest] = args;
  if (option === undefined) return new URL("..", import.meta.url).pathname.replace(/\/$/, "");
  if (option !== "--root" || folder === undefined || rest.length > 0) {
    throw new Error("Usage: deno task compile [--root DIR]");
  }
  return Deno.realPathSync(folder);
}

async function main(): Promise<number> {
  const start = performance.now();
  try {
    const program = await compile(rootFrom(Deno.args));
    const { size } = await Deno.stat(program);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${program}: ${(size / 1e6).toFixed(1)} MB in ${seconds} s`);
    return 0;
  } catch (error) {
    console.error(`Cannot compile: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main());
