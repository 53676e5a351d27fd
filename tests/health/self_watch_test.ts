import type { DatabaseProblem } from "../../src/domain/facts.ts";
import { Link } from "../../src/health/health.ts";
import { Counters } from "../../src/health/counters.ts";
import { SelfWatch } from "../../src/health/self_watch.ts";
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
  const self = new SelfWatch({
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
  return { said, database, self, clock, it };
}

Deno.test("SelfWatch tells of the database's trouble once, and of its end once", () => {
  const { said, database, self } = given();
  for (const error of [null, trouble("full"), trouble("full"), null, null]) {
    self.noteDatabase("ask", error);
  }
  assertEquals(said, ["It is full. Nothing is lost.", "It is well again."]);
  assertEquals(database.error, null);
});

Deno.test("SelfWatch lets the database be in trouble for 15 seconds before it tells", () => {
  const { said, self, clock } = given({});
  self.noteDatabase("ask", trouble("full"));
  clock.turn(14_999);
  assertEquals(said, []);
  clock.turn(1);
  assertEquals(said, ["It is full. Nothing is lost."]);
});

Deno.test("SelfWatch takes trouble for over only when the work that failed succeeds", () => {
  const { said, database, self, clock } = given({ patienceMs: 15_000 });
  for (let check = 0; check < 20; check++) {
    self.noteDatabase("ask", null);
    self.noteDatabase("store ru", trouble("failed"));
    self.noteDatabase("store kz", null);
    self.noteDatabase("claim", null);
    assertEquals(database.error, "failed: failed");
    clock.turn(30_000);
  }
  assertEquals(said, ["It fails. Nothing is lost."]);
  self.noteDatabase("store ru", null);
  assertEquals(said, ["It fails. Nothing is lost.", "It is well again."]);
  assertEquals(database.error, null);
});

Deno.test("SelfWatch counts an outbox that cannot be used as trouble", () => {
  const { said, database, self } = given();
  self.noteDatabase("ask", null);
  self.noteDatabase("claim", trouble("failed"));
  assertEquals(database.error, "failed: failed");
  self.noteDatabase("record", trouble("full"));
  self.noteDatabase("claim", null);
  assertEquals(database.error, "full: full");
  assertEquals(said, ["It fails. Nothing is lost."], "the other one within ten minutes");
});

Deno.test("SelfWatch says at once when the database answers again, to whoever waits for that", () => {
  const { self, it } = given();
  self.noteDatabase("ask", null);
  self.noteDatabase("claim", trouble("locked"));
  self.noteDatabase("ask", null);
  self.noteDatabase("ask", null);
  assertEquals(it.backs, 1);
  // What only one statement meets: the others say nothing of it.
  self.noteDatabase("claim", trouble("failed"));
  self.noteDatabase("ask", null);
  assertEquals(it.backs, 1);
});

Deno.test("SelfWatch tells of each row that nobody can read once", () => {
  const { said, self } = given();
  self.noteUnreadable([]);
  self.noteUnreadable(["subscribers 9007199254740993"]);
  self.noteUnreadable(["subscribers 9007199254740993"]);
  self.noteUnreadable(["incidents 9007199254740993", "subscribers 9007199254740993"]);
  assertEquals(said, [
    "Nobody can read subscribers 9007199254740993.",
    "Nobody can read incidents 9007199254740993.",
  ]);
});

Deno.test("SelfWatch keeps damage in sight, even where the database can be written", () => {
  const { said, database, self } = given();
  self.noteDamage("page 7");
  self.noteDatabase("ask", null);
  assertEquals(database.error, "damaged: page 7");
  assertEquals(said, ["It is damaged: page 7."]);
});

Deno.test("SelfWatch tells of a second poller when it begins, of a refused token when it is over", () => {
  const { said, self } = given();
  for (const trouble of ["conflict", null, "unauthorized", null] as const) {
    self.notePolling(trouble);
  }
  assertEquals(said, ["There are two of us.", "The token works again."]);
});
