import { timeLimitMs } from "../../src/telegram/api.ts";
import { Upload } from "../../src/telegram/exports.ts";
import { assert, assertEquals } from "../assert.ts";

function limit(bytes: number): number {
  return timeLimitMs("sendDocument", {
    chat_id: 1,
    document: new Upload([new Uint8Array(bytes)], "incidents.csv"),
  });
}

Deno.test("an upload may take longer than other calls, and the longer the larger it is", () => {
  const text = timeLimitMs("sendMessage", { chat_id: 1, text: "x" });
  assertEquals(timeLimitMs("sendDocument", { chat_id: 1, document: "file1" }), text);
  assert(limit(1_000) > 30_000);
  // 4 MiB on a line of 256 kbit/s take 131 s.
  assert(limit(4 * 1024 * 1024) > 150_000);
  assert(limit(4 * 1024 * 1024) < 600_000);
});
