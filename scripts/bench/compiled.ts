// The programs that are measured: the bot as it is, the same for experiments, the yardsticks.
import { chooseCompiler, FLAGS } from "../compile.ts";
import { filesBelow, importsOf } from "../imports.ts";
import { runtimeConfig, runtimeLock, type Target, TARGETS } from "../stage.ts";

/** An executable and how it is started. */
export interface Runnable {
  readonly path: string;
  readonly args?: readonly string[];
}

export interface Compiled {
  /** What people install. */
  readonly product: Runnable;
  /** The same, but with SPEED its clock runs faster, and with UNLIMITED Telegram's limits are ignored. */
  readonly variant: Runnable;
  /** See programs/. */
  readonly hello: Runnable;
  readonly constant: Runnable;
  readonly bare: Runnable;
  readonly floor: Runnable;
}

export const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const PROGRAMS = `${root}/scripts/bench/programs`;

/** Compiles all of them; the others than the product into `folder`. Throws when one cannot be. */
export async function compileAll(folder: string): Promise<Compiled> {
  await run(Deno.execPath(), { args: ["run", "-A", `${root}/scripts/compile.ts`] });
  // Plainly: V8 as it comes.
  const plain = FLAGS.filter((it) => !it.startsWith("--v8-flags"));
  const yardstick = await compileYardstick(`${folder}/yardstick`, plain);
  return {
    product: { path: `${root}/dist/bitrix24-bot` },
    variant: { path: await compileVariant(`${folder}/variant`) },
    hello: { path: yardstick, args: ["hello"] },
    constant: { path: yardstick, args: ["constant"] },
    bare: { path: yardstick, args: ["bare"] },
    // It keeps our promise about memory too.
    floor: { path: await compileYardstick(`${folder}/floor`, FLAGS), args: ["floor"] },
  };
}

/** For this kind of machine. Throws where libSQL has no driver. */
export function ownTarget(): Target {
  const target = TARGETS.find((it) => it.triple === Deno.build.target);
  if (!target) throw new Error(`libSQL has no driver for ${Deno.build.target}`);
  return target;
}

/** A copy of the product, its clock and its limits replaced, compiled as the product is. */
async function compileVariant(place: string): Promise<string> {
  return await compileCopy(place, async () => {
    await copy(`${PROGRAMS}/warp.ts`, `${place}/src/warp.ts`);
    await edit(`${place}/src/main.ts`, (source) => `import "./warp.ts";\n${source}`);
    await Deno.rename(`${place}/src/domain/send_limits.ts`, `${place}/src/domain/limits.ts`);
    await copy(`${PROGRAMS}/send_limits.ts`, `${place}/src/domain/send_limits.ts`);
    await edit(
      `${place}/src/domain/send_limits.ts`,
      (source) => source.replaceAll("../../../src/domain/send_limits.ts", "./limits.ts"),
    );
  });
}

/** Copies the sources to `place`, has them changed, and compiles them as the product is. */
export async function compileCopy(place: string, change: () => Promise<void>): Promise<string> {
  for (const path of filesBelow(`${root}/src`)) {
    await copy(`${root}/src/${path}`, `${place}/src/${path}`);
  }
  for (const name of ["deno.json", "deno.lock"]) await copy(`${root}/${name}`, `${place}/${name}`);
  await change();
  await run(Deno.execPath(), {
    args: ["run", "-A", `${root}/scripts/compile.ts`, "--root", place],
  });
  return `${place}/dist/bitrix24-bot`;
}

/** By the same compiler with the same permissions, but not bundled. */
async function compileYardstick(place: string, flags: readonly string[]): Promise<string> {
  const target = ownTarget();
  const specifiers: string[] = [];
  for (const name of ["yardstick", "hello", "constant", "bare", "floor"]) {
    await copy(`${PROGRAMS}/${name}.ts`, `${place}/${name}.ts`);
    specifiers.push(
      ...importsOf(await Deno.readTextFile(`${place}/${name}.ts`)).map((it) => it.specifier),
    );
  }
  // libSQL's loader wants to know the machine otherwise, which neither may ask.
  await copy(`${root}/src/deps/runtime.ts`, `${place}/runtime.ts`);
  await edit(
    `${place}/yardstick.ts`,
    (source) => source.replaceAll("../../../src/deps/", "./"),
  );
  const read = async (name: string) => JSON.parse(await Deno.readTextFile(`${root}/${name}`));
  const config = runtimeConfig(await read("deno.json"), specifiers);
  await Deno.writeTextFile(`${place}/deno.json`, JSON.stringify(config));
  const lock = runtimeLock(await read("deno.lock"), target);
  await Deno.writeTextFile(`${place}/deno.lock`, JSON.stringify(lock));
  const { command: [program, ...before], options, env } = await chooseCompiler(target);
  const output = `${place}/program`;
  await run(program, {
    args: [...before, "compile", ...options, ...flags, "--output", output, `${place}/yardstick.ts`],
    cwd: place,
    env,
  });
  return output;
}

async function run(program: string, options: Deno.CommandOptions): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    ...options,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot compile: ${new TextDecoder().decode(stderr)}`);
}

export async function edit(path: string, change: (source: string) => string): Promise<void> {
  await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
}

export async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(from, to);
}
