import { type Command, given, UsageError } from "../../src/commands/command.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

const COMMAND: Command = {
  name: "paint",
  synopsis: "paint FILE [COLOUR] [--twice] [--with brush]",
  summary: "paints",
  details: "",
  options: { twice: { type: "boolean" }, with: { type: "string" } },
  operands: ["FILE", "[COLOUR]"],
  failure: { config: 1, other: 1 },
  run: () => Promise.resolve(0),
};

Deno.test("given() reads options and operands", async (t) => {
  const cases: [string[], Record<string, unknown>, string[]][] = [
    [["a.txt"], {}, ["a.txt"]],
    [["--twice", "a.txt", "red"], { twice: true }, ["a.txt", "red"]],
    [["a.txt", "--with", "brush"], { with: "brush" }, ["a.txt"]],
    [["--with=brush", "--", "--twice"], { with: "brush" }, ["--twice"]],
  ];
  for (const [args, options, operands] of cases) {
    await t.step(args.join(" "), () => {
      const result = given(COMMAND, args);
      assertEquals({ ...result as object }, { options: { ...options }, operands });
    });
  }
  for (const args of [["--help"], ["-h"], ["a.txt", "red", "--help"]]) {
    await t.step(args.join(" "), () => assertEquals(given(COMMAND, args), "help"));
  }
});

Deno.test("given() refuses what does not exist, in a sentence", async (t) => {
  const cases: [string[], string][] = [
    [[], "paint wants a FILE"],
    [[""], "an argument is empty"],
    [["a.txt", "red", "blue"], 'unexpected argument "blue"'],
    [["a.txt", "--thrice"], "unknown option '--thrice'"],
    [["a.txt", "-t"], "unknown option '-t'"],
    [["a.txt", "--with"], "option '--with <value>' argument missing"],
    [["a.txt", "--twice=2"], "option '--twice' does not take an argument"],
  ];
  for (const [args, message] of cases) {
    await t.step(args.join(" ") || "nothing", () => {
      const error = assertThrows(() => given(COMMAND, args));
      assert(error instanceof UsageError);
      assertEquals(error.message, message);
    });
  }
});
