import type { Compiled } from "./compiled.ts";

/** What every row has to work with. */
export interface Bench {
  readonly compiled: Compiled;
  /** For whatever is made meanwhile; removed at the end. */
  readonly folder: string;
  /** Fewer repeats and wide margins, for a look at every change. */
  readonly isShort: boolean;
}
