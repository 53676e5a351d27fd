// What the program of the simulated year sees of portals: a file says it. tests/year/program.ts puts it in the
// place of the witnesses, because a probe a minute would take longer than all the rest of a year.
import type { LinkEvidence, PortalEvidence, Witnesses } from "../../src/domain/evidence.ts";

/** What stands in the file. */
export interface Sights {
  readonly portal: PortalEvidence["sight"];
  readonly link: LinkEvidence["sight"];
}

/** Witnesses that say what stands in the file that `YEAR_SIGHTS` names. */
export function pretendWitnesses(now: () => number): Witnesses {
  const seen = (): Sights => JSON.parse(Deno.readTextFileSync(Deno.env.get("YEAR_SIGHTS") ?? ""));
  return {
    portal: (address) =>
      Promise.resolve({
        address,
        sight: seen().portal,
        attempts: 1,
        ms: 1,
        detail: "",
        renamedTo: null,
        at: now(),
      }),
    link: () =>
      Promise.resolve({
        sight: seen().link,
        telegramAt: now(),
        vendor: { host: "", isThere: true, detail: "" },
        at: now(),
      }),
  };
}
