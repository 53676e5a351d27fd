// What there is to be measured against, in one executable; the argument says which.
import "../../../src/deps/runtime.ts";

const PROGRAMS: Record<string, () => Promise<unknown>> = {
  hello: () => import("./hello.ts"),
  constant: () => import("./constant.ts"),
  bare: () => import("./bare.ts"),
  floor: () => import("./floor.ts"),
};

await PROGRAMS[Deno.args[0] ?? ""]?.();
