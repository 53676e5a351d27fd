import { fewATurn, nextTurn } from "../../src/core/pause.ts";
import { assertEquals } from "../assert.ts";

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
