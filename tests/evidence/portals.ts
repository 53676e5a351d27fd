import type { Ways } from "../../src/evidence/road.ts";
import { createWitnesses, type WitnessesOptions } from "../../src/evidence/witnesses.ts";
import { Counters } from "../../src/health/counters.ts";
import { createPortalSandbox, type PortalSandbox } from "../../src/sandbox/bitrix24/portals.ts";

export const PORTAL = "company.bitrix24.ru";
export const AT = Date.UTC(2026, 10, 22, 7, 2);

/** The witnesses between pretend portals; the second question follows at once. */
export async function withPortals(
  use: (
    it: ReturnType<typeof createWitnesses> & {
      portals: PortalSandbox;
      counters: Counters;
      logged: string[];
    },
  ) => Promise<void>,
  { ways = {}, ...options }: Partial<Omit<WitnessesOptions, "ways">> & {
    ways?: Partial<Ways> | ((portals: PortalSandbox) => Partial<Ways>);
  } = {},
): Promise<void> {
  const portals = createPortalSandbox();
  const counters = new Counters();
  const logged: string[] = [];
  const life = new AbortController();
  try {
    await use({
      portals,
      counters,
      logged,
      ...createWitnesses({
        ways: { ...portals.ways, ...typeof ways === "function" ? ways(portals) : ways },
        userAgent: "bitrix24-bot/0.0.0-test",
        domains: [],
        telegramAt: () => AT,
        counters,
        logger: { debug: (message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`) },
        now: () => AT,
        elapsed: () => performance.now(),
        life: life.signal,
        // Machines that run tests may be slow.
        attemptMs: 60_000,
        repeatMs: 1,
        ...options,
      }),
    });
  } finally {
    life.abort(new Error("The test is over"));
    await portals.close();
  }
}
