import { Link } from "../../src/core/health.ts";
import { Counters } from "../../src/core/metrics.ts";
import { SelfWatch } from "../../src/core/self_watch.ts";
import { assertEquals } from "../assert.ts";

function given() {
  const said: string[] = [];
  const database = new Link();
  const self = new SelfWatch<"locked" | "full">({
    counters: new Counters(),
    database,
    problemOf: (error) => error === "full" ? "full" : "locked",
    texts: {
      database: { locked: "It is locked.", full: "It is full." },
      databaseAdvice: "Nothing is lost.",
      databaseWell: "It is well again.",
      conflict: "There are two of us.",
      unauthorized: "The token works again.",
      damagedFound: (detail) => `It is damaged: ${detail}.`,
      unstored: (region, severity) => `${region} has ${severity}.`,
    },
    tellAdministrators: (text) => said.push(text),
    redact: (text) => text,
    now: () => 5,
  });
  return { said, database, self };
}

Deno.test("SelfWatch tells of the database's trouble once, and of its end once", () => {
  const { said, database, self } = given();
  for (const error of [null, "full", "full", null, null]) self.noteDatabase(error);
  assertEquals(said, ["It is full. Nothing is lost.", "It is well again."]);
  assertEquals(database.error, null);
});

Deno.test("SelfWatch keeps damage in sight, even where the database can be written", () => {
  const { said, database, self } = given();
  self.noteDamage("page 7");
  self.noteDatabase(null);
  assertEquals(database.error, "damaged: page 7");
  assertEquals(said, ["It is damaged: page 7."]);
});

Deno.test("SelfWatch tells once of what could not be stored, until it can be", () => {
  const { said, self } = given();
  self.noteUnstored("ru", "outage");
  self.noteUnstored("ru", "outage");
  assertEquals(said, ["ru has outage."]);
  self.noteDatabase(null);
  self.noteUnstored("ru", "outage");
  assertEquals(said.length, 2);
});

Deno.test("SelfWatch tells of a second poller when it begins, of a refused token when it is over", () => {
  const { said, self } = given();
  for (const trouble of ["conflict", null, "unauthorized", null] as const) {
    self.notePolling(trouble);
  }
  assertEquals(said, ["There are two of us.", "The token works again."]);
});
