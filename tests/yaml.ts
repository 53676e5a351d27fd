// deno-std is JavaScript without types; this file alone gives @std/yaml its own.
// @ts-types="./yaml.d.ts"
export { parse } from "@std/yaml";
