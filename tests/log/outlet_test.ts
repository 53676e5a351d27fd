import { Outlet } from "../../src/log/outlet.ts";
import { assert, assertEquals } from "../assert.ts";

const decoder = new TextDecoder();
const note = (count: number) => `${count} were dropped\n`;

/** A stream whose reader sleeps until it is woken; what it was given. */
function sleepyReader() {
  let text = "";
  let wake = Promise.withResolvers<void>();
  return {
    get text() {
      return text;
    },
    async write(bytes: Uint8Array) {
      await wake.promise;
      // Less than it was given, like a pipe.
      const part = bytes.subarray(0, 100_000);
      text += decoder.decode(part);
      return part.length;
    },
    wake: () => wake.resolve(),
    sleep: () => wake = Promise.withResolvers(),
  };
}

Deno.test("standard error that nobody reads holds nobody up, and takes no memory without end", async () => {
  const reader = sleepyReader();
  const outlet = new Outlet({ write: reader.write, dropped: note });
  const line = `${"x".repeat(999)}\n`;
  for (let n = 0; n < 10_000; n++) outlet.put(line);
  await outlet.flush(1);
  assertEquals(reader.text, "");
  for (let n = 0; n < 10; n++) outlet.put(line);

  reader.wake();
  await outlet.flush(60_000);
  const parts = /^((?:x{999}\n)+)(\d+) were dropped\n((?:x{999}\n)+)$/.exec(reader.text) ?? [];
  const [, kept = "", dropped, after = ""] = parts;
  assertEquals((kept.length + after.length) / line.length + Number(dropped), 10_010);
  assertEquals(after.length, 10 * line.length);
  assert(kept.length > 1024 * 1024 - 1_000 && kept.length <= 1024 * 1024, `${kept.length} kept`);
});

Deno.test("lines that were dropped are counted where they are missing", async () => {
  const reader = sleepyReader();
  const outlet = new Outlet({ write: reader.write, dropped: note });
  outlet.put("a".repeat(2_000_000));
  for (let n = 0; n < 3; n++) outlet.put("dropped");
  reader.wake();
  await outlet.flush(60_000);
  reader.sleep();
  outlet.put("\nb");
  outlet.put("c\n");
  reader.wake();
  await outlet.flush(60_000);
  assertEquals(reader.text.replace(/^a+/, ""), "3 were dropped\n\nbc\n");
});

Deno.test("a reader of standard error that has gone, or says later, costs nothing", async () => {
  const written: string[] = [];
  const answers: (Error | null)[] = [
    new Deno.errors.BrokenPipe("gone"),
    new Deno.errors.WouldBlock("later"),
    null,
  ];
  const outlet = new Outlet({
    write(bytes) {
      const error = answers.shift();
      if (error) return Promise.reject(error);
      written.push(decoder.decode(bytes));
      return Promise.resolve(bytes.length);
    },
    dropped: note,
  });
  outlet.put("lost\n");
  await outlet.flush(60_000);
  outlet.put("written\n");
  await outlet.flush(60_000);
  assertEquals(written, ["written\n"]);
});
