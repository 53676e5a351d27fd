// deno-lint-ignore-file no-console -- a tool for the terminal
// Stands in for the `sqlite3` tool on machines without it: another SQLite, in another process. Knows
// what the tests use: `FILE SQL` prints rows, `FILE` reads lines of SQL, `.print` and `.quit`; with
// `-cmd ".timeout 5000"` in front it waits for a lock.
import { DatabaseSync } from "node:sqlite";

const waits = Deno.args[0] === "-cmd";
const [file = "", sql] = waits ? Deno.args.slice(2) : Deno.args;
// Like the tool, it lets the schema's own table be written to; node's types know nothing of that yet.
const options = { readOnly: false, defensive: false };
const database = new DatabaseSync(file, options);
if (waits) database.exec("PRAGMA busy_timeout = 5000");

function run(text: string): void {
  for (let rest = text.trim(); rest !== "";) {
    // Compiles the first statement, and tells where it ends.
    const statement = database.prepare(rest);
    for (const row of statement.all()) console.log(Object.values(row).join("|"));
    rest = rest.slice(statement.sourceSQL.length).trim();
  }
}

if (sql !== undefined) run(sql);
else {
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const chunk of lines) {
    for (const line of chunk.split("\n").filter((it) => it !== "")) {
      if (line === ".quit") Deno.exit(0);
      if (line.startsWith(".print ")) console.log(line.slice(".print ".length));
      else run(line);
    }
  }
}
