import type { Shell } from "../../src/commands/command.ts";
import { doctor } from "../../src/commands/doctor.ts";
import { examine } from "../../src/commands/doctor/examine.ts";
import type { World } from "../world.ts";

/** What doctor prints about a world, and about a portal in it if one is given; and its exit code. */
export async function examined(world: World, env: Record<string, string> = {}, portal?: string) {
  let printed = "";
  const shell: Shell = {
    build: { version: "1.2.3", commit: null, builtAt: 0, deno: "0" },
    env: { ...world.env, HEALTH_PORT: "0", ...env },
    envFile: { warnings: [], isIgnored: false },
    print: (text) => void (printed += text),
    printError: (text) => void (printed += text),
    stopSignal: () => new AbortController().signal,
  };
  const ways = { ...world.portals.ways, pace: { periodSeconds: 60, repeatMs: 1, sharedMs: 1 } };
  const code = portal === undefined
    ? await doctor.run({ options: {}, operands: [] }, shell)
    : await examine(shell, { portal, ways });
  return { code, printed, lines: printed.split("\n") };
}
