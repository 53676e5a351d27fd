import { elfImageEnd } from "../npm_runtime.ts";
import { runtimeConfig, runtimeLock, type Target } from "../stage.ts";
import { filesBelow, importsOf } from "../imports.ts";
import type { Bench } from "./bench.ts";
import { ownTarget, root, type Runnable } from "./compiled.ts";
import { freePort, Program, sleep, startMs, untilLive } from "./program.ts";
import { StandIns } from "./stand_ins_client.ts";
import { median, type Row } from "./table.ts";

const STARTS = 15;
const IDLE_MS = 60_000;
const SHORT_IDLE_MS = 5_000;
const IDLERS = 3;

/** From the start of the process to the first answer of /live. */
export async function start({ compiled, isShort }: Bench): Promise<Row[]> {
  await using standIns = await StandIns.start();
  const { env } = standIns;
  const ours: number[] = [];
  const bare: number[] = [];
  const folders = [await Deno.makeTempDir(), await Deno.makeTempDir()] as const;
  // The first one makes the database and is not counted.
  for (let count = 0; count <= (isShort ? 5 : STARTS); count++) {
    const times = [
      await startMs(compiled.product, { env, folder: folders[0] }),
      await startMs(compiled.hello, { env, folder: folders[1] }),
    ] as const;
    if (count === 0) continue;
    ours.push(times[0]);
    bare.push(times[1]);
  }
  for (const folder of folders) await Deno.remove(folder, { recursive: true });
  return [{
    name: "start until /live answers",
    about:
      `a restart, its database there; median of ${ours.length}; grammY with libSQL and a /live`,
    unit: "ms",
    figure: median(ours),
    yardstick: median(bare),
    target: { atMost: isShort ? 4 : 1.3 },
  }];
}

/** Resident memory of a program that has had nothing to do. */
export async function idle({ compiled, isShort }: Bench): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const begin = async (it: Runnable) => {
    // Two bots that poll with one token are told so, and grammY's ends then.
    const standIns = stack.use(await StandIns.start());
    const port = freePort();
    const env = { ...standIns.env, HEALTH_PORT: String(port) };
    const program = stack.use(new Program(it, { env }));
    await untilLive(port, program);
    return program;
  };
  const ours: Program[] = [];
  const bare: Program[] = [];
  for (let count = 0; count < IDLERS; count++) {
    ours.push(await begin(compiled.product));
    bare.push(await begin(compiled.hello));
  }
  await sleep(isShort ? SHORT_IDLE_MS : IDLE_MS);
  const memory = (programs: Program[]) => median(programs.map((it) => it.memoryMiB()));
  return [{
    name: "resident memory, idle",
    about: `${
      (isShort ? SHORT_IDLE_MS : IDLE_MS) / 1_000
    } s after the start; median of ${IDLERS}; the same hello`,
    unit: "MiB",
    figure: memory(ours),
    yardstick: memory(bare),
    target: { atMost: isShort ? 2 : 1.25 },
  }];
}

/** What the executable is made of, and the program of. */
export async function size({ compiled, folder }: Bench): Promise<Row[]> {
  const target = ownTarget();
  const { size: whole } = await Deno.stat(compiled.product.path);
  using file = await Deno.open(compiled.product.path);
  const header = new Uint8Array(64);
  await file.read(header);
  const bundle = await bundleBytes(folder);
  const least = elfImageEnd(header) + await driverBytes(target.driver) + bundle;
  return [{
    name: "size of the executable",
    about: `all of the file; the runtime, libSQL's driver, and ${
      megabytes(bundle)
    } MB of code as deno bundle makes it`,
    unit: "MB",
    figure: whole / 1e6,
    yardstick: least / 1e6,
    target: { atMost: 1.1 },
  }, ...await counts(target)];
}

async function bundleBytes(folder: string): Promise<number> {
  const output = `${folder}/bundle.js`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--output", output, `${root}/src/main.ts`],
    cwd: root,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot bundle: ${new TextDecoder().decode(stderr)}`);
  return (await Deno.stat(output)).size;
}

/** The native file of the driver in Deno's cache. */
async function driverBytes(name: string): Promise<number> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  const lock = JSON.parse(await Deno.readTextFile(`${root}/deno.lock`));
  const key = Object.keys(lock.npm).find((it) => it.startsWith(`${name}@`)) ?? "";
  const version = key.slice(name.length + 1);
  const path = `${npmCache}/registry.npmjs.org/${name}/${version}/index.node`;
  return (await Deno.stat(path)).size;
}

async function counts(target: Target): Promise<Row[]> {
  const config = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const specifiers: string[] = [];
  for (const path of filesBelow(`${root}/src`)) {
    const source = path.endsWith(".ts") ? await Deno.readTextFile(`${root}/src/${path}`) : "";
    specifiers.push(...importsOf(source).filter((it) => !it.isTypeOnly).map((it) => it.specifier));
  }
  const packages = new Set(
    Object.values(runtimeConfig(config, specifiers).imports)
      .map((it) => /^npm:(@?[^@]+)@/.exec(it)?.[1] ?? it),
  );
  const lock = JSON.parse(await Deno.readTextFile(`${root}/deno.lock`));
  const all = closure([...packages], runtimeLock(lock, target).npm ?? {}).size;
  const told = (name: string, figure: number, unit: string, about: string): Row => (
    { name, about, unit, figure, yardstick: null, target: null }
  );
  return [
    told(
      "source",
      await linesBelow(`${root}/src`),
      "lines",
      "of TypeScript below src, with comments",
    ),
    told("tests", await linesBelow(`${root}/tests`), "lines", "of TypeScript below tests"),
    told("dependencies, direct", packages.size, "packages", "that src imports"),
    told(
      "dependencies, all",
      all,
      "packages",
      "that deno.lock pins for them on this kind of machine",
    ),
  ];
}

/** These packages and all that they need, by the names that the lock file has for them. */
function closure(
  names: readonly string[],
  locked: NonNullable<ReturnType<typeof runtimeLock>["npm"]>,
): Set<string> {
  const keys = Object.keys(locked);
  const found = new Set<string>();
  const visit = (name: string) => {
    // A dependency is written with its version only where there are several of it.
    const key = keys.find((it) => it === name || it.startsWith(`${name}@`));
    if (key === undefined || found.has(key)) return;
    found.add(key);
    const { dependencies = [], optionalDependencies = [] } = locked[key] ?? {};
    for (const it of [...dependencies, ...optionalDependencies]) visit(it);
  };
  for (const name of names) visit(name);
  return found;
}

async function linesBelow(folder: string): Promise<number> {
  let count = 0;
  for (const path of filesBelow(folder)) {
    if (!path.endsWith(".ts")) continue;
    count += (await Deno.readTextFile(`${folder}/${path}`)).split("\n").length - 1;
  }
  return count;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
