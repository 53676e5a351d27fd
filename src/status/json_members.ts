/**
 * Names that occur more than once in the outermost object of a JSON text, of which JSON.parse silently keeps
 * the last. The text must be valid JSON.
 */
export function repeatedMembers(json: string): ReadonlySet<string> {
  const names = new Set<string>();
  const repeated = new Set<string>();
  let depth = 0;
  for (let index = 0; index < json.length; index++) {
    const char = json.charAt(index);
    if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    if (char !== '"') continue;
    const end = endOfString(json, index);
    // A string at this depth is a name if a colon follows.
    if (depth === 1 && nextChar(json, end) === ":") {
      const name = String(JSON.parse(json.slice(index, end)));
      if (names.has(name)) repeated.add(name);
      names.add(name);
    }
    index = end - 1;
  }
  return repeated;
}

/** Index after the closing quotation mark of the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  let index = start + 1;
  while (index < json.length && json.charAt(index) !== '"') {
    index += json.charAt(index) === "\\" ? 2 : 1;
  }
  return index + 1;
}

function nextChar(json: string, from: number): string {
  let index = from;
  while (" \t\r\n".includes(json.charAt(index)) && index < json.length) index++;
  return json.charAt(index);
}
