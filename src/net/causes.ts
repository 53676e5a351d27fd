/** An error and what caused it, outermost first: fetch itself only says that it failed. */
export function causes(error: unknown): unknown[] {
  const chain = [error];
  for (let it = error; it instanceof Error && it.cause !== undefined; it = it.cause) {
    chain.push(it.cause);
  }
  return chain;
}
