/**
 * Lets this process trust further certificate authorities, those of a PEM file, beside the usual ones. To
 * be called before the first connection: the runtime reads DENO_CERT then, and once.
 */
export function trustAuthorities(file: string): void {
  Deno.env.set("DENO_CERT", file);
}
