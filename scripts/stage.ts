// What the compiler is given: the sources in a few bundles, and the packages with native code. Loaded
// module by module, the program took a third longer to start, and was 8 MB larger.
import { filesBelow, importsOf } from "./imports.ts";

/** A kind of machine that the program can be compiled for. */
export interface Target {
  /** As Deno names it. */
  readonly triple: string;
  /** The package of libSQL's driver for it. */
  readonly driver: string;
  /** What it is called in names of files. */
  readonly name: string;
}

/** Those of servers. */
export const SERVERS: readonly Target[] = [
  { triple: "x86_64-unknown-linux-gnu", driver: "@libsql/linux-x64-gnu", name: "linux-x86_64" },
  { triple: "aarch64-unknown-linux-gnu", driver: "@libsql/linux-arm64-gnu", name: "linux-arm64" },
];

export const TARGETS: readonly Target[] = [
  ...SERVERS,
  { triple: "x86_64-apple-darwin", driver: "@libsql/darwin-x64", name: "macos-x86_64" },
  { triple: "aarch64-apple-darwin", driver: "@libsql/darwin-arm64", name: "macos-arm64" },
];

/** The part of deno.json that is read here. */
interface DenoConfig {
  readonly imports: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

interface Lock {
  readonly npm?: Readonly<Record<string, LockedPackage>>;
  readonly [key: string]: unknown;
}

interface LockedPackage {
  readonly integrity: string;
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
  readonly [key: string]: unknown;
}

/** The demo's page, below src/. */
const PAGE = "demo/page/";

/** Embedded files carry their times, which must say nothing of when or where they were compiled. */
const FILE_TIME = new Date(0);

/** Not bundled: they bring native code, which they look for beside them. */
const NATIVE = ["@libsql/client", "libsql"];

/** What the compiler needs to be told besides src/main.js. */
export interface Staged {
  /** What no import leads to: files that are read. */
  readonly unimported: readonly string[];
}

/**
 * Fills the empty folder `stage` with all that is compiled, the same bytes for the same sources.
 * `commit` is what the program will say that it was made of, `builtAt` when the sources were last
 * changed, in milliseconds since the epoch, null for unknown. Throws when something is not as locked.
 */
export async function stageProgram(
  root: string,
  stage: string,
  { target, commit, builtAt }: { target: Target; commit: string; builtAt: number | null },
): Promise<Staged> {
  const sources = `${stage}/sources`;
  const paths = filesBelow(`${root}/src`);
  const specifiers: string[] = [];
  for (const path of paths) {
    await copy(`${root}/src/${path}`, `${sources}/src/${path}`);
    if (!path.endsWith(".ts")) continue;
    const source = await Deno.readTextFile(`${root}/src/${path}`);
    specifiers.push(...importsOf(source).map((it) => it.specifier));
  }
  const config: DenoConfig = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const lock: Lock = JSON.parse(await Deno.readTextFile(`${root}/deno.lock`));
  const lean = runtimeLock(lock, target);
  // With a folder of packages of its own, the bundle names no folder of this machine.
  const bundled = {
    ...runtimeConfig(config, specifiers),
    commit,
    ...(builtAt === null ? {} : { builtAt }),
    nodeModulesDir: "auto",
  };
  await writeJson(`${sources}/deno.json`, bundled);
  await writeJson(`${sources}/deno.lock`, lean);
  await deno(["install", "--quiet"], sources);
  await useWebBuildOfGrammy(`${sources}/node_modules`);
  await bundle(sources, `${stage}/src`, "main.ts");
  const stray = strayPackages(lock, JSON.parse(await Deno.readTextFile(`${sources}/deno.lock`)));
  if (stray.length > 0) throw new Error(`Not as in deno.lock: ${stray.join(", ")}`);
  await Deno.remove(sources, { recursive: true });

  // What is found by its place is looked for beside the bundles, all of which lie in one folder.
  const unimported: string[] = [];
  for (const page of paths.filter((it) => it.startsWith(PAGE))) {
    const beside = `${stage}/src/page/${page.slice(PAGE.length)}`;
    await copy(`${root}/src/${page}`, beside);
    unimported.push(beside);
  }
  await writeJson(`${stage}/deno.json`, runtimeConfig(config, NATIVE));
  await writeJson(`${stage}/deno.lock`, lean);
  for (const path of filesBelow(stage)) await Deno.utime(`${stage}/${path}`, FILE_TIME, FILE_TIME);
  return { unimported };
}

/** The entry with all that it imports; what is needed later, by itself. */
async function bundle(root: string, target: string, entry: string): Promise<void> {
  await deno([
    "bundle",
    "--quiet",
    "--platform",
    "deno",
    "--code-splitting",
    ...NATIVE.flatMap((it) => ["--external", it]),
    "--outdir",
    target,
    `src/${entry}`,
  ], root);
}

/**
 * @grammyjs/runner asks for grammY as Node would get it, with a second fetch and a second URL parser:
 * 5 MiB and a tenth of the start. It gets the same as we do.
 */
async function useWebBuildOfGrammy(packages: string): Promise<void> {
  const [folder] = [...Deno.readDirSync(`${packages}/.deno`)]
    .filter((it) => it.name.startsWith("grammy@"));
  const path = `${packages}/.deno/${folder?.name}/node_modules/grammy/package.json`;
  const manifest = JSON.parse(await Deno.readTextFile(path));
  if (!manifest.exports?.["."]?.node) throw new Error("grammY has no build for Node any more");
  delete manifest.exports["."].node;
  // A new file: the old one may be the very one in Deno's cache.
  await Deno.remove(path);
  await writeJson(path, manifest);
}

async function deno(args: string[], cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`deno ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(from, to);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(value, null, 2));
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

/**
 * deno.lock without what a program never loads: libSQL's drivers for other machines and the other C
 * library, 9 MB each, and packages of mere types. What is locked to depend on nothing is not embedded.
 */
export function runtimeLock(lock: Lock, { driver }: Target): Lock {
  const isUsed = (name: string) => {
    if (/^@libsql\/(darwin|linux|win32)-/.test(name)) return name === driver;
    return !/^(@types\/|undici-types$)/.test(name);
  };
  const npm = Object.entries(lock.npm ?? {}).filter(([key]) => isUsed(nameOf(key)));
  const lean = npm.map(([key, it]) => {
    const { dependencies, optionalDependencies, ...rest } = it;
    return [key, {
      ...rest,
      ...(dependencies ? { dependencies: dependencies.filter(isUsed) } : {}),
      ...(optionalDependencies
        ? { optionalDependencies: optionalDependencies.filter(isUsed) }
        : {}),
    }];
  });
  return { ...lock, npm: Object.fromEntries(lean) };
}

/** Packages in `after` that `before` does not pin to the same content; none unless something broke. */
export function strayPackages(before: Lock, after: Lock): string[] {
  return Object.entries(after.npm ?? {})
    .filter(([name, { integrity }]) => before.npm?.[name]?.integrity !== integrity)
    .map(([name]) => name);
}

/** `@libsql/client` of `@libsql/client@0.18.0`. */
function nameOf(key: string): string {
  return key.slice(0, key.indexOf("@", 1));
}
