import {
  isBad,
  LINK_SIGHTS,
  PORTAL_SIGHTS,
  type PortalSight,
  REGION_SIGHTS,
  type RegionSight,
} from "../../src/domain/evidence.ts";
import {
  GREEN,
  regionSightOf,
  type Verdict,
  verdictOf,
  VERDICTS,
} from "../../src/domain/verdict.ts";
import { assert, assertEquals } from "../assert.ts";

// One line for each region and link, and for each of these twelve portals in the order of PORTAL_SIGHTS:
// alive slow renamed none closed ill 5xx timeout tls dns limits unasked
const [O, D, N] = ["outage", "delays", "no link"] as const;
const [R, Z, C, L, I, B] = ["renamed", "none", "closed", "limits", "ill", "unreachable"] as const;
const [AH, FH] = ["answers, half", "fails, half"] as const;
const [AR, FR, UR] = ["answers, unreadable", "fails, unreadable", "unasked, unreadable"] as const;
const [AW, FW, UW] = ["answers, unwatched", "fails, unwatched", "unasked, unwatched"] as const;
const U = "unasked";
const ALL = (it: Verdict) => PORTAL_SIGHTS.map(() => it);
const TABLE: Record<RegionSight, Record<"good" | "half" | "dead", readonly Verdict[]>> = {
  well: {
    good: ["alive", "slow", R, Z, C, I, B, B, B, B, L, U],
    half: [AH, AH, R, Z, C, FH, FH, FH, FH, FH, L, U],
    dead: ALL(N),
  },
  text: {
    good: ["alive, text", "slow", R, Z, C, I, B, B, B, B, L, U],
    half: [AH, AH, R, Z, C, FH, FH, FH, FH, FH, L, U],
    dead: ALL(N),
  },
  delays: { good: ALL(D), half: ALL(D), dead: ALL(N) },
  outage: { good: ALL(O), half: ALL(O), dead: ALL(N) },
  unreadable: {
    good: [AR, AR, R, Z, C, FR, FR, FR, FR, FR, L, UR],
    half: [AH, AH, R, Z, C, FH, FH, FH, FH, FH, L, UR],
    dead: ALL(N),
  },
  unwatched: {
    good: [AW, AW, R, Z, C, FW, FW, FW, FW, FW, L, UW],
    half: [AH, AH, R, Z, C, FH, FH, FH, FH, FH, L, UW],
    dead: ALL(N),
  },
};

/** All 216. */
function* combinations() {
  for (const region of REGION_SIGHTS) {
    for (const portal of PORTAL_SIGHTS) {
      for (const link of LINK_SIGHTS) yield { region, portal, link };
    }
  }
}

Deno.test("verdict: each of the 216 combinations of region, portal and link has the one that the table says", () => {
  let count = 0;
  for (const { region, portal, link } of combinations()) {
    const expected = TABLE[region][link][PORTAL_SIGHTS.indexOf(portal)];
    assertEquals(verdictOf(region, portal, link), expected, `${region} ${portal} ${link}`);
    count++;
  }
  assertEquals(count, 216);
  const given = new Set(Object.values(TABLE).flatMap((it) => Object.values(it).flat()));
  assertEquals([...given].toSorted(), [...VERDICTS].toSorted(), "and each verdict is given");
});

Deno.test("verdict: nothing reassuring while a witness is missing", () => {
  const isHeard = (portal: PortalSight) => portal === "alive";
  for (const { region, portal, link } of combinations()) {
    const isGreen = GREEN.includes(verdictOf(region, portal, link));
    const mayBe = ["well", "text"].includes(region) && isHeard(portal) && link === "good";
    assertEquals(isGreen, mayBe, `${region} ${portal} ${link}`);
  }
});

Deno.test("verdict: a link that is not wholly good accuses nobody", () => {
  const accusing: Verdict[] = ["unreachable", "ill", FR, FW];
  for (const { region, portal, link } of combinations()) {
    if (!accusing.includes(verdictOf(region, portal, link))) continue;
    assert(link === "good" && isBad(portal), `${region} ${portal} ${link}`);
  }
});

Deno.test("verdict: a region stands as its newest reading says, and is unreadable without a fresh one", () => {
  const time = { now: 100_000, maxAgeMs: 60_000 };
  const sight = (status: "operational" | "degraded" | "outage" | "unreadable", details = "") =>
    regionSightOf({ latest: { status, details, at: 50_000 }, overdue: false }, time);
  assertEquals(sight("operational"), "well");
  assertEquals(sight("operational", "Плановые работы"), "text");
  assertEquals(sight("degraded", "Почта"), "delays");
  assertEquals(sight("outage"), "outage");
  assertEquals(sight("unreadable"), "unreadable");
  const latest = { status: "operational", details: "", at: 39_999 } as const;
  assertEquals(regionSightOf({ latest, overdue: false }, time), "unreadable", "too old");
  assertEquals(
    regionSightOf({ latest: { ...latest, at: 100_000 }, overdue: true }, time),
    "unreadable",
    "the reading that was asked for did not come",
  );
  assertEquals(regionSightOf({ latest: null, overdue: false }, time), "unreadable");
  assertEquals(regionSightOf(null, time), "unwatched");
});
