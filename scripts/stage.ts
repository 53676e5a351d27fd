// What the compiler is given: the sources, and of deno.json and deno.lock only what the program needs.
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

/** Embedded files carry their times, which must say nothing of when or where they were compiled. */
const FILE_TIME = new Date(0);

/**
 * Fills the empty folder `stage` with all that is compiled, the same bytes for the same sources.
 * `commit` is what the program will say that it was made of.
 */
export async function stageSources(
  root: string,
  stage: string,
  { target, commit }: { target: Target; commit: string },
): Promise<void> {
  const specifiers: string[] = [];
  for (const path of filesBelow(`${root}/src`)) {
    const copy = `${stage}/src/${path}`;
    await Deno.mkdir(copy.slice(0, copy.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(`${root}/src/${path}`, copy);
    if (!path.endsWith(".ts")) continue;
    const source = await Deno.readTextFile(copy);
    specifiers.push(...importsOf(source).map((it) => it.specifier));
  }
  const config: DenoConfig = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const staged = { ...runtimeConfig(config, specifiers), commit };
  await Deno.writeTextFile(`${stage}/deno.json`, JSON.stringify(staged, null, 2));
  const lock: Lock = JSON.parse(await Deno.readTextFile(`${root}/deno.lock`));
  await Deno.writeTextFile(`${stage}/deno.lock`, JSON.stringify(runtimeLock(lock, target)));
  for (const path of filesBelow(stage)) await Deno.utime(`${stage}/${path}`, FILE_TIME, FILE_TIME);
}

/**
 * What no import leads to, so that the compiler has to be told of it: modules that are started by name,
 * as workers, and the files of the demo's page, which are read.
 */
export function unimportedIn(folder: string): string[] {
  const files = filesBelow(folder).filter((it) =>
    it.endsWith("_worker.ts") || it.startsWith("demo/page/")
  );
  return files.map((it) => `${folder}/${it}`);
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
