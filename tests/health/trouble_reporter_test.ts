import type { DatabaseProblem } from "../../src/domain/facts.ts";
import { Link } from "../../src/health/health.ts";
import { Counters } from "../../src/health/counters.ts";
import { TroubleReporter } from "../../src/health/trouble_reporter.ts";
import { assertEquals } from "../assert.ts";
import { turnedClock } from "../delivering/doubles.ts";

function trouble(problem: DatabaseProblem) {
  return { problem, message: problem, lastedMs: 0 };
}

function given(options: { patienceMs?: number } = { patienceMs: 0 }) {
  const said: string[] = [];
  const database = new Link();
  const clock = turnedClock();
  const it = { backs: 0 };
  const troubles = new TroubleReporter({
    counters: new Counters(),
    link: database,
    texts: {
      database: {
        damaged: "It is damaged.",
        altered: "It is altered.",
        full: "It is full.",
        "read only": "It is read only.",
        away: "It is away.",
        locked: "It is locked.",
        failed: "It fails.",
      },
      databaseAdvice: "Nothing is lost.",
      databaseWell: "It is well again.",
      conflict: "There are two of us.",
      unauthorized: "The token works again.",
      damagedFound: (detail) => `It is damaged: ${detail}.`,
      unreadableRows: (rows) => `Nobody can read ${rows}.`,
    },
    notices: { raise: (text) => said.push(text) },
    bell: { ring: () => it.backs++ },
    redact: (text) => text,
    now: () => 5,
    ...options,
    after: clock.after,
    elapsed: clock.elapsed,
  });
  return { said, database, troubles, clock, it };
}

Deno.test("TroubleReporter tells of the database's trouble once, and of its end once", () => {
  const { said, database, troubles } = given();
  for (const error of [null, trouble("full"), trouble("full"), null, null]) {
    troubles.noteDatabase("ask", error);
  }
  assertEquals(said, ["It is full. Nothing is lost.", "It is well again."]);
  assertEquals(database.error, null);
});

Deno.test("TroubleReporter lets the database be in trouble for 15 seconds before it tells", () => {
  const { said, troubles, clock } = given({});
  troubles.noteDatabase("ask", trouble("full"));
  clock.turn(14_999);
  assertEquals(said, []);
  clock.turn(1);
  assertEquals(said, ["It is full. Nothing is lost."]);
});

Deno.test("TroubleReporter takes trouble for over only when the work that failed succeeds", () => {
  const { said, database, troubles, clock } = given({ patienceMs: 15_000 });
  for (let check = 0; check < 20; check++) {
    troubles.noteDatabase("ask", null);
    troubles.noteDatabase("store ru", trouble("failed"));
    troubles.noteDatabase("store kz", null);
    troubles.noteDatabase("claim", null);
    assertEquals(database.error, "failed: failed");
    clock.turn(30_000);
  }
  assertEquals(said, ["It fails. Nothing is lost."]);
  troubles.noteDatabase("store ru", null);
  assertEquals(said, ["It fails. Nothing is lost.", "It is well again."]);
  assertEquals(database.error, null);
});

Deno.test("TroubleReporter counts an outbox that cannot be used as trouble", () => {
  const { said, database, troubles } = given();
  troubles.noteDatabase("ask", null);
  troubles.noteDatabase("claim", trouble("failed"));
  assertEquals(database.error, "failed: failed");
  troubles.noteDatabase("record", trouble("full"));
  troubles.noteDatabase("claim", null);
  assertEquals(database.error, "full: full");
  assertEquals(said, ["It fails. Nothing is lost."], "the other one within ten minutes");
});

Deno.test("TroubleReporter says at once when the database answers again, to whoever waits for that", () => {
  const { troubles, it } = given();
  troubles.noteDatabase("ask", null);
  troubles.noteDatabase("claim", trouble("locked"));
  troubles.noteDatabase("ask", null);
  troubles.noteDatabase("ask", null);
  assertEquals(it.backs, 1);
  // What only one statement meets: the others say nothing of it.
  troubles.noteDatabase("claim", trouble("failed"));
  troubles.noteDatabase("ask", null);
  assertEquals(it.backs, 1);
});

Deno.test("TroubleReporter tells of each row that nobody can read once", () => {
  const { said, troubles } = given();
  troubles.noteUnreadable([]);
  troubles.noteUnreadable(["subscribers 9007199254740993"]);
  troubles.noteUnreadable(["subscribers 9007199254740993"]);
  troubles.noteUnreadable(["incidents 9007199254740993", "subscribers 9007199254740993"]);
  assertEquals(said, [
    "Nobody can read subscribers 9007199254740993.",
    "Nobody can read incidents 9007199254740993.",
  ]);
});

Deno.test("TroubleReporter keeps damage in sight, even where the database can be written", () => {
  const { said, database, troubles } = given();
  troubles.noteDamage("page 7");
  troubles.noteDatabase("ask", null);
  assertEquals(database.error, "damaged: page 7");
  assertEquals(said, ["It is damaged: page 7."]);
});

Deno.test("TroubleReporter tells of a second poller when it begins, of a refused token when it is over", () => {
  const { said, troubles } = given();
  for (const trouble of ["conflict", null, "unauthorized", null] as const) {
    troubles.notePolling(trouble);
  }
  assertEquals(said, ["There are two of us.", "The token works again."]);
});
