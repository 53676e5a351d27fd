import { lookup } from "node:dns";

/**
 * All addresses of a name, of both families, as the system resolves it: by its hosts file, its DNS servers and
 * whatever else it has. Rejects when there is none; cannot be cancelled.
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
