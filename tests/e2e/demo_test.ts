import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { freePort } from "../support.ts";
import { blocksOf } from "../readme.ts";
import { run, start } from "./program.ts";

/** What the README shows of the demo: these lines in this order, whatever the clocks say. */
function transcript(): RegExp {
  const readme = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));
  const block = blocksOf(readme).find(({ text }) => text.includes("👥"));
  assert(block, "the README has a transcript");
  const patterns = block.text.trimEnd().split("\n").map((it) =>
    it.replace(/ +\([^()]*\)$/, "").replace(/[$()*+.?[\\\]^{|}]/g, "\\$&")
      .replace(/\d+/g, "\\d+").replace(/(секунд)\p{L}*/gu, "$1\\S*").replace("сейчас", ".*")
  );
  return new RegExp(patterns.join("[^]*\\n"));
}

Deno.test("end to end: the demo plays an outage and its end, and goes on on its page until it is stopped", async () => {
  const demo = start(["demo", "--port", "0"]);
  try {
    const [, url] = await demo.printed(/(http:\/\/127\.0\.0\.1:\d+)/);
    const page = await fetch(`${url}/`);
    assertEquals(page.headers.get("content-type"), "text/html; charset=utf-8");
    assertStringIncludes(await page.text(), "</html>");
    await demo.printed(transcript());
    await demo.printed(/Ctrl-C/);
    const outage = { do: "feed", region: "kz", mode: "outage" };
    const answer = await fetch(`${url}/act`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(outage),
    });
    assertEquals([answer.status, await answer.json()], [200, {}]);
    await demo.printed(/Сбой Bitrix24 · \.kz/);
  } finally {
    const { code, stderr } = await demo.end("SIGTERM");
    assertEquals([code, stderr], [0, ""]);
  }
});

Deno.test("end to end: the demo needs no port of its own, unless it was asked for one", async (t) => {
  const port = freePort();
  using listener = Deno.listen({ hostname: "127.0.0.1", port });
  assert(listener);
  await t.step("a port that is taken", async () => {
    const { code, stderr } = await run(["demo", "--port", String(port)]);
    assertEquals(code, 1);
    assertMatch(stderr, new RegExp(`^bitrix24-bot demo: port ${port} is taken`));
  });
  await t.step("a port that is none", async () => {
    const { code, stderr } = await run(["demo", "--port", "eighty"]);
    assertEquals(code, 64);
    assertStringIncludes(stderr, '--port is "eighty"');
  });
});
