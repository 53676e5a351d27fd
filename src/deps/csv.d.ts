/** The part of @std/csv that is used; `deno-std` on npm carries no types of its own. */
export interface StringifyOptions {
  readonly headers?: boolean;
  readonly separator?: string;
  readonly columns?: readonly string[];
  readonly crlf?: boolean;
  readonly bom?: boolean;
}
export interface ParseOptions {
  readonly separator?: string;
  readonly skipFirstRow?: boolean;
}
export function stringify(
  data: readonly (readonly unknown[] | Readonly<Record<string, unknown>>)[],
  options?: StringifyOptions,
): string;
export function parse(text: string, options?: ParseOptions): string[][];
