// deno-std is JavaScript without types; this file alone gives @std/csv its own.
// @ts-types="./csv.d.ts"
export { parse, stringify } from "@std/csv";
