import { AUTHORITY } from "../../src/sandbox/bitrix24/certificates.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { withFolder } from "../support.ts";
import { TOKEN } from "../world.ts";
import { PROXY, type Told, type Tried } from "./portal_stage.ts";

const HOSTS = `127.0.0.1 localhost
93.184.216.34 www.1c-bitrix.ru company.bitrix24.ru proxied.bitrix24.ru other.example.org two.bitrix24.ru
10.0.0.1 two.bitrix24.ru
127.0.0.1 loop.bitrix24.ru
::ffff:127.0.0.1 mapped.bitrix24.ru
`;
const STAGE = new URL("portal_stage.ts", import.meta.url).pathname;
/** A loopback, one public address on it, and the hosts file. */
const NETWORK = `ip link set lo up
ip addr add 93.184.216.34/32 dev lo
mount --bind "$HOSTS_FILE" /etc/hosts
exec "$0" run -q -A "$1" "$2"`;

/** Whether this machine lets a test have a network of its own. */
const isPossible = (await new Deno.Command("unshare", {
  args: ["--net", "--mount", "sh", "-c", "ip link set lo up"],
}).output().catch(() => null))?.success ?? false;

Deno.test({
  name:
    "end to end: a portal is asked on port 443 by its own name, and never at an address that is not public",
  ignore: !isPossible,
  async fn() {
    await withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/hosts`, HOSTS);
      await Deno.writeTextFile(`${folder}/authority.pem`, AUTHORITY);
      const env = {
        BOT_TOKEN: TOKEN,
        BOT_LANG: "en",
        CA_FILE: `${folder}/authority.pem`,
        TELEGRAM_API_ROOT: "http://127.0.0.1:1",
        STATUS_URL: "http://127.0.0.1:1",
        DATABASE_URL: `file:${folder}/bot.db`,
        LOG_FILE: "none",
        HEALTH_PORT: "0",
        DENO_NO_UPDATE_CHECK: "1",
        PORTAL_DOMAINS: "example.org",
      };
      const { CA_FILE: _, ...untrusting } = env;
      const names = ["company", "two", "loop", "mapped"].map((it) => `${it}.bitrix24.ru`);
      const tried: Tried[] = [
        ...[...names, "other.example.org"].map((name) => ({ name, env })),
        { name: "proxied.bitrix24.ru", env: { ...env, HTTPS_PROXY: PROXY } },
        { name: "company.bitrix24.ru.", env: untrusting },
      ];
      const { stdout, stderr, success } = await new Deno.Command("unshare", {
        args: [
          ...["--net", "--mount", "sh", "-euc", NETWORK, Deno.execPath()],
          ...[STAGE, JSON.stringify(tried)],
        ],
        env: { HOSTS_FILE: `${folder}/hosts` },
      }).output();
      const decoder = new TextDecoder();
      assert(success, decoder.decode(stderr));
      const { lines, served, relayed }: Told = JSON.parse(decoder.decode(stdout));
      const said = (name: string) => (lines[name] ?? []).join("\n");
      assertMatch(
        said("company.bitrix24.ru"),
        /✅ Portal company.*HTTP 401 NO_AUTH_FOUND; questions: 1,/,
      );
      assertMatch(said("company.bitrix24.ru"), /✅ .*www\.1c-bitrix\.ru answers/);
      for (const name of ["two", "loop", "mapped"]) {
        assertStringIncludes(
          said(`${name}.bitrix24.ru`),
          `${name}.bitrix24.ru: not asked (its name leads to an address that is not public)`,
        );
      }
      assertStringIncludes(
        said("other.example.org"),
        "(a certificate for another name; questions: 2,",
      );
      assertStringIncludes(said("proxied.bitrix24.ru"), "HTTP 401 NO_AUTH_FOUND");
      assertStringIncludes(said("company.bitrix24.ru."), "a certificate of an unknown authority");
      const hosts = served.filter((it) => !it.startsWith("www.")).sort();
      assertEquals(hosts, [
        "company.bitrix24.ru at 93.184.216.34",
        "proxied.bitrix24.ru at 93.184.216.34",
      ]);
      assertEquals([...relayed].sort(), [
        "CONNECT proxied.bitrix24.ru:443",
        "CONNECT www.1c-bitrix.ru:443",
      ]);
    });
  },
});
