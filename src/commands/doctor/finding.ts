/** How one thing is that a running bot depends on; `settings`: wrong, and the bot would not even start. */
export interface Finding {
  readonly mark: "well" | "odd" | "wrong" | "settings";
  readonly text: string;
  /** What others said of it, word for word, a line each. */
  readonly cited?: readonly string[];
}

const SIGNS = { well: "✅", odd: "⚠️", wrong: "❌", settings: "❌" } as const;

/** A finding as it is printed: a line, and one more for each thing that is cited. */
export function printed({ mark, text, cited = [] }: Finding): string {
  return [`${SIGNS[mark]} ${visible(text)}`, ...cited.map((it) => `   ${visible(it)}`), ""].join(
    "\n",
  );
}

/** 0 all well, 1 something is wrong, 78 the settings are. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 78 {
  const marks = findings.map((finding) => finding.mark);
  return marks.includes("settings") ? 78 : marks.includes("wrong") ? 1 : 0;
}

/** In one line, with whatever a terminal would obey, hide or turn round written as its code. */
export function visible(text: string): string {
  const names: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return names[character] ?? (code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`);
  });
}

/** The first characters of a text, and a mark where that is not all. */
export function beginning(text: string, characters = 500): string {
  const all = [...text];
  return all.length > characters ? `${all.slice(0, characters).join("")}…` : text;
}
