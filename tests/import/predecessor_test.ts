import fc from "fast-check";
import { OLD_TABLES, oldIncident, oldSubscriber, shown } from "../../src/import/predecessor.ts";
import { assert, assertEquals, assertObjectMatch } from "../assert.ts";

const START = "2026-01-15T10:02:11.123456+03:00";
const FROM = Date.UTC(2026, 0, 15, 7, 2, 11, 123);

type Values = Readonly<Record<string, string | null>>;

function incident(values: Values) {
  return oldIncident(
    { id: "1", start_time: START, status: "resolved", region: "ru", ...values },
    "kz",
  );
}

Deno.test("oldIncident() reads what the predecessor writes, and what its guide writes by hand", () => {
  const written = incident({
    end_time: "2026-01-15T10:32:11.000001+03:00",
    duration: "00:29:59",
    description: "Сбой",
    components: "CRM,Почта, CRM",
  });
  assertObjectMatch(written, {
    start: "2026-01-15 07:02:11",
    end: "2026-01-15 07:32:11",
    startedAt: FROM,
    isActive: false,
    components: "CRM,Почта",
    description: "Сбой",
    region: "ru",
    problems: [],
  });
  const byHand = { start_time: "2026-01-15 07:02:11", status: "active", components: "CRM,Mail" };
  assertObjectMatch(incident(byHand), {
    start: "2026-01-15 07:02:11",
    startedAt: Date.UTC(2026, 0, 15, 7, 2, 11),
    end: null,
    isActive: true,
    components: "CRM,Mail",
    problems: [],
  });
});

Deno.test("oldIncident() works the missing end out of the duration, and out of nothing else", () => {
  const cases: [Values, string | null, number][] = [
    [{ duration: "01:30:00" }, "2026-01-15 08:32:11", 0],
    [{ duration: "100:00:00" }, "2026-01-19 11:02:11", 0],
    [{ duration: "01:30:00", end_time: "2026-01-15 07:30:00" }, "2026-01-15 07:30:00", 0],
    [{ duration: "01:30:00", status: "active" }, null, 0],
    [{ duration: "1 час" }, null, 1],
    [{ duration: "01:30:00", end_time: "soon" }, "soon", 1],
    [{ duration: "01:30:00", start_time: "вчера" }, null, 1],
    [{}, null, 0],
  ];
  for (const [values, end, problems] of cases) {
    const it = incident(values);
    assertEquals([it.end, it.problems.length], [end, problems], JSON.stringify(values));
  }
});

Deno.test("oldIncident() says of everything that it does not know, and loses nothing", () => {
  const cases: [Values, Values, string][] = [
    [{ region: null }, { region: "kz" }, "names no region; taken for .kz"],
    [{ region: "Россия" }, { region: "Россия" }, 'has "Россия" for its region, which is none'],
    [
      { start_time: "вчера" },
      { start: "вчера" },
      'has "вчера" for its start_time, which is no time',
    ],
    [{ start_time: "2026-02-30" }, {}, 'has "2026-02-30" for its start_time, which is no time'],
    [{ status: "pending" }, {}, 'has the status "pending"; taken as over'],
    [
      { status: "active", end_time: START },
      { end: "2026-01-15 07:02:11" },
      'has the status "active" and an end; taken as over',
    ],
    [{ end_time: "2020-01-01" }, {}, "ends before it starts; both times are kept"],
    [
      { description: "д".repeat(30_000) },
      { description: `${"д".repeat(19_999)}…` },
      "has over 20000 characters of description; the first stay",
    ],
  ];
  for (const [values, kept, problem] of cases) {
    const it = incident(values);
    assertObjectMatch(it, { ...kept, isActive: false });
    assertEquals(it.problems, [problem]);
  }
});

Deno.test("oldIncident() calls regions as this bot does", () => {
  const cases = [["RU", "ru"], [".by", "by"], ["en", "com"], ["com.br", "br"], ["ua", "ua"]];
  for (const [region = "", name] of cases) assertEquals(incident({ region }).region, name);
});

Deno.test("oldIncident() takes any text whatever, and stays within our limits", () => {
  const text = fc.option(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 90 }),
      fc.constantFrom(
        "д,".repeat(30_000),
        START,
        "9999-12-31T23:59:59-12:00",
        "active",
        "01:00:00",
        "\ud800",
        "\0",
      ),
    ),
    { nil: null },
  );
  const { needed, optional } = OLD_TABLES.incidents;
  const columns = [...needed, ...optional].map((it) => [it, text]);
  fc.assert(fc.property(fc.record(Object.fromEntries(columns)), (row) => {
    const it = oldIncident({ ...row, id: "5" }, "ru");
    assert(it.region !== "" && it.region.length <= 40 && it.key.length < 700);
    assert(it.components.length <= 2_000 && it.description.length <= 20_000);
    assert(!it.isActive || it.end === null);
    for (const kept of [it.region, it.components, it.description, it.start, it.end ?? ""]) {
      // deno-lint-ignore no-control-regex -- these must not be there
      assert(!/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(kept));
    }
    for (const problem of it.problems) assert(!/\p{C}/u.test(problem) && problem.length < 200);
  }));
});

Deno.test("oldSubscriber() takes chats, and nothing that can be none", () => {
  const cases: [Values, Values | object | null][] = [
    [{ chat_id: "1001" }, { chatId: 1001, chatType: "private", since: null, problems: [] }],
    [{ chat_id: "-5" }, { chatType: "group" }],
    [{ chat_id: "-1001234567890" }, { chatType: "supergroup" }],
    [{ chat_id: "1", subscribed_at: "2026-01-15 07:02:11" }, {
      since: Date.UTC(2026, 0, 15, 7, 2, 11),
    }],
    [{ chat_id: "1", subscribed_at: "once" }, {
      since: null,
      problems: ['has "once" for the time it subscribed; taken as now'],
    }],
    [{ chat_id: "0" }, null],
    [{ chat_id: "9007199254740993" }, null],
    [{ chat_id: "-9223372036854775807" }, null],
  ];
  for (const [row, expected] of cases) {
    const it = oldSubscriber(row);
    if (expected === null || it === null) assertEquals<unknown>(it, expected);
    else assertObjectMatch(it, expected as Record<string, unknown>);
  }
});

Deno.test("shown() makes foreign text harmless in a terminal", () => {
  assertEquals(shown("a\u001b[31mb\u009b1m\u202e\nc"), '"a [31mb 1m  c"');
  assertEquals(shown("x".repeat(100)), `"${"x".repeat(60)}…"`);
});
