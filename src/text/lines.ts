/** The text in one line, with single spaces. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** The first `max` UTF-16 units of a text; a surrogate pair that is cut in half becomes U+FFFD. */
export function cut(text: string, max: number): string {
  return text.slice(0, max).toWellFormed();
}
