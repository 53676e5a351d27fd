import { Trouble } from "../../src/core/trouble.ts";
import { assertEquals } from "../assert.ts";

Deno.test("Trouble is told once when it begins, when it changes, and when it is over", () => {
  const said: string[] = [];
  const trouble = new Trouble<"locked" | "full">({
    begins: (kind) => said.push(`it is ${kind}`),
    ends: (kind) => said.push(`no more ${kind}`),
  });
  for (const kind of [null, null, "locked", "locked", "full", null, null, "full"] as const) {
    trouble.note(kind);
  }
  assertEquals(said, ["it is locked", "it is full", "no more full", "it is full"]);
});
