// Deno has it for everybody, but its types only for Node's module.
export { setImmediate } from "node:timers";
