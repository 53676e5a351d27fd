// Runs in a network of its own, where port 443 and the hosts file are the test's: pretend hosts at a public
// address and at loopback, a proxy, and the program's doctor for each name. Prints what doctor said.
import { PORTALS } from "../../src/sandbox/bitrix24/certificates.ts";
import { startHttpProxy } from "../proxy.ts";
import { run } from "./program.ts";

/** What is tried: a name, and whether by the proxy. */
export interface Tried {
  readonly name: string;
  readonly env: Record<string, string>;
}

/** What came of it all. */
export interface Told {
  /** Doctor's lines about the portal and the link, by name. */
  readonly lines: Record<string, string[]>;
  /** Hosts whose requests came, and the addresses at which. */
  readonly served: string[];
  readonly relayed: readonly string[];
}

const PUBLIC = "93.184.216.34";
export const PROXY = "http://127.0.0.1:3128";

if (import.meta.main) {
  const tried: Tried[] = JSON.parse(Deno.args[0] ?? "[]");
  const served: string[] = [];
  const servers = [PUBLIC, "127.0.0.1"].map((hostname) =>
    Deno.serve({ hostname, port: 443, ...PORTALS, onListen() {} }, (request) => {
      const host = request.headers.get("host") ?? "";
      served.push(`${host} at ${hostname}`);
      if (host.startsWith("www.")) return new Response("ok");
      return Response.json({ error: "NO_AUTH_FOUND" }, { status: 401 });
    })
  );
  const proxy = startHttpProxy({ port: 3128 });
  const lines: Told["lines"] = {};
  for (const { name, env } of tried) {
    const { stdout, stderr } = await run(["doctor", name], { env });
    lines[name] = (stdout + stderr).split("\n").filter((it) =>
      /Portal|Bitrix24's network/.test(it)
    );
  }
  await Promise.all([...servers.map((it) => it.shutdown()), proxy.close()]);
  const told: Told = { lines, served, relayed: proxy.relayed };
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(told)));
}
