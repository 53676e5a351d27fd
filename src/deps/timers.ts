// The global function exists in Deno, but only Node's module has types for it.
export { setImmediate } from "node:timers";
