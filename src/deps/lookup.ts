import { lookup } from "node:dns";

/**
 * All addresses of a name, of both families, as the system resolves names: by its hosts file, its
 * DNS servers and other sources. Rejects for a name without addresses; cannot be cancelled.
 */
export function addressesOf(name: string): Promise<string[]> {
  return new Promise((resolve, reject) =>
    lookup(
      name,
      { all: true, verbatim: true },
      (error, found) => error ? reject(error) : resolve(found.map(({ address }) => address)),
    )
  );
}
