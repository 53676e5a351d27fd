import manifest from "../deno.json" with { type: "json" };

/** Identity of the program, for `--version`, the log and the metrics. */
export interface Build {
  readonly version: string;
  /** Commit of a compiled program, from scripts/compile.ts; null when run from source. */
  readonly commit: string | null;
  /**
   * Time of the last change of the sources, from scripts/compile.ts, in milliseconds since the epoch; when
   * run from source a time before all of them. A right clock never shows an earlier time.
   */
  readonly builtAt: number;
  /** Version of Deno, which is part of a compiled program. */
  readonly deno: string;
}

// scripts/compile.ts adds `commit` and `builtAt` to its copy of deno.json.
const { version, commit, builtAt }: { version: string; commit?: string; builtAt?: number } =
  manifest;

const BEFORE_ALL = Date.UTC(2026, 0, 1);

export const BUILD: Build = {
  version,
  commit: commit ?? null,
  builtAt: builtAt ?? BEFORE_ALL,
  deno: Deno.version.deno,
};

/** The line for `--version`. */
export function versionLine({ version, commit, deno }: Build): string {
  const origin = commit === null ? "from source" : `commit ${commit}`;
  return `bitrix24-bot ${version} (${origin}, Deno ${deno})\n`;
}
