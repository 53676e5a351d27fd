import fc from "fast-check";
import {
  columnsOf,
  INCIDENT_COLUMNS,
  type IncidentField,
  oldIncident,
  type OldRow,
  oldSubscriber,
  SUBSCRIBER_COLUMNS,
  type SubscriberField,
} from "../../src/domain/predecessor.ts";
import { OldTimes } from "../../src/domain/predecessor_times.ts";
import { componentsIn, isOverByWord, regionIn, shown } from "../../src/domain/predecessor_words.ts";
import { fromSqlTime, toSqlTime } from "../../src/domain/record.ts";
import { assert, assertEquals, assertObjectMatch } from "../assert.ts";

const TIMES = new OldTimes();

function rowOf<Field extends string>(
  fields: Readonly<Record<Field, unknown>>,
  values: Partial<Record<Field, string>>,
): OldRow<Field> {
  const nothing = Object.keys(fields).map((it) => [it, null]);
  return { ...Object.fromEntries(nothing), ...values } as OldRow<Field>;
}

function incident(values: Partial<Record<IncidentField, string>>) {
  return oldIncident(rowOf(INCIDENT_COLUMNS, values), { times: TIMES, region: "ru" });
}

function subscriber(values: Partial<Record<SubscriberField, string>>, hasChatColumn = true) {
  return oldSubscriber(rowOf(SUBSCRIBER_COLUMNS, values), { times: TIMES, hasChatColumn });
}

Deno.test("OldTimes knows that an hour came twice when the clocks were set back", () => {
  const time = TIMES.parse("2014-10-26 01:30:00");
  assertEquals(time, {
    at: Date.UTC(2014, 9, 25, 21, 30),
    later: Date.UTC(2014, 9, 25, 22, 30),
  });
  const { startedAt, endedAt } = incident({
    start: "2014-10-26 01:50",
    end: "2014-10-26 01:10",
  });
  assertEquals((endedAt ?? 0) - (startedAt ?? 0), 20 * 60_000);
});

Deno.test("oldIncident() works the missing end out of the duration", () => {
  const start = "2024-01-10T10:00:00Z";
  const from = Date.UTC(2024, 0, 10, 10);
  const cases: [Partial<Record<IncidentField, string>>, number | null, number | null, string][] = [
    [{ start, status: "resolved", duration: "5 мин" }, from, from + 300_000, ""],
    [{ end: start, status: "resolved", duration: "5 мин" }, from - 300_000, from, ""],
    [{ start, end: "2024-01-10T11:00:00Z", duration: "5 мин" }, from, from + 3_600_000, ""],
    [{ start, status: "resolved", duration: "long" }, from, null, "[duration: long]"],
    [{ start, status: "active", duration: "5 мин" }, from, null, ""],
    [{ status: "resolved", duration: "5 мин" }, null, null, "[duration: 5 мин]"],
  ];
  for (const [row, startedAt, endedAt, description] of cases) {
    assertObjectMatch(incident(row), { startedAt, endedAt, description });
  }
});

Deno.test("oldIncident() tells what is over from what is not", () => {
  const start = "2024-01-10T10:00:00Z";
  const end = "2024-01-10T11:00:00Z";
  const cases: [Partial<Record<IncidentField, string>>, boolean, number][] = [
    [{ start, status: "active" }, true, 0],
    [{ start, status: "Открыт" }, true, 0],
    [{ start, status: "Investigating" }, true, 0],
    [{ start, status: "outage" }, true, 0],
    [{ start, end, status: "RESOLVED" }, false, 0],
    [{ start, end, status: "✅ Решён" }, false, 0],
    [{ start, end, status: "closed" }, false, 0],
    [{ start, end, status: "active" }, false, 1],
    [{ start, status: "resolved" }, false, 1],
    [{ start, end, status: "whatever" }, false, 1],
    [{ start, status: "whatever" }, true, 1],
    [{ start, end }, false, 0],
    [{ start }, true, 0],
    [{ start, end: "None", status: "None" }, true, 0],
    [{ start, active: "0", end }, false, 0],
    [{ start, resolved: "1", end }, false, 0],
    [{ start, resolved: "False" }, true, 0],
  ];
  for (const [row, isOpen, problems] of cases) {
    const { isOpen: isIt, problems: { length } } = incident(row);
    assertEquals([isIt, length], [isOpen, problems], JSON.stringify(row));
  }
});

