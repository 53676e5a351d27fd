import { doctor } from "../../src/commands/doctor.ts";
import type { World } from "../world.ts";

/** What doctor prints about a world, and its exit code. */
export async function examined(world: World, env: Record<string, string> = {}) {
  let printed = "";
  const code = await doctor.run({ options: {}, operands: [] }, {
    build: { version: "1.2.3", commit: null, builtAt: 0, deno: "0" },
    env: { ...world.env, HEALTH_PORT: "0", ...env },
    envFile: { warnings: [], isIgnored: false },
    print: (text) => void (printed += text),
    printError: (text) => void (printed += text),
    stopSignal: () => new AbortController().signal,
  });
  return { code, printed, lines: printed.split("\n") };
}
