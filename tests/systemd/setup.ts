// deno-lint-ignore-file no-console -- says why it is skipped
import { whyNot } from "../machine/debian.ts";
import { assert } from "../assert.ts";
import { Server } from "./server.ts";

const reason = await whyNot(["debootstrap", "systemd-nspawn", "nsenter", "journalctl"]);
if (reason !== null) console.log(`test:systemd is skipped: ${reason}`);

let server: Server | null = null;
globalThis.addEventListener("unload", () => server?.end());

/** A test on the one machine, which the first of them boots; they come in the order they are written. */
export function test(name: string, use: (server: Server) => Promise<void>): void {
  Deno.test({
    name: `systemd: ${name}`,
    ignore: reason !== null,
    // The machine and its stand-ins outlive a test.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      server ??= await Server.make();
      if (!server.isBooted) await server.boot();
      assert(server.isBooted);
      await use(server);
    },
  });
}
