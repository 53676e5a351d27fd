import manifest from "../deno.json" with { type: "json" };

/** What is running: told by `--version`, the log and the metrics. */
export interface Build {
  readonly version: string;
  /** The commit it was compiled from, as scripts/compile.ts found it; null from source. */
  readonly commit: string | null;
  /** The Deno that runs it, which is inside a compiled program. */
  readonly deno: string;
}

// The compiler's copy of deno.json has one more line.
const { version, commit }: { version: string; commit?: string } = manifest;

export const BUILD: Build = { version, commit: commit ?? null, deno: Deno.version.deno };

/** The answer to `--version`, one line. */
export function versionLine({ version, commit, deno }: Build): string {
  const origin = commit === null ? "from source" : `commit ${commit}`;
  return `bitrix24-bot ${version} (${origin}, Deno ${deno})\n`;
}
