import { StopGroup } from "../../src/time/stop_group.ts";
import { assertEquals } from "../assert.ts";
import { deferred } from "../delivering/doubles.ts";

Deno.test("StopGroup begins all ends at once, in the order in which they were made, and waits for them", async () => {
  const group = new StopGroup(600_000);
  const said: string[] = [];
  const slow = deferred();
  group.defer(() => said.push("first"));
  group.defer(async () => {
    said.push("second begins");
    await slow.promise;
    said.push("second is over");
  });
  group.defer(() => {
    throw new Error("third");
  });
  group.defer(() => said.push("fourth"));
  const ended = group[Symbol.asyncDispose]().then(() => said.push("over"));
  assertEquals(said, ["first", "second begins", "fourth"]);
  slow.resolve();
  await ended;
  assertEquals(said.slice(3), ["second is over", "over"]);
  await group[Symbol.asyncDispose]();
  assertEquals(said.length, 5, "an end is called once");
});

Deno.test("StopGroup waits no longer than its limit", async () => {
  const group = new StopGroup(1);
  const hanging = deferred();
  group.defer(() => hanging.promise);
  await group[Symbol.asyncDispose]();
  hanging.resolve();
});
