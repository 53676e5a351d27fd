import { assert, assertEquals } from "../assert.ts";
import { withWorld } from "../world.ts";

/** A monitor of heartbeats on loopback. */
async function withMonitor(
  use: (it: { env: Record<string, string>; beats: () => number; next: Promise<void> }) => Promise<
    void
  >,
): Promise<void> {
  let beats = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    beats++;
    resolve();
    return new Response("OK");
  });
  const env = { HEARTBEAT_URL: `http://127.0.0.1:${server.addr.port}/ping/key-of-ours` };
  await use({ env, beats: () => beats, next: promise });
  await server.shutdown();
}

Deno.test("a bot that does its job beats, and never tells where", async () => {
  await withMonitor(async ({ env, next }) => {
    await withWorld(async (world) => {
      await next;
      await world.checks(1);
      assert(!world.logLines.join("\n").includes("key-of-ours"));
    }, { env });
  });
});

Deno.test("a bot that cannot read one of its regions does not beat", async () => {
  await withMonitor(async ({ env, beats }) => {
    await withWorld(async (world) => {
      world.bitrix24.well("kz");
      const failure = { kind: "status", code: 500 } as const;
      world.bitrix24.fault("json", failure, "kz");
      // The page is the second way to read a region, and one for all of them.
      world.bitrix24.fault("html", failure);
      await world.start();
      await world.ask("/start");
      await world.checks(6);
      assertEquals(beats(), 0);
    }, { env: { ...env, REGIONS: "ru,kz" }, isStarted: false });
  });
});
