/** Types for the used part of @std/csv: the npm package `deno-std` has none. */
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
