// deno-lint-ignore-file no-console -- the address is for people
// Our own libSQL server (server.ts) as a process: `deno run -A tests/hrana/main.ts FILE [PORT]`. With
// LIBSQL_TEST_URL=http://127.0.0.1:8180 tests/store/server_test.ts goes by it as by a real one.
import { startHranaServer } from "./server.ts";

const [file, port = "8180"] = Deno.args;
if (file === undefined) throw new Error("Which file?");
console.log(startHranaServer(file, { port: Number(port) }).url);