Deno.test("oldIncident() keeps what it cannot read, and says so", () => {
  const taken = incident({
    id: "12.0",
    region: ".RU",
    title: "Сбой\nпочты",
    description: "Не работает",
    status: "resolved",
    start: "вчера",
    severity: "7",
  });
  assertObjectMatch(taken, {
    id: 12,
    region: "ru",
    title: "Сбой почты",
    description: "Не работает\n[start_time: вчера]\n[severity: 7]",
    startedAt: null,
    severity: "outage",
  });
  assertEquals(taken.problems, [
    'start_time "вчера" is no time that can be read; kept in the description',
    "has no start that is known",
    "is over, but nobody knows since when",
    'severity "7" is no word we know; kept in the description',
  ]);
  assertEquals(incident({ severity: "Warning" }).severity, "degraded");
  assertEquals(incident({ status: "degraded" }).severity, "degraded");
  assertEquals(incident({}).region, "ru");
  const long = incident({ description: "д".repeat(30_000), start: "вчера" });
  assertEquals(long.description.length, 20_000);
  assert(long.description.endsWith("[start_time: вчера]"));
});

Deno.test("oldIncident() takes any text whatever, and stays within our limits", () => {
  const text = fc.option(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 50 }),
      fc.string({ unit: "binary", minLength: 500, maxLength: 700 }),
      fc.constantFrom("2024-01-10", "active", "resolved", "1:00:00", "5", "\ud800", "\0"),
      fc.double().map(String),
      fc.json(),
    ),
    { nil: null },
  );
  const fields = Object.fromEntries(Object.keys(INCIDENT_COLUMNS).map((it) => [it, text]));
  fc.assert(fc.property(fc.record(fields), (row) => {
    const it = oldIncident(row as OldRow<IncidentField>, { times: TIMES, region: "ru" });
    assert(it.region !== "" && it.region.length <= 40);
    assert(it.title.length <= 300 && it.description.length <= 20_000);
    assert(!it.isOpen || it.endedAt === null);
    for (const name of it.components) {
      assert(name !== "" && name.length <= 100 && !/[,\s]{2}|,/.test(name));
    }
    for (const kept of [it.region, it.title, it.description, ...it.components]) {
      // deno-lint-ignore no-control-regex -- these must not be there
      assert(kept.isWellFormed() && !/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(kept));
    }
    for (const ms of [it.startedAt, it.endedAt]) {
      if (ms !== null) assertEquals(fromSqlTime(toSqlTime(ms)), Math.floor(ms / 1000) * 1000);
    }
    for (const problem of it.problems) assert(!/\p{C}/u.test(problem) && problem.length < 200);
  }));
});

