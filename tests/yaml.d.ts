/** The part of @std/yaml that is used; `deno-std` on npm carries no types of its own. */
export function parse(text: string): unknown;
