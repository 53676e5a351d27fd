// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task test:browser`: the tests of the demo's page in a real browser. The folder of screenshots
// is emptied first and listed at the end, before the closing line. SCREENSHOTS names another folder,
// BITRIX24_BOT_BINARY a compiled program instead of the sources.
import { SCREENSHOTS, whyNoBrowser } from "./browser.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

async function main(): Promise<number> {
  const reason = await whyNoBrowser();
  if (reason !== null) console.log(`The page is not tested in a browser: ${reason}`);
  await Deno.remove(SCREENSHOTS, { recursive: true }).catch(() => {});
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${ROOT}scripts/test.ts`, `${ROOT}tests/browser/`, ...Deno.args],
    env: { BROWSER: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const closing = await printButLastLine(child.stdout);
  const files = await Array.fromAsync(Deno.readDir(SCREENSHOTS)).catch(() => []);
  if (files.length > 0) console.log(`Screenshots in ${SCREENSHOTS}:`);
  for (const { name } of files.sort((a, b) => a.name.localeCompare(b.name))) {
    console.log(`  ${name}`);
  }
  console.log(closing);
  return (await child.status).code;
}

/** Passes on all but the last line, which it returns. */
async function printButLastLine(output: ReadableStream<Uint8Array>): Promise<string> {
  let last: string | null = null;
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (last !== null) console.log(last);
      last = line;
    }
  }
  if (rest === "") return last ?? "";
  if (last !== null) console.log(last);
  return rest;
}

if (import.meta.main) Deno.exit(await main());
