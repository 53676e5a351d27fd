/** One or many: the right form for a number, with the number. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${new Intl.PluralRules("en").select(count) === "one" ? one : many}`;
}
