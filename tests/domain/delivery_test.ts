import { audienceOf } from "../../src/domain/audience.ts";
import {
  nextStep,
  type Outcome,
  type Owed,
  type Telling,
  tellingOf,
} from "../../src/domain/delivery.ts";
import { advance } from "../../src/domain/advance.ts";
import { type Change, newRegion } from "../../src/domain/incident.ts";
import { assertEquals, assertObjectMatch } from "../assert.ts";
import { reading } from "./readings.ts";

const ALL = { issues: true, degraded: true, recovery: true };
const [opened] = advance(newRegion("ru"), reading("outage"), {
  failure: 1,
  recovery: 2,
  longestGapMs: 3_600_000,
  minuteMs: 60_000,
})
  .changes;
const [degraded] = advance(newRegion("ru"), reading("degraded"), {
  failure: 1,
  recovery: 2,
  longestGapMs: 3_600_000,
  minuteMs: 60_000,
}).changes;

function as(kind: Change["kind"], change = opened): Change {
  return { ...change, kind } as Change;
}

const AUDIENCES: readonly [string, Change, typeof ALL, ReturnType<typeof audienceOf>][] = [
  ["everyone of an outage", as("opened"), ALL, {
    who: "everyone",
    notify: true,
    ground: "announced",
  }],
  ["everyone of a worsening", as("worsened"), ALL, {
    who: "everyone",
    notify: true,
    ground: "announced",
  }],
  ["silently of news", as("updated"), ALL, {
    who: "alerted",
    notify: false,
    ground: "an edit is enough",
  }],
  ["silently of an easing", as("eased"), ALL, {
    who: "alerted",
    notify: false,
    ground: "an edit is enough",
  }],
  ["the alerted of an end", as("closed"), ALL, {
    who: "alerted",
    notify: true,
    ground: "announced",
  }],
  ["administrators of blindness", as("blinded"), ALL, {
    who: "administrators",
    notify: true,
    ground: "for administrators",
  }],
  ["nobody anew when ALERT_ON_ISSUES is off", as("opened"), { ...ALL, issues: false }, {
    who: "alerted",
    notify: false,
    ground: "ALERT_ON_ISSUES is off",
  }],
  [
    "nobody anew when ALERT_ON_DEGRADED is off",
    as("opened", degraded),
    { ...ALL, degraded: false },
    { who: "alerted", notify: false, ground: "ALERT_ON_DEGRADED is off" },
  ],
  ["silently of an end when ALERT_ON_RECOVERY is off", as("closed"), { ...ALL, recovery: false }, {
    who: "alerted",
    notify: false,
    ground: "ALERT_ON_RECOVERY is off",
  }],
];

for (const [name, change, policy, expected] of AUDIENCES) {
  Deno.test(`audienceOf() tells ${name}`, () => assertEquals(audienceOf(change, policy), expected));
}

