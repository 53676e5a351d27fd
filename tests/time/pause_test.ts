import { fewATurn, nextTurn, slots } from "../../src/time/pause.ts";
import { assertEquals, assertRejects } from "../assert.ts";

Deno.test("slots: so many pieces of work at a time, in order; a failure frees its slot", async () => {
  const inTurn = slots(2);
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
  const begun: number[] = [];
  const work = gates.map((gate, index) =>
    inTurn(() => {
      begun.push(index);
      return gate.promise;
    })
  );
  await nextTurn();
  assertEquals(begun, [0, 1]);
  gates[1]?.reject(new Error("broken"));
  await assertRejects(() => work[1] ?? Promise.resolve());
  assertEquals(begun, [0, 1, 2]);
  for (const [index, gate] of gates.entries()) gate.resolve(index);
  assertEquals(await Promise.all([work[0], work[2], work[3], work[4]]), [0, 2, 3, 4]);
  assertEquals(begun, [0, 1, 2, 3, 4]);
});

Deno.test("fewATurn: so many a turn, in the order they came, and at once again afterwards", async () => {
  const gate = fewATurn(4);
  const begun: number[] = [];
  const come = (from: number, to: number) => {
    for (let it = from; it <= to; it++) void gate().then(() => begun.push(it));
  };
  const range = (to: number) => Array.from({ length: to }, (_, index) => index + 1);

  come(1, 10);
  await Promise.resolve();
  assertEquals(begun, range(4));
  await nextTurn();
  assertEquals(begun, range(8));
  // Who comes now waits behind those who are there already.
  come(11, 13);
  await nextTurn();
  assertEquals(begun, range(12));
  await nextTurn();
  assertEquals(begun, range(13));

  await nextTurn();
  await nextTurn();
  come(14, 17);
  await Promise.resolve();
  assertEquals(begun, range(17));
});
