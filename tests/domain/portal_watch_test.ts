import type { LinkSight, PortalEvidence, PortalSight } from "../../src/domain/evidence.ts";
import { PORTAL_SIGHTS } from "../../src/domain/evidence.ts";
import {
  type PortalWatch,
  type RegionStanding,
  REST,
  watched,
  writtenWatch,
} from "../../src/domain/portal_watch.ts";
import { assert, assertEquals } from "../assert.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 28, 7, 0);

/** What is seen of a portal at a minute. */
export function seen(sight: PortalSight, minute: number): PortalEvidence {
  return {
    address: "company.bitrix24.ru",
    sight,
    attempts: sight === "unasked" ? 0 : 1,
    ms: 100,
    detail: "",
    renamedTo: null,
    at: START + minute * MINUTE,
  };
}

interface Step {
  readonly sight: PortalSight;
  readonly minute?: number;
  readonly link?: LinkSight;
  readonly region?: RegionStanding;
}

/** What is said at each step, a minute apart. */
function said(steps: readonly (Step | PortalSight)[], from: PortalWatch = REST) {
  let state = from;
  const news = steps.map((step, index) => {
    const given: Step = typeof step === "string" ? { sight: step } : step;
    const { sight, minute = index, link = "good", region = "well" } = given;
    const next = watched(state, { evidence: seen(sight, minute), link, region });
    // As after a restart.
    state = writtenWatch(JSON.stringify(next.state)) ?? REST;
    assertEquals(state, next.state);
    return next.news;
  });
  return { news, state };
}

Deno.test("watched(): two bad probes in a row begin a sign, two good ones end it", async (t) => {
  type Case = [title: string, steps: (Step | PortalSight)[], news: (string | null)[]];
  const bad = (more: Partial<Step>): Step => ({ sight: "timeout", ...more });
  const cases: Case[] = [
    ["two bad ones", ["timeout", "5xx"], [null, "sign"]],
    ["said once", ["timeout", "5xx", "dns", "tls", "ill"], [null, "sign", null, null, null]],
    ["one bad one between good ones", ["timeout", "alive", "timeout", "alive"], [
      null,
      null,
      null,
      null,
    ]],
    ["slow, limited, renamed and closed ones answer", ["slow", "limits", "renamed", "closed"], [
      null,
      null,
      null,
      null,
    ]],
    ["the end", ["5xx", "5xx", "alive", "slow"], [null, "sign", null, "sign over"]],
    ["one good one is no end", ["5xx", "5xx", "alive", "5xx", "alive", "alive"], [
      null,
      "sign",
      null,
      null,
      null,
      "sign over",
    ]],
    ["half a link accuses nobody", [bad({ link: "half" }), bad({ link: "half" }), bad({})], [
      null,
      null,
      null,
    ]],
    ["a dead link neither", [bad({ link: "dead" }), bad({ link: "dead" })], [null, null]],
    ["a region that cannot be read: later", [
      bad({ region: "unknown" }),
      bad({ region: "unknown" }),
      bad({}),
    ], [null, null, "sign"]],
    ["an incident of its region: nothing", [
      bad({ region: "trouble" }),
      bad({ region: "trouble" }),
      bad({ region: "trouble" }),
    ], [null, null, null]],
    ["what an incident leaves behind is told after two more", [
      bad({ region: "trouble" }),
      bad({ region: "trouble" }),
      bad({}),
      bad({}),
    ], [null, null, null, "sign"]],
    ["nothing is in a row with what was long ago", [
      bad({}),
      bad({ minute: 10 }),
      bad({
        minute: 11,
      }),
    ], [null, null, "sign"]],
    ["nor with what a clock that was set back has in store", [
      bad({ minute: 60 }),
      bad({
        minute: 1,
      }),
    ], [null, null]],
    ["unasked counts for nothing", ["unasked", "unasked", "unasked"], [null, null, null]],
    ["again within half an hour", [
      "5xx",
      "5xx",
      "alive",
      "alive",
      { sight: "5xx", minute: 20 },
      { sight: "5xx", minute: 21 },
      { sight: "alive", minute: 22 },
      { sight: "alive", minute: 23 },
    ], [null, "sign", null, "sign over", null, "sign again", null, "sign over"]],
    ["later it is another one", [
      "5xx",
      "5xx",
      "alive",
      "alive",
      { sight: "5xx", minute: 40 },
      { sight: "5xx", minute: 41 },
    ], [null, "sign", null, "sign over", null, "sign"]],
    ["a portal that is none: after two, whatever was counted", ["5xx", "none", "none"], [
      null,
      null,
      "no portal",
    ]],
    ["not while its region is in trouble", [
      { sight: "none", region: "trouble" },
      { sight: "none", region: "trouble" },
      { sight: "none", region: "unknown" },
    ], [null, null, null]],
  ];
  for (const [title, steps, news] of cases) {
    await t.step(title, () => assertEquals(said(steps).news, news));
  }
});

Deno.test("watched(): an answer that was shared with somebody's question counts once", () => {
  const { news } = said([{ sight: "5xx", minute: 1 }, { sight: "5xx", minute: 1 }]);
  assertEquals(news, [null, null]);
});

Deno.test("watched(): a healthy portal leaves nothing to be written down", () => {
  assertEquals(said(["alive", "slow", "limits"]).state, REST);
  const { state } = said(["5xx", "5xx", "alive", "alive", { sight: "alive", minute: 50 }]);
  assertEquals(state, REST);
});

Deno.test("watched(): nothing that a portal answers is said while the link or the region is in doubt", () => {
  for (const sight of PORTAL_SIGHTS) {
    for (
      const [link, region] of [["half", "well"], ["dead", "well"], ["good", "unknown"]] as const
    ) {
      const steps = Array.from({ length: 4 }, () => ({ sight, link, region }));
      const { news } = said(steps);
      assert(
        news.every((it) => it === null || (it === "no portal" && region === "well")),
        `${sight} ${link} ${region}: ${news}`,
      );
    }
  }
});

Deno.test("writtenWatch() begins anew where it cannot read what stands there", () => {
  for (const json of ["", "[]{", '{"badInRow":"x"}', '{"sign":{}}', '{"at":"x"}']) {
    assertEquals(writtenWatch(json), null, json);
  }
  assertEquals(writtenWatch("{}"), REST);
});
