/** One module named by a source file. */
export interface Import {
  readonly specifier: string;
  /** Written `import type` or `export type`: nothing of it is there at run time. */
  readonly isTypeOnly: boolean;
}

/** The modules a TypeScript source names, static and dynamic, without those in comment lines. */
export function importsOf(source: string): Import[] {
  const code = withoutCommentLines(source);
  const found: Import[] = [];
  const statement = /^\s*(import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"\n]+)"/gm;
  for (const [, , type, specifier] of code.matchAll(statement)) {
    found.push({ specifier: specifier ?? "", isTypeOnly: type !== undefined });
  }
  for (const [, specifier] of code.matchAll(/\bimport\(\s*"([^"\n]+)"/g)) {
    found.push({ specifier: specifier ?? "", isTypeOnly: false });
  }
  return found;
}

/** The source with its comment lines emptied; line numbers stay as they are. */
export function withoutCommentLines(source: string): string {
  let isInside = false;
  return source.split("\n").map((line) => {
    const text = line.trim();
    if (isInside) {
      isInside = !text.includes("*/");
      return "";
    }
    if (text.startsWith("/*")) isInside = !text.includes("*/");
    return text.startsWith("/*") || text.startsWith("//") ? "" : line;
  }).join("\n");
}

/** The files below a folder, as paths relative to it, in a fixed order. */
export function filesBelow(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = `${prefix}${entry.name}`;
    return entry.isDirectory ? filesBelow(`${folder}/${entry.name}`, `${path}/`) : [path];
  }).sort();
}
