// Prepares the runtime; main.ts imports it before any package.
import process from "node:process";

// libsql asks process.report for the C library, and the real report would need --allow-sys. All builds
// are for glibc, so this answer says so; libsql only looks whether the key exists.
process.report.getReport = () => ({ header: { glibcVersionRuntime: "2" } });

// @grammyjs/runner imports the Node build of grammY, which loads the deprecated module punycode. It is
// never used here, so its warning is switched off.
Object.assign(process, { noDeprecation: true });
