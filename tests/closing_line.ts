// deno-lint-ignore-file no-console -- for tools for the terminal

/** Passes on all but the last line, which it returns. */
export async function printButLastLine(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
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
