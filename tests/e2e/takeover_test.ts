// deno-lint-ignore-file no-console -- the figures are for people
import { assert, assertEquals } from "../assert.ts";
import { startHranaServer } from "../hrana/server.ts";
import { freePort } from "../support.ts";
import { withWorld, type World } from "../world.ts";
import { daemon } from "./program.ts";

/** What was promised of a server's lease; of a file's lock, and of a holder that stops in order, it is "at once". */
const MOST_AFTER_DEATH_MS = 20_000;

/** A running program, and the port it can be asked at. */
interface Bot {
  readonly port: number;
  readonly process: ReturnType<typeof daemon>;
}

function begin(world: World): Bot {
  const port = freePort();
  const env = { HEALTH_PORT: String(port), LOG_FILE: "none" };
  return { port, process: daemon(world, env) };
}

async function until({ port }: Bot, isWanted: (status: string) => boolean): Promise<void> {
  while (true) {
    try {
      const { status } = await (await fetch(`http://127.0.0.1:${port}/health`)).json();
      if (isWanted(status)) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const isStandby = (it: string) => it === "standby";
const isWell = (it: string) => it === "ok";

/** In how many milliseconds one that stands by is at work after the holder got this signal. */
async function takeOver(holder: Bot, standby: Bot, signal: Deno.Signal): Promise<number> {
  const from = performance.now();
  const ended = holder.process.end(signal);
  await until(standby, (it) => !isStandby(it));
  const tookMs = performance.now() - from;
  await until(standby, isWell);
  await ended;
  return tookMs;
}

async function both(
  world: World,
  what: string,
  onTaken: (signal: Deno.Signal, killedAt: number) => void = () => {},
): Promise<void> {
  const bots = [begin(world)];
  try {
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      const holder = bots.at(-1) ?? begin(world);
      await until(holder, isWell);
      const next = begin(world);
      bots.push(next);
      await until(next, isStandby);
      const killedAt = Date.now();
      const tookMs = await takeOver(holder, next, signal);
      onTaken(signal, killedAt);
      console.log(`${what}, ${signal}: taken over after ${Math.round(tookMs)} ms`);
    }
    assertEquals((await bots.at(-1)?.process.end("SIGTERM"))?.code, 0);
  } finally {
    for (const { process } of bots) {
      try {
        process.child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
    }
  }
  assertEquals(world.violations(), []);
}

/** Only of what people install: it takes a while, and from source it is no other thing. */
const ignore = Deno.env.get("BITRIX24_BOT_BINARY") === undefined;

Deno.test({
  name:
    "take-over: a file's lock goes to the one that stands by when its holder is killed, and when it stops",
  ignore,
  fn: () => withWorld((world) => both(world, "file"), { isStarted: false }),
});

Deno.test({
  name:
    "take-over: a server's lease goes to the one that stands by within 20 s of its holder's death, and at once when it stops",
  ignore,
  fn: () =>
    withWorld(async (world) => {
      const server = startHranaServer(`${world.folder}/server.db`);
      try {
        world.env["DATABASE_URL"] = server.url;
        let triedAt = 0;
        server.fault = (sql) => {
          if (sql.some((it) => it.startsWith("INSERT INTO lease"))) triedAt = Date.now();
          return null;
        };
        await both(world, "server", (signal, killedAt) => {
          const tookMs = triedAt - killedAt;
          console.log(`  by the server's clock after ${tookMs} ms`);
          if (signal === "SIGKILL") assert(tookMs <= MOST_AFTER_DEATH_MS, `${tookMs} ms`);
        });
      } finally {
        await server.close();
      }
    }, { isStarted: false }),
});
