/**
 * Adds the certificate authorities of a PEM file to those that this process trusts. To be called before
 * the first connection, because the runtime reads DENO_CERT only then.
 */
export function trustAuthorities(file: string): void {
  Deno.env.set("DENO_CERT", file);
}
