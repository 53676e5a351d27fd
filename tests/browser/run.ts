// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task test:browser`: the tests of the demo's page in a real browser. The folder of screenshots
// is emptied first and listed at the end, before the closing line. SCREENSHOTS names another folder,
// BITRIX24_BOT_BINARY a compiled program instead of the sources.
import { printButLastLine } from "../closing_line.ts";
import { BROWSER_AT, SCREENSHOTS, serveBrowser, whyNoBrowser } from "./browser.ts";

/** Files that run at the same time: a browser and a demo for each keep two processors busy. */
const JOBS = Deno.env.get("DENO_JOBS") ?? "3";

const ROOT = new URL("../..", import.meta.url).pathname;

async function main(): Promise<number> {
  const reason = await whyNoBrowser();
  if (reason !== null) console.log(`The page is not tested in a browser: ${reason}`);
  for (const { name } of await screenshots()) await Deno.remove(`${SCREENSHOTS}/${name}`);
  const browser = reason === null ? await serveBrowser() : null;
  try {
    return await test({
      BROWSER: "1",
      DENO_JOBS: JOBS,
      ...(browser ? { [BROWSER_AT]: browser.at } : {}),
    });
  } finally {
    await browser?.close();
  }
}

async function test(env: Record<string, string>): Promise<number> {
  const isNarrow = Deno.args.some((it) => /\/|\.ts$/.test(it));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", `${ROOT}scripts/test.ts`],
      ...(isNarrow ? [] : [`${ROOT}tests/browser/`]),
      ...Deno.args,
    ],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const closing = await printButLastLine(child.stdout);
  const files = await screenshots();
  if (files.length > 0) console.log(`Screenshots in ${SCREENSHOTS}:`);
  for (const { name } of files) console.log(`  ${name}`);
  console.log(closing);
  return (await child.status).code;
}

/** What earlier tests, or these, have left behind. */
async function screenshots(): Promise<Deno.DirEntry[]> {
  const files = await Array.fromAsync(Deno.readDir(SCREENSHOTS)).catch(() => []);
  return files.filter((it) => /\.(png|yaml)$/.test(it.name))
    .sort((a, b) => a.name.localeCompare(b.name));
}

if (import.meta.main) Deno.exit(await main());
