// Loaded before tests: gives each a limit, so that what hangs fails and the others go on. The limit of
// a test's own, `Deno.test({ timeout })`, wins (Deno 2.9.6; older ones know of none).
import vm from "node:vm";

/** What takes longer by its nature, such as a simulated year, is started with the variable. */
const SECONDS = Number(Deno.env.get("TEST_LIMIT_SECONDS") ?? 300);

type Register = (...args: unknown[]) => void;

/** Takes a test in any form. In a module named as Deno's own are, so that Deno names the test's file. */
const limited: (register: Register, timeout: number) => Register = new vm.Script(
  `(register, timeout) => (...args) => {
    const of = (type) => args.find((it) => typeof it === type && it !== null);
    const fn = of("function");
    register({ timeout, ...(fn ? { fn, name: of("string") ?? fn.name } : {}), ...of("object") });
  }`,
  { filename: "ext:test_limit" },
).runInThisContext();

const { test } = Deno;
Object.assign(Deno, { test: Object.assign(limited(test as Register, SECONDS * 1_000), test) });
