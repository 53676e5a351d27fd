import { assert, assertEquals } from "../assert.ts";
import type { Incident } from "./history.ts";
import type { Evening } from "./live.ts";
import {
  growth,
  longestLife,
  type Truth,
  wrongDescriptors,
  wrongFiles,
  wrongHistory,
  wrongSigns,
  wrongTelling,
} from "./promises.ts";
import type { News } from "./stage.ts";

const MINUTE = 60_000;
const CHECK = 10 * MINUTE;
const TRUTH: Truth = { text: "случай 1.", from: 100 * MINUTE, until: 160 * MINUTE };
const INCIDENT: Incident = {
  id: 1,
  description: "Недоступна CRM, случай 1.",
  from: 105 * MINUTE,
  until: 175 * MINUTE,
};
const ALERT: News = { chatId: 1, saying: "alert", text: "🔴 случай 1.", at: 105 };
const END: News = { chatId: 1, saying: "recovered", text: "✅", at: 175 };
const EVENING: Evening = {
  descriptors: ["bot.db", "socket"],
  calls: 1,
  memoryMiB: 100,
  files: ["backups/bot-TIME.db", "bot.db"],
  life: 0,
};

Deno.test("a history is right with each outage once, between the checks that saw it", () => {
  assertEquals(wrongHistory([TRUTH], [INCIDENT], CHECK), []);
  const wrong: Incident[][] = [
    [],
    [INCIDENT, { ...INCIDENT, id: 2 }],
    [{ ...INCIDENT, from: 99 * MINUTE }],
    [{ ...INCIDENT, from: 113 * MINUTE }],
    [{ ...INCIDENT, until: null }],
    [{ ...INCIDENT, until: 150 * MINUTE }],
    [{ ...INCIDENT, until: 183 * MINUTE }],
    [INCIDENT, { ...INCIDENT, id: 2, description: "случай 7." }],
  ];
  for (const incidents of wrong) assertEquals(wrongHistory([TRUTH], incidents, CHECK).length, 1);
});

Deno.test("a chat was told right with the alert, then the end, of each outage once", () => {
  assertEquals(wrongTelling([TRUTH], [ALERT, END]), []);
  assertEquals(wrongTelling([TRUTH], [{ ...ALERT, saying: "late" }, END]), []);
  const wrong = [[], [ALERT], [END], [ALERT, ALERT, END], [ALERT, END, END], [END, ALERT]];
  for (const news of wrong) assertEquals(wrongTelling([TRUTH], news).length, 1);
  const other = { ...ALERT, text: "🔴 случай 2." };
  assertEquals(wrongTelling([TRUTH], [other, END]).length, 1);
});

Deno.test("one descriptor more, or another one, is not what it was", () => {
  assertEquals(wrongDescriptors([EVENING, EVENING]), []);
  const more = { ...EVENING, descriptors: [...EVENING.descriptors, "socket"] };
  assertEquals(wrongDescriptors([EVENING, more]), [
    "socket: 1 on the first evening, 2 on the last",
  ]);
  const other = { ...EVENING, descriptors: ["bot.db (deleted)", "socket"] };
  assertEquals(wrongDescriptors([EVENING, other]).length, 2);
  assertEquals(wrongDescriptors([]).length, 1);
});

Deno.test("files may only be more by a week's backups and five older logs", () => {
  const backup = "backups/bot-TIME.db";
  const log = "bot.log.N";
  const last = (files: string[]) => [EVENING, { ...EVENING, files }];
  assertEquals(wrongFiles(last(["bot.db", backup, backup, log, log, log, log, log])), []);
  assertEquals(wrongFiles(last(["bot.db", backup])).length, 1);
  assertEquals(wrongFiles(last(["bot.db", backup, backup, `${backup}.partial`])).length, 1);
  assertEquals(wrongFiles(last(["bot.db", backup, backup, ...Array(6).fill(log)])).length, 1);
});

Deno.test("memory is compared by the middle of its second fifth and its last", () => {
  const life = (sizes: number[]) => sizes.map((memoryMiB) => ({ ...EVENING, memoryMiB }));
  assertEquals(growth(life([1, 2, 3])), null);
  assertEquals(growth(life([1, 1, 10, 10, 50, 50, 50, 50, 12, 12])), 1.2);
  const rising = growth(life(Array.from({ length: 30 }, (_, day) => 100 + 5 * day)));
  assert(rising !== null && rising > 1.2);
});

Deno.test("the longest life is the one with the most evenings", () => {
  const lives = [0, 1, 1, 1, 2, 2].map((life) => ({ ...EVENING, life }));
  assertEquals(longestLife(lives), lives.slice(1, 4));
});

Deno.test("of a silence is told once, and of its end, but for one that was taken over or not seen", () => {
  const silences = [
    { kind: "portal silent", how: "alone", at: 100, until: 160 },
    { kind: "portal silent", how: "under", at: 300, until: 360 },
    { kind: "portal silent", how: "unseen", at: 500, until: 560 },
  ] as const;
  const sign = (at: number) => ({ text: "🟠 Похоже на сбой", at });
  const end = (at: number) => ({ text: "✅ company.bitrix24.ru отсюда снова отвечает.", at });
  assertEquals(wrongSigns(silences, [sign(100), end(160), sign(300)]), []);
  for (
    const wrong of [
      [],
      [sign(100), sign(100), end(160), sign(300)],
      [sign(100), end(100), sign(300)],
      [sign(100), end(160), sign(300), end(360)],
      [sign(100), end(160), sign(300), sign(500)],
      [sign(90), end(160), sign(300)],
    ]
  ) assertEquals(wrongSigns(silences, wrong).length, 1);
});
