import manifest from "../deno.json" with { type: "json" };

/** What is running: told by `--version`, the log and the metrics. */
export interface Build {
  readonly version: string;
  /** The commit it was compiled from, as scripts/compile.ts found it; null from source. */
  readonly commit: string | null;
  /**
   * When the sources were last changed, as scripts/compile.ts found it, in milliseconds since the epoch;
   * else a time at which there were none of them yet. No clock that is right tells an earlier one.
   */
  readonly builtAt: number;
  /** The Deno that runs it, which is inside a compiled program. */
  readonly deno: string;
}

// The compiler's copy of deno.json has two more lines.
const { version, commit, builtAt }: { version: string; commit?: string; builtAt?: number } =
  manifest;

const BEFORE_ALL = Date.UTC(2026, 0, 1);

export const BUILD: Build = {
  version,
  commit: commit ?? null,
  builtAt: builtAt ?? BEFORE_ALL,
  deno: Deno.version.deno,
};

/** The answer to `--version`, one line. */
export function versionLine({ version, commit, deno }: Build): string {
  const origin = commit === null ? "from source" : `commit ${commit}`;
  return `bitrix24-bot ${version} (${origin}, Deno ${deno})\n`;
}
