import { assert, assertEquals } from "../assert.ts";
import { ANNA, changes, GROUP, LIFE, record, SUPERGROUP, TEXT, told, WELL } from "./crafted.ts";
import { type Broken, brokenPromises, countDuplicates, describe } from "./promises.ts";
import type { Record } from "./record.ts";

const KEPT: [string, Record][] = [
  ["the alert, its correction and the recovery", record(WELL)],
  [
    "a recovery that comes before the correction",
    record(["alert 1", "recovered 2", "edited over 1"]),
  ],
  ["one late line", record(["late 1"])],
  ["an alert that came twice because its answer was lost", record(["alert 9?", ...WELL])],
  [
    "a recovery that came twice for the same reason",
    record([...WELL.slice(0, 2), "recovered 9?", "recovered 2"]),
  ],
  [
    "a turn to the worse",
    record(["alert 1", "worsened 2", "edited over 1", "recovered 3"], {
      changes: changes("opened", "worsened", "closed"),
    }),
  ],
  [
    "a relapse",
    record([...WELL, "alert 3", "edited over 3", "recovered 4"], {
      changes: changes("opened", "closed", "opened", "closed"),
    }),
  ],
  [
    "nothing, in a chat that cannot be reached",
    record([], {
      recipients: [{ ids: [ANNA], isReachable: false }],
      deliveries: record([]).deliveries.map((it) => ({ ...it, state: "paused", error: "blocked" })),
    }),
  ],
  ["an alert that went with its topic", record(["alert 1", "deleted alert 1", "recovered 2"])],
  [
    "an incident that goes on in the supergroup",
    record([], {
      recipients: [{ ids: [GROUP, SUPERGROUP], isReachable: true }],
      told: [...told(GROUP, ["alert 1"]), ...told(SUPERGROUP, ["late 1"])],
      deliveries: record([]).deliveries.map((it) => ({ ...it, chatId: SUPERGROUP })),
    }),
  ],
  [
    "a region that was bad for a moment only",
    record([], {
      incidents: [],
      changes: [],
      deliveries: [],
      badReadings: new Map([["qa", 1]]),
    }),
  ],
];