Deno.test("oldSubscriber() finds the chat, and whether it still wants to be told", () => {
  const cases: [Parameters<typeof subscriber>, unknown][] = [
    [[{ chat: "1001" }], { chatId: 1001, chatType: "private" }],
    [[{ chat: "-5" }], { chatId: -5, chatType: "group" }],
    [[{ chat: "-1001234567890" }], { chatType: "supergroup" }],
    [[{ chat: "-1001234567890", type: "channel" }], { chatType: "channel" }],
    [[{ chat: "5", type: "supergroup" }], { chatType: "private" }],
    [[{ chat: "1001.0" }], { chatId: 1001 }],
    [[{ user: "7" }], { chatId: 7 }],
    [[{ chat: "None", user: "7" }], { chatId: 7 }],
    [[{ id: "7" }, false], { chatId: 7 }],
    [[{ id: "7" }], { reason: "has no chat id" }],
    [[{ chat: "0" }], { reason: 'has "0" for a chat id' }],
    [[{ chat: "1", active: "0" }], "left"],
    [[{ chat: "1", active: "False" }], "left"],
    [[{ chat: "1", active: "kicked" }], "left"],
    [[{ chat: "1", active: "1", leftAt: "2024-01-01" }], { chatId: 1 }],
    [[{ chat: "1", leftAt: "2024-01-01" }], "left"],
    [[{ chat: "1", since: "2024-01-10" }], { since: Date.UTC(2024, 0, 9, 21) }],
  ];
  for (const [given, expected] of cases) {
    const it = subscriber(...given);
    if (typeof expected === "string") assertEquals<unknown>(it, expected);
    else assertObjectMatch(it as object, expected as object, JSON.stringify(given));
  }
  const odd = subscriber({ chat: "1", active: "maybe", since: "once" });
  assert(typeof odd === "object" && "problems" in odd);
  assertEquals(odd.problems.length, 2);
});

Deno.test("oldSubscriber() takes any text whatever", () => {
  const text = fc.option(fc.string({ unit: "binary", maxLength: 400 }), { nil: null });
  const fields = Object.fromEntries(Object.keys(SUBSCRIBER_COLUMNS).map((it) => [it, text]));
  const id = fc.oneof(text, fc.integer().map(String));
  fc.assert(fc.property(fc.record({ ...fields, chat: id }), (row) => {
    const it = oldSubscriber(row as OldRow<SubscriberField>, { times: TIMES, hasChatColumn: true });
    if (it === "left" || "reason" in it) return;
    assert(Number.isSafeInteger(it.chatId) && it.chatId !== 0);
  }));
});

Deno.test("componentsIn() reads lists of every kind", () => {
  const cases: [string, string[]][] = [
    ["CRM,Mail", ["CRM", "Mail"]],
    ["CRM, Почта ; Чат\nДиск, CRM", ["CRM", "Почта", "Чат", "Диск"]],
    ['["CRM", "Открытые линии"]', ["CRM", "Открытые линии"]],
    ["['CRM', 'Почта']", ["CRM", "Почта"]],
    ['{"CRM": "down", "Почта": "down"}', ["CRM", "Почта"]],
    ['[{"name": "CRM"}, "Чат, видео", 5, null]', ["CRM", "Чат видео", "5", "null"]],
    ["[]", []],
    ["[unfinished", ["[unfinished"]],
    ["", []],
  ];
  for (const [text, names] of cases) assertEquals(componentsIn(text).names, names, text);
  assertEquals(componentsIn(Array.from({ length: 60 }, (_, i) => i).join()).isCut, true);
});

Deno.test("regionIn() writes regions as our tables do, and keeps what is none", () => {
  const cases = [["RU", "ru"], [".by", "by"], ["bitrix24.kz", "kz"], [" com ", "com"]];
  for (const [text = "", region] of cases) assertEquals(regionIn(text), region);
  assertEquals([regionIn("Россия"), regionIn(" "), regionIn("\0")], ["россия", null, null]);
});

Deno.test("columnsOf() finds columns whatever their case, the likeliest first", () => {
  const of = columnsOf(INCIDENT_COLUMNS, ["ID", "created_at", "Start_Time", "text"]);
  assertObjectMatch(of, { id: "ID", start: "Start_Time", description: "text", end: null });
});

Deno.test("isOverByWord() says nothing of words that it does not know", () => {
  assertEquals(["не решен", "", "1", "❌"].map(isOverByWord), [null, null, null, null]);
});

Deno.test("shown() makes foreign text harmless in a terminal", () => {
  assertEquals(shown("a\u001b[31mb\u009b1m\u202e\nc"), '"a [31mb 1m  c"');
  assertEquals(shown("x".repeat(100)), `"${"x".repeat(60)}…"`);
});
