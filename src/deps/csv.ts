// The only import of @std/csv, with the types that its npm package lacks.
// @ts-types="./csv.d.ts"
export { parse, stringify } from "@std/csv";
