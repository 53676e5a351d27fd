/** An error and what caused it, outermost first: fetch itself only says that it failed. */
export function causes(error: unknown): unknown[] {
  const chain = [error];
  for (let it = error; it instanceof Error && it.cause !== undefined; it = it.cause) {
    chain.push(it.cause);
  }
  return chain;
}

const MAX_WORDS = 200;

/**
 * Why a request failed, in the words of the error and its causes, each once and in one line; without any
 * address, which may hold a password from the settings.
 */
export function requestProblem(error: unknown): string {
  const words = causes(error).map((it) => it instanceof Error ? it.message : String(it)).join(": ")
    .replace(/ for url \([^)]*\)/g, "").replace(/[a-z][a-z0-9]*:\/\/\S+/g, "…").replace(
      /\s+/g,
      " ",
    );
  return [...new Set(words.split(": "))].join(": ").slice(0, MAX_WORDS).toWellFormed();
}
