// The README's two commands as its reader types them, in a fresh Debian: once as this machine reaches
// npm's registry, once behind a proxy that re-signs TLS.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { whyNot } from "../machine/debian.ts";
import { readmeBlock } from "../readme.ts";
import { withFolder } from "../support.ts";
import { BareDebian } from "./bare_debian.ts";
import { neighbour } from "./neighbour.ts";
import { startResigningProxy } from "./resigning_proxy.ts";

/** Of all tests those that want most of a machine: sqlite3, files' modes, a program of their own. */
const FEW = "tests/guide_test.ts tests/readme_test.ts tests/settings/env_file_test.ts";
const isWhole = Deno.env.get("NEIGHBOURS_WHOLE") === "1";

const [demo = "", test = ""] = readmeBlock("npx --yes deno@").split("\n");
const README = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

/** Types the demo's command, and Ctrl-C once an outage was told. */
async function seeOutage(debian: BareDebian, before = ""): Promise<string> {
  // A job has a process group of its own, all of which hears of Ctrl-C.
  const { code, output } = await debian.type(`${before}
    set -m
    ${demo.replace("#", "> ~/demo.log 2>&1 & #")}
    for n in $(seq 1200); do
      grep -q "🔴 Сбой Bitrix24" ~/demo.log && break
      kill -0 $! 2> /dev/null || break
      sleep 0.1
    done
    kill -INT -- -$!
    wait $! || true
    cat ~/demo.log
    ! readlink /proc/[0-9]*/exe | grep deno`);
  assertEquals(code, 0, output);
  return output;
}

await neighbour(
  "the README's two commands on a bare Debian, as an ordinary user",
  {
    programs: { openssl: ["version"], git: ["--version"] },
    leavesOut: isWhole ? null : `all tests but ${FEW} (NEIGHBOURS_WHOLE=1 runs them)`,
    reason: await whyNot(["debootstrap", "systemd-nspawn"]),
  },
  async (step) => {
    const debian = await BareDebian.make();
    try {
      await step("it has Node 18, and neither Deno nor sqlite3", async () => {
        const { code, output } = await debian.type("node --version; ! command -v deno sqlite3");
        assertEquals(code, 0, output);
        assertMatch(output, /^v18\./);
      });

      await step("the demo tells an outage, and ends with Ctrl-C", async () => {
        await debian.reachAsHere();
        assertStringIncludes(await seeOutage(debian), "🔴 Сбой Bitrix24");
      });

      await step("the tests are green", async () => {
        const { code, output } = await debian.type(isWhole ? test : test.replace("#", `${FEW} #`));
        const last = output.trimEnd().split("\n").at(-1) ?? "";
        assertMatch(last, /^\d+ passed, 0 failed/, output.slice(-20_000));
        assertEquals(code, 0, last);
      });

      await step("behind a proxy that re-signs TLS", async () => {
        await withFolder(async (folder) => {
          const proxy = await startResigningProxy(folder);
          try {
            await debian.reachThrough(proxy.port, proxy.authority);
            const [, before] = /`(export DENO_TLS_CA_STORE=[^`]*)`/.exec(README) ?? [];
            assert(before, "README.md does not say what to type behind such a proxy");
            assertStringIncludes(await seeOutage(debian, before), "🔴 Сбой Bitrix24");
            // Deno's own package, and those of the bot.
            assert(proxy.tunnels.length > 1, proxy.tunnels.join(" "));
          } finally {
            proxy.close();
          }
        });
      });
    } finally {
      await debian.end();
    }
  },
);
