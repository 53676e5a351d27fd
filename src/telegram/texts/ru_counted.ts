/** One, few (2–4), many: the right form for a number, with the number. */
export function counted(count: number, one: string, few: string, many: string): string {
  const form = new Intl.PluralRules("ru").select(count);
  return `${count} ${form === "one" ? one : form === "few" ? few : many}`;
}
