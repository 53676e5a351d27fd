// The programs that are measured: the bot as it is, the same without Telegram's limits, the yardsticks.
import { chooseCompiler, FLAGS } from "../compile.ts";
import { filesBelow } from "../imports.ts";
import { runtimeConfig, runtimeLock, TARGETS } from "../stage.ts";

export const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

const PROGRAMS = `${root}/scripts/bench/programs`;

export interface Programs {
  /** What people install. */
  readonly bot: string;
  /** The same sources, but with no limit on what it sends. */
  readonly unlimited: string;
  /** See programs/yardstick.ts. */
  readonly yardstick: string;
}

/** Compiles all three; the copies lie in `folder`. */
export async function buildPrograms(folder: string): Promise<Programs> {
  await compile(root);
  return {
    bot: `${root}/dist/bitrix24-bot`,
    unlimited: await withoutLimits(`${folder}/unlimited`),
    yardstick: await bare(`${folder}/yardstick`),
  };
}

/** The bot as it is, but for the one module that knows Telegram's limits. */
async function withoutLimits(place: string): Promise<string> {
  for (const path of filesBelow(`${root}/src`)) {
    await copy(`${root}/src/${path}`, `${place}/src/${path}`);
  }
  await Deno.copyFile(`${PROGRAMS}/no_pace.ts`, `${place}/src/domain/pace.ts`);
  for (const name of ["deno.json", "deno.lock"]) await copy(`${root}/${name}`, `${place}/${name}`);
  await compile(place);
  return `${place}/dist/bitrix24-bot`;
}

/** Compiled by the same compiler with the same permissions, but as anybody would, not bundled. */
async function bare(place: string): Promise<string> {
  const target = TARGETS.find((it) => it.triple === Deno.build.target);
  if (!target) throw new Error(`libSQL has no driver for ${Deno.build.target}`);
  await copy(`${PROGRAMS}/yardstick.ts`, `${place}/yardstick.ts`);
  // Without it no program with this driver starts.
  await copy(`${root}/src/deps/runtime.ts`, `${place}/runtime.ts`);
  await Deno.writeTextFile(
    `${place}/main.ts`,
    'import "./runtime.ts";\nimport "./yardstick.ts";\n',
  );
  const read = async (name: string) => JSON.parse(await Deno.readTextFile(`${root}/${name}`));
  const packages = ["@libsql/client", "grammy", "@grammyjs/runner"];
  const config = runtimeConfig(await read("deno.json"), packages);
  await Deno.writeTextFile(`${place}/deno.json`, JSON.stringify(config));
  const lock = runtimeLock(await read("deno.lock"), target);
  await Deno.writeTextFile(`${place}/deno.lock`, JSON.stringify(lock));
  const { command: [program, ...before], options, env } = await chooseCompiler(target);
  const flags = FLAGS.filter((it) => !it.startsWith("--v8-flags"));
  const output = `${place}/yardstick`;
  await run(program, {
    args: [...before, "compile", ...options, ...flags, "--output", output, `${place}/main.ts`],
    cwd: place,
    env,
  });
  return output;
}

async function compile(place: string): Promise<void> {
  await run(Deno.execPath(), {
    args: ["run", "-A", `${root}/scripts/compile.ts`, "--root", place],
  });
}

async function run(program: string, options: Deno.CommandOptions): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    ...options,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot compile: ${new TextDecoder().decode(stderr)}`);
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(from, to);
}