const BROKEN: [Broken["promise"], string, Record][] = [
  ["heard", "a chat that heard nothing", record([])],
  ["heard", "an alert that was only perhaps there", record(["alert 1?"])],
  ["heard", "a lost recovery", record(WELL.slice(0, 2))],
  ["heard", "a recovery that only perhaps came", record([...WELL.slice(0, 2), "recovered 2?"])],
  ["heard", "an alert that stays open", record(["alert 1"])],
  [
    "heard",
    "an old text in the end",
    record(WELL, {
      incidents: [{ id: 1, region: "qa", description: "сбой qa-2", isOpen: false }],
    }),
  ],
  [
    "heard",
    "an incident that is never closed",
    record(WELL, {
      incidents: [{ id: 1, region: "qa", description: TEXT, isOpen: true }],
    }),
  ],
  ["heard", "an end that nobody decided", record(WELL, { changes: changes("opened", "updated") })],
  [
    "heard",
    "an outage that nobody saw",
    record([], {
      incidents: [],
      changes: [],
      deliveries: [],
    }),
  ],
  [
    "heard",
    "one outage that became two",
    record(WELL, {
      incidents: [1, 2].map((id) => ({ id, region: "qa", description: TEXT, isOpen: false })),
    }),
  ],
  ["heard", "a chat that was forgotten when it was decided", record(WELL, { deliveries: [] })],
  ...["failed", "expired", "due", "paused"].map((state): (typeof BROKEN)[number] => [
    "heard",
    `a delivery that is ${state}`,
    record(WELL, { deliveries: record(WELL).deliveries.map((it) => ({ ...it, state })) }),
  ]),
  [
    "heard",
    "a chat that is let go of",
    record(WELL, {
      deliveries: record(WELL).deliveries.map((it) => ({
        ...it,
        state: "skipped",
        error: "no recipient",
      })),
    }),
  ],
  [
    "heard",
    "a supergroup that never hears",
    record([], {
      recipients: [{ ids: [GROUP, SUPERGROUP], isReachable: true }],
      told: told(GROUP, ["alert 1"]),
      deliveries: record([]).deliveries.map((it) => ({ ...it, chatId: SUPERGROUP })),
    }),
  ],
  ["order", "a recovery before the alert", record(["recovered 2", "late 1"])],
  [
    "order",
    "worse to somebody who was told late",
    record([], {
      changes: changes("opened", "worsened", "closed"),
      told: told(ANNA, ["alert 1", "worsened 2", "recovered 3", "edited over 1"])
        .map((it) => ({ ...it, at: it.at * 60_000 })),
    }),
  ],
  [
    "order",
    "worse after the end",
    record([...WELL, "worsened 3"], {
      changes: changes("opened", "closed", "worsened"),
    }),
  ],
  [
    "order",
    "an alert that opens again by itself",
    record([
      ...WELL,
      "edited alert 1",
      "edited over 1",
    ]),
  ],
  [
    "order",
    "deliveries of one chat out of turn",
    record(WELL, {
      deliveries: record(WELL).deliveries.map((it) => ({ ...it, settledAt: -it.id })),
    }),
  ],
  ["duplicates", "one alert too many", record(["alert 9", ...WELL])],
  ["duplicates", "one more than was uncertain", record(["alert 9?", "alert 8", ...WELL])],
  ["duplicates", "a recovery too many", record([...WELL, "recovered 3"])],
  [
    "duplicates",
    "a turn to the worse that was told twice",
    record(
      ["alert 1", "worsened 2", "worsened 3", "edited over 1", "recovered 4"],
      { changes: changes("opened", "worsened", "closed") },
    ),
  ],
  [
    "duplicates",
    "an alert that was not remembered",
    record(WELL, {
      deliveries: record(WELL).deliveries.map((it) => ({ ...it, messageId: 77 })),
    }),
  ],
  [
    "duplicates",
    "a second alert after one move",
    record([], {
      recipients: [{ ids: [GROUP, SUPERGROUP], isReachable: true }],
      told: [
        ...told(GROUP, ["alert 1"]),
        ...told(SUPERGROUP, ["alert 1", "alert 2", "edited over 2", "recovered 3"]),
      ],
      deliveries: record([]).deliveries.map((it) => ({ ...it, chatId: SUPERGROUP })),
    }),
  ],
  ["fairness", "answers that went before deliveries", examined(20, 150)],
  ["fairness", "a chat of the settings that came last", examined(150, 20, 4_000)],
  ["fairness", "a chat of the settings that was not told", examined(150, 20, Infinity)],
  ["violations", "a limit that was passed", record(WELL, { violations: ["over the limit"] })],
  ["life", "an exit code", record(WELL, { runs: [{ ...LIFE, code: 1 }] })],
  [
    "life",
    "an error that nobody caught",
    record(WELL, {
      runs: [{ ...LIFE, log: "2026 CRITICAL main Unhandled rejection" }],
    }),
  ],
  [
    "life",
    "attempts that a kill cut short and nobody owned up to",
    record(WELL, {
      runs: [
        {
          ...LIFE,
          signal: "SIGKILL",
          code: 137,
          begun: [{ chatId: ANNA, region: "qa", at: 0, isDue: true }],
        },
        { ...LIFE, log: " INFO app Started\n WARNING delivery … are made again count=3" },
      ],
    }),
  ],
];

/** So many others are told within five seconds, and so many answers given; the group is told then. */
function examined(count: number, answers: number, groupAfterMs = 100): Record {
  const spread = (n: number) => Array.from({ length: n }, (_, index) => 5_000 * index / n);
  const alert = (chatId: number, at: number) => ({ ...told(chatId, ["alert 1"])[0]!, at });
  const others = spread(count).map((at, index) => alert(3_000 + index, at));
  const group = groupAfterMs === Infinity ? [] : [alert(GROUP, groupAfterMs)];
  return record([], {
    told: [...others, ...group].sort((a, b) => a.at - b.at),
    recipients: [{ ids: [GROUP], isReachable: true, isConfigured: true }],
    exam: { region: "qa", answers: spread(answers) },
  });
}

Deno.test("brokenPromises() finds nothing unfair where deliveries got their half", () => {
  const found = brokenPromises(examined(75, 75)).filter((it) => it.promise === "fairness");
  assertEquals(found, []);
});

Deno.test("brokenPromises() finds nothing where all was kept", async (t) => {
  for (const [name, kept] of KEPT) {
    await t.step(name, () => assertEquals(brokenPromises(kept), []));
  }
});

Deno.test("brokenPromises() finds each kind of broken promise", async (t) => {
  for (const [promise, name, broken] of BROKEN) {
    await t.step(`${promise}: ${name}`, () => {
      const found = brokenPromises(broken);
      assert(found.some((it) => it.promise === promise), describe(found, broken));
    });
  }
});

Deno.test("countDuplicates() counts what came and was not known to have come", () => {
  assertEquals([record(["alert 9?", ...WELL]), record(WELL)].map(countDuplicates), [1, 0]);
});
