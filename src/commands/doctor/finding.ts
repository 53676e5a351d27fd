/** The state of one thing that the bot depends on; `settings`: wrong settings, which prevent a start. */
export interface Finding {
  readonly mark: "well" | "odd" | "wrong" | "settings";
  readonly text: string;
  /** Unchanged answers of others, one per line. */
  readonly cited?: readonly string[];
}

const SIGNS = { well: "✅", odd: "⚠️", wrong: "❌", settings: "❌" } as const;

/** A finding as text: a line, and one for each cited answer. */
export function printed({ mark, text, cited = [] }: Finding): string {
  return [`${SIGNS[mark]} ${visible(text)}`, ...cited.map((it) => `   ${visible(it)}`), ""].join(
    "\n",
  );
}

/** Exit code: 0 for no problem, 1 for a problem, 78 for wrong settings. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 78 {
  const marks = findings.map((finding) => finding.mark);
  return marks.includes("settings") ? 78 : marks.includes("wrong") ? 1 : 0;
}

/** The text in one line, with control, invisible and direction characters replaced by their codes. */
export function visible(text: string): string {
  const names: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return names[character] ?? (code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`);
  });
}

/** The first characters of a text, with an ellipsis if it is longer. */
export function beginning(text: string, characters = 500): string {
  const all = [...text];
  return all.length > characters ? `${all.slice(0, characters).join("")}…` : text;
}
