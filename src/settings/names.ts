// Warnings about variables with names similar to settings.

/** Settings of the predecessor, each with what replaces it. */
const PREDECESSOR: Readonly<Record<string, string>> = {
  URL: "the status host is STATUS_URL now, without the name of a page",
  SUBSCRIBERS_FILE: "subscribers are in the database now; bitrix24-bot import takes them over",
  CACHE_TTL: "there is nothing to set in its place; a status is never older than CHECK_INTERVAL",
  HEALTH_CHECK_INTERVAL: "there is nothing to set in its place; see CHECK_INTERVAL and HEALTH_PORT",
  DEDUP_WINDOW: "there is nothing to set in its place; an incident is announced once",
  GROUP_INTERVAL: "there is nothing to set in its place; news of an incident edits its alert",
};

/** A sentence for each variable that is not in `known` but looks like a misspelt or old setting. */
export function nameWarnings(names: readonly string[], known: readonly string[]): string[] {
  return names.filter((name) => !known.includes(name)).flatMap((name) => {
    const successor = PREDECESSOR[name];
    if (successor !== undefined) {
      return [`${name} is a setting of the bot before this one and is not read: ${successor}`];
    }
    const meant = known.find((it) => isClose(name.toUpperCase(), it));
    return meant === undefined ? [] : [`${name} is no setting and is not read; is ${meant} meant?`];
  });
}

/** A variable whose name is a probable misspelling of `wanted`; undefined for none. */
export function slipFor(
  wanted: string,
  names: readonly string[],
  known: readonly string[],
): string | undefined {
  return names.find((name) => !known.includes(name) && isClose(name.toUpperCase(), wanted));
}

/** Whether two names differ by one typing error, in a long name by two. */
function isClose(name: string, known: string): boolean {
  return distance(name, known) <= (known.length >= 10 ? 2 : 1);
}

/** Edit distance with swaps of neighbouring letters (optimal string alignment). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  const rows: number[][] = [[...Array(b.length + 1).keys()]];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        isSwap ? at(i - 2, j - 2) + 1 : Infinity,
      );
    }
  }
  return at(a.length, b.length);
}
