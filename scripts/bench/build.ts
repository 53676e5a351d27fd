// The programs that are measured: the bot as it is, the same without Telegram's limits, the yardsticks.
import { filesBelow } from "../imports.ts";

export const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

export interface Programs {
  /** What people install. */
  readonly bot: string;
  /** The same sources, but with no limit on what it sends. */
  readonly unlimited: string;
  /** See programs/yardstick.ts. */
  readonly yardstick: string;
}

/** Compiles all three by `deno task compile`; the copies lie in `folder`. */
export async function buildPrograms(folder: string): Promise<Programs> {
  await compile(root);
  const programs = `${root}/scripts/bench/programs`;
  const sources = Object.fromEntries(
    filesBelow(`${root}/src`).map((path) => [path, `${root}/src/${path}`]),
  );
  return {
    bot: `${root}/dist/bitrix24-bot`,
    unlimited: await variant(`${folder}/unlimited`, {
      ...sources,
      // The types it takes from the real one are gone by then.
      "domain/pace.ts": `${programs}/no_pace.ts`,
    }),
    yardstick: await variant(`${folder}/yardstick`, {
      "yardstick.ts": `${programs}/yardstick.ts`,
      // Without it no program with this driver starts.
      "deps/runtime.ts": `${root}/src/deps/runtime.ts`,
    }, 'import "./deps/runtime.ts";\nimport "./yardstick.ts";\n'),
  };
}

/** @param sources by their path below src/, where they come from; `main`: or what main.ts says */
async function variant(
  place: string,
  sources: Record<string, string>,
  main: string | null = null,
): Promise<string> {
  for (const [path, from] of Object.entries(sources)) {
    const copy = `${place}/src/${path}`;
    await Deno.mkdir(copy.slice(0, copy.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(from, copy);
  }
  if (main !== null) await Deno.writeTextFile(`${place}/src/main.ts`, main);
  for (const name of ["deno.json", "deno.lock"]) {
    await Deno.copyFile(`${root}/${name}`, `${place}/${name}`);
  }
  await compile(place);
  return `${place}/dist/bitrix24-bot`;
}

async function compile(place: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${root}/scripts/compile.ts`, "--root", place],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot compile ${place}: ${new TextDecoder().decode(stderr)}`);
}
