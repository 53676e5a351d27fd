// Imported first of all by main.ts, before the packages it prepares the runtime for.
import process from "node:process";

// libsql asks process.report whether it runs on glibc or musl, which would need --allow-sys for the
// names of the machine and its networks. We build for glibc and say so; only the key's presence counts.
process.report.getReport = () => ({ header: { glibcVersionRuntime: "2" } });

// @grammyjs/runner pulls in the Node build of grammY, whose node-fetch uses the deprecated punycode
// module. Nothing of it ever runs here; the warning would only frighten people.
Object.assign(process, { noDeprecation: true });
