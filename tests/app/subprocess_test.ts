import { createSubprocessRunner, ReplacedProgramError } from "../../src/app/subprocess.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";

const life = new AbortController();

Deno.test("createSubprocessRunner() runs this very program and answers what it prints", async () => {
  const run = createSubprocessRunner();
  assertStringIncludes(await run(["--version"], life.signal), "bitrix24-bot");
  const error = await assertRejects(() => run(["--nope"], life.signal));
  assertStringIncludes(String(error), "exit code 64");
});

Deno.test("createSubprocessRunner() ends what it runs when it is broken off", async () => {
  const over = new AbortController();
  const running = createSubprocessRunner()(["demo", "--port", "0"], over.signal);
  over.abort(new Error("enough"));
  assertEquals(String(await assertRejects(() => running)), "Error: enough");
});

Deno.test("createSubprocessRunner() never runs another file in its own one's place", async (t) => {
  const folder = await Deno.makeTempDir();
  const program = `${folder}/program`;
  await Deno.writeTextFile(program, "#!/bin/sh\necho ran\n", { mode: 0o755 });
  const run = createSubprocessRunner(program);
  await t.step("as long as it is the one that was started, it is run", async () => {
    assertEquals(await run([], life.signal), "ran\n");
  });
  await t.step("replaced as `install` does it", async () => {
    await Deno.writeTextFile(`${program}.new`, "#!/bin/sh\necho newer\n", { mode: 0o755 });
    await Deno.rename(`${program}.new`, program);
    assert(await assertRejects(() => run([], life.signal)) instanceof ReplacedProgramError);
  });
  await t.step("removed", async () => {
    await Deno.remove(folder, { recursive: true });
    assert(await assertRejects(() => run([], life.signal)) instanceof ReplacedProgramError);
  });
});
