import { audienceOf, nextStep, type Outcome } from "../../src/domain/delivery.ts";
import { advance } from "../../src/domain/advance.ts";
import { type Change, newRegion } from "../../src/domain/incident.ts";
import { assertEquals, assertObjectMatch } from "../assert.ts";
import { reading } from "./readings.ts";

const ALL = { issues: true, degraded: true, recovery: true };
const [opened] =
  advance(newRegion("ru"), reading("outage"), { failure: 1, recovery: 2, longestGapMs: 3_600_000 })
    .changes;
const [degraded] = advance(newRegion("ru"), reading("degraded"), {
  failure: 1,
  recovery: 2,
  longestGapMs: 3_600_000,
}).changes;

function as(kind: Change["kind"], change = opened): Change {
  return { ...change, kind } as Change;
}

const AUDIENCES: readonly [string, Change, typeof ALL, ReturnType<typeof audienceOf>][] = [
  ["everyone of an outage", as("opened"), ALL, { who: "everyone", notify: true }],
  ["everyone of a worsening", as("worsened"), ALL, { who: "everyone", notify: true }],
  ["silently of news", as("updated"), ALL, { who: "alerted", notify: false }],
  ["silently of an easing", as("eased"), ALL, { who: "alerted", notify: false }],
  ["the alerted of an end", as("closed"), ALL, { who: "alerted", notify: true }],
  ["administrators of blindness", as("blinded"), ALL, { who: "administrators", notify: true }],
  ["nobody anew when ALERT_ON_ISSUES is off", as("opened"), { ...ALL, issues: false }, {
    who: "alerted",
    notify: false,
  }],
  [
    "nobody anew when ALERT_ON_DEGRADED is off",
    as("opened", degraded),
    { ...ALL, degraded: false },
    { who: "alerted", notify: false },
  ],
  ["silently of an end when ALERT_ON_RECOVERY is off", as("closed"), { ...ALL, recovery: false }, {
    who: "alerted",
    notify: false,
  }],
];

for (const [name, change, policy, expected] of AUDIENCES) {
  Deno.test(`audienceOf() tells ${name}`, () => assertEquals(audienceOf(change, policy), expected));
}

Deno.test("nextStep() follows the outcome", async (t) => {
  const at = { attempts: 1, createdAt: 0, now: 1_000 };
  const uncertain: Outcome = { kind: "uncertain", error: "reset" };
  const rows: [string, ReturnType<typeof nextStep>, Record<string, unknown>][] = [
    ["sent", nextStep({ kind: "sent", messageId: 5, isAlert: true }, at), {
      state: "sent",
      messageId: 5,
    }],
    ["obeys retry_after to the second", nextStep({ kind: "retry after", seconds: 7 }, at), {
      state: "due",
      at: 8_000,
    }],
    ["tries the uncertain again", nextStep(uncertain, at), { state: "due", at: 2_000 }],
    ["doubles the pause", nextStep(uncertain, { ...at, attempts: 4 }), { state: "due", at: 9_000 }],
    ["has a longest pause", nextStep(uncertain, { ...at, attempts: 500 }), {
      state: "due",
      at: 301_000,
    }],
    ["gives up on a chat that is gone", nextStep({ kind: "chat gone", error: "403" }, at), {
      state: "failed",
    }],
    ["gives up on a refusal", nextStep({ kind: "rejected", error: "400" }, at), {
      state: "failed",
    }],
    ["lets go after a day", nextStep(uncertain, { ...at, now: 86_400_000 }), { state: "expired" }],
  ];
  for (const [name, step, expected] of rows) {
    await t.step(name, () => assertObjectMatch(step, expected));
  }
});