Deno.test("nextStep() follows the outcome", async (t) => {
  const at = { attempts: 1, refusals: 0, isConfigured: false, createdAt: 0, now: 1_000 };
  const uncertain: Outcome = { kind: "uncertain", error: "reset" };
  const rejected: Outcome = { kind: "rejected", error: "400" };
  const rows: [string, ReturnType<typeof nextStep>, Record<string, unknown>][] = [
    ["sent", nextStep({ kind: "sent", messageId: 5, isAlert: true, shown: 1, told: 1 }, at), {
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
    ["comes back for the edit", nextStep({ kind: "told", told: 3 }, at), {
      state: "due",
      at: 1_000,
      told: 3,
    }],
    [
      "waits for a chat that is gone",
      nextStep({ kind: "chat unreachable", why: "blocked", error: "403" }, at),
      {
        state: "paused",
      },
    ],
    [
      "follows a group at once, however often it was tried before",
      nextStep({ kind: "chat moved", to: -1005, error: "400" }, { ...at, attempts: 60 }),
      {
        state: "due",
        at: 1_000,
        movedTo: -1005,
      },
    ],
    ["goes to the general topic at once", nextStep({ kind: "topic gone", error: "400" }, at), {
      state: "due",
      at: 1_000,
      isTopicGone: true,
    }],
    ...[1, 5, 15].map((minutes, refusals): typeof rows[number] => [
      `tries what is rejected again after ${minutes} min`,
      nextStep(rejected, { ...at, refusals }),
      { state: "due", at: 1_000 + minutes * 60_000, isRefused: true },
    ]),
    ["then gives up on a subscriber", nextStep(rejected, { ...at, refusals: 3 }), {
      state: "failed",
    }],
    [
      "and goes on every hour where the settings promise alerts",
      nextStep(rejected, { ...at, refusals: 9, isConfigured: true }),
      { state: "due", at: 3_601_000 },
    ],
    ["lets go after a day", nextStep(uncertain, { ...at, now: 86_400_000 }), { state: "expired" }],
  ];
  for (const [name, step, expected] of rows) {
    await t.step(name, () => assertObjectMatch(step, expected));
  }
});

Deno.test("tellingOf() tells the latest state, once, and no end without a beginning", async (t) => {
  const open = { isOpen: true, severity: "outage" } as const;
  const mild = { isOpen: true, severity: "degraded" } as const;
  const over = { isOpen: false, severity: "outage" } as const;
  const alert = { messageId: 7, shown: 1, told: 1, hasHeardEnd: false, isOver: false };
  const owed = (of: Partial<Owed>): Owed => ({
    kind: "opened",
    notify: true,
    begins: false,
    changeId: 2,
    incident: open,
    alert: null,
    isOutdated: false,
    night: null,
    ...of,
  });
  const rows: [string, Owed, Telling][] = [
    ["edits the card for what people did", owed({ kind: "card", alert }), { kind: "edit" }],
    [
      "shows it anew where it stayed behind",
      owed({
        kind: "card",
        alert: { ...alert, messageId: null },
      }),
      { kind: "alert", isSilent: true },
    ],
    ...[{}, { alert, incident: over }, { alert: { ...alert, isOver: true } }].map((
      of,
    ): typeof rows[number] => [
      "leaves that to the alert, or to the end",
      owed({ kind: "card", ...of }),
      { kind: "nothing", silence: "known already" },
    ]),
    ["sends the alert", owed({}), { kind: "alert", isSilent: false }],
    ["sends it as one that is over already", owed({ incident: over }), {
      kind: "alert",
      isSilent: false,
    }],
    ["sends none where none is announced", owed({ notify: false }), {
      kind: "nothing",
      silence: "beginning not told",
    }],
    ["says nothing of news to whoever had no alert", owed({ kind: "updated" }), {
      kind: "nothing",
      silence: "beginning not told",
    }],
    ["says nothing of an end to whoever had no alert", owed({ kind: "closed", incident: over }), {
      kind: "nothing",
      silence: "beginning not told",
    }],
    ["says nothing when the incident is no more", owed({ incident: null }), {
      kind: "nothing",
      silence: "incident removed",
    }],
    ["edits the alert for news", owed({ kind: "updated", notify: false, alert }), { kind: "edit" }],
    ["replies first when it got worse", owed({ kind: "worsened", alert }), {
      kind: "reply",
      isSilent: false,
    }],
    [
      "does not say that it got worse when it is milder again",
      owed({ kind: "worsened", incident: mild, alert }),
      { kind: "edit" },
    ],
    [
      "does not say that it got worse when it is over",
      owed({ kind: "worsened", incident: over, alert }),
      { kind: "edit" },
    ],
    ["replies first at the end", owed({ kind: "closed", incident: over, alert }), {
      kind: "reply",
      isSilent: false,
    }],
    [
      "only edits at an end that is not announced",
      owed({ kind: "closed", notify: false, incident: over, alert }),
      { kind: "edit" },
    ],
    [
      "only replies when the end can be seen already",
      owed({ kind: "closed", incident: over, alert: { ...alert, shown: 2 } }),
      { kind: "reply", isSilent: false },
    ],
    [
      "edits once the end was heard",
      owed({ kind: "closed", incident: over, alert: { ...alert, told: 2 } }),
      { kind: "edit" },
    ],
    [
      "says nothing of an end that the alert told of itself",
      owed({ kind: "closed", incident: over, alert: { ...alert, shown: 2, told: 2 } }),
      { kind: "nothing", silence: "known already" },
    ],
    [
      "says nothing of news that can be seen already",
      owed({ kind: "updated", notify: false, alert: { ...alert, shown: 2 } }),
      {
        kind: "nothing",
        silence: "known already",
      },
    ],
    ["says nothing of an end that was none", owed({ kind: "closed", alert }), {
      kind: "nothing",
      silence: "came back",
    }],
    [
      "lets the old alert end that came back before it was edited",
      owed({ kind: "closed", alert: { ...alert, told: 2 } }),
      { kind: "edit" },
    ],
    [
      "says nothing of a beginning whose end was told already",
      owed({ incident: over, alert: { ...alert, shown: 3, told: 3, isOver: true } }),
      { kind: "nothing", silence: "known already" },
    ],
    [
      "does not say that it is over to whoever never heard that it came back",
      owed({
        kind: "closed",
        incident: over,
        alert: { ...alert, shown: 2, hasHeardEnd: true, isOver: true },
      }),
      { kind: "nothing", silence: "known already" },
    ],
    ["goes on in the alert when the end was never told", owed({ alert }), { kind: "edit" }],
    ["alerts anew when the end was told", owed({ alert: { ...alert, isOver: true } }), {
      kind: "alert",
      isSilent: false,
    }],
    [
      "goes on in a new message, without a sound, where the alert is out of reach",
      owed({ kind: "updated", notify: false, alert: { ...alert, messageId: null } }),
      { kind: "alert", isSilent: true },
    ],
    [
      "tells the end in a new message where the alert is out of reach",
      owed({ kind: "closed", incident: over, alert: { ...alert, messageId: null } }),
      { kind: "alert", isSilent: false },
    ],
    ["tells of blindness", owed({ kind: "blinded", incident: null }), {
      kind: "message",
      isSilent: false,
    }],
    [
      "does not tell of blindness that is over",
      owed({ kind: "blinded", incident: null, isOutdated: true }),
      { kind: "nothing", silence: "outdated" },
    ],
    ["passes on what is for the administrators", owed({ kind: "notice", incident: null }), {
      kind: "message",
      isSilent: false,
    }],
  ];
  for (const [name, given, expected] of rows) {
    await t.step(name, () => assertEquals(tellingOf(given), expected));
  }
});
