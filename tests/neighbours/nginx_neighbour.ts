// nginx with a certificate of a company's own authority, before the status host and before Telegram.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { daemon, run } from "../e2e/program.ts";
import { command } from "../machine/debian.ts";
import { ANNA, GROUP, withWorld, type World } from "../world.ts";
import { freePort } from "../support.ts";
import { Companion, neighbour, until } from "./neighbour.ts";

await neighbour(
  "nginx with a company's own certificate, before the status host and before Telegram",
  {
    programs: { nginx: ["-v"], openssl: ["version"] },
  },
  async (step) => {
    await withWorld(async (world) => {
      await using nginx = await Nginx.start(world);
      const { bitrix24, telegram } = world;
      const check = async (env: Record<string, string>) => {
        const { code, stdout, stderr } = await run(["check"], { env, cwd: world.folder });
        assertEquals(stderr, "");
        return { code, line: stdout.split("\n")[0] ?? "" };
      };

      await step("without CA_FILE nothing is known, and why is said", async () => {
        const { code, line } = await check({ STATUS_URL: nginx.https });
        assertEquals(code, 3, line);
        assertMatch(line, /certificate.*CA_FILE/);
        assert(line.length < 300, line);
      });

      await step("with it the status is read, compressed as it is", async () => {
        assertEquals((await check({ STATUS_URL: nginx.https, ...nginx.trust })).code, 0);
        bitrix24.outage("ru");
        const { code, line } = await check({ STATUS_URL: nginx.https, ...nginx.trust });
        assertEquals(code, 2, line);
        await nginx.logged((it) => it.includes("json_status.php") && !it.endsWith(" -"));
        bitrix24.well("ru");
      });

      await step("a redirect from http to https is followed, and its end told well", async () => {
        assertEquals((await check({ STATUS_URL: nginx.http, ...nginx.trust })).code, 0);
        const { code, line } = await check({ STATUS_URL: nginx.http });
        assertEquals(code, 3, line);
        assertMatch(line, /certificate.*CA_FILE/);
        assert(!line.includes("broke off"), line);
      });

      await step("nginx' own pages are none of Bitrix24's", async () => {
        for (const path of ["json", "html"] as const) bitrix24.fault(path, { kind: "hang" });
        const late = await check({ STATUS_URL: nginx.https, ...nginx.trust });
        assertEquals(late.code, 3);
        assertStringIncludes(late.line, "HTTP 504");
        for (const path of ["json", "html"] as const) bitrix24.fault(path, undefined);
        await nginx.down(true);
        const down = await check({ STATUS_URL: nginx.https, ...nginx.trust });
        await nginx.down(false);
        assertEquals(down.code, 3);
        assertStringIncludes(down.line, "HTTP 502");
      });

      await step("what Telegram's nginx does not pass on is told later, exactly once", async () => {
        const bot = await Bot.start(world, { TELEGRAM_API_ROOT: nginx.https, ...nginx.trust });
        try {
          await world.ask("/start");
          await nginx.down(true);
          assertStringIncludes(await bot.trouble(), "HTTP 502");
          bitrix24.outage("ru");
          await world.checks(2);
          await nginx.down(false);
          for (const chat of [ANNA, GROUP]) await world.alert(chat, "Сбой Bitrix24");
          let hangs = 1;
          telegram.fault = (method) =>
            method === "sendmessage" && hangs-- > 0 ? { kind: "hang" } : undefined;
          bitrix24.well("ru");
          for (const chat of [ANNA, GROUP]) await world.alert(chat, "снова работает");
          await world.ask("/getid");
          await nginx.logged((it) => it.includes("/sendMessage") && it.includes(" 504 "));
          for (const chat of [ANNA, GROUP]) {
            const news = (words: RegExp) =>
              world.fromBot(chat).filter((it) => words.test(it.text ?? "")).length;
            await telegram.until(() => news(/^✅ Завершено/) > 0, "the edited alert");
            assertEquals(news(/Завершено|🔴/), 1);
            assertEquals(news(/снова работает/), 1);
          }
        } finally {
          await bot.end();
        }
      });

      await step("an API root that redirects is not followed, and said to be wrong", async () => {
        const bot = await Bot.start(world, { TELEGRAM_API_ROOT: nginx.http, ...nginx.trust });
        const words = await bot.trouble();
        assertMatch(words, /redirect from http:\S+ to https:/);
        assertStringIncludes(await bot.end(), "check TELEGRAM_API_ROOT");
      });

      await step(
        "an API root with a certificate that nobody trusts: the setting is named",
        async () => {
          const bot = await Bot.start(world, { TELEGRAM_API_ROOT: nginx.https });
          const words = await bot.trouble();
          await bot.end();
          assertMatch(words, /certificate.*CA_FILE/);
        },
      );
    }, { isStarted: false });
  },
);

class Bot {
  readonly #daemon: ReturnType<typeof daemon>;
  readonly #port: number;

  private constructor(it: ReturnType<typeof daemon>, port: number) {
    this.#daemon = it;
    this.#port = port;
  }

  static async start(world: World, env: Record<string, string>): Promise<Bot> {
    const port = freePort();
    const it = new Bot(daemon(world, { HEALTH_PORT: String(port), ...env }), port);
    await until(
      "/live",
      () =>
        fetch(`http://127.0.0.1:${port}/live`).then(
          (it) => it.body?.cancel().then(() => true),
          () => false,
        ),
    );
    return it;
  }

  /** What /health says of Telegram, once it is not well. */
  async trouble(): Promise<string> {
    return await until("trouble with Telegram in /health", async () => {
      const answer = await fetch(`http://127.0.0.1:${this.#port}/health`);
      return (await answer.json()).telegram.error as string | null;
    });
  }

  /** Ends it; what it logged. */
  async end(): Promise<string> {
    return (await this.#daemon.end("SIGTERM")).log;
  }
}

class Nginx implements AsyncDisposable {
  readonly #folder: string;
  readonly #companion: Companion;
  readonly https: string;
  /** Redirects to {@linkcode https}. */
  readonly http: string;
  readonly trust: { readonly CA_FILE: string };

  private constructor(folder: string, companion: Companion, [https, http]: [number, number]) {
    this.#folder = folder;
    this.#companion = companion;
    this.https = `https://localhost:${https}`;
    this.http = `http://localhost:${http}`;
    this.trust = { CA_FILE: `${folder}/ca.pem` };
  }

  /** Passes on what Telegram and the status host are asked, by one name. */
  static async start({ telegram, bitrix24, folder: world }: World): Promise<Nginx> {
    const folder = `${world}/nginx`;
    await Deno.mkdir(folder);
    await certify(folder);
    const ports: [number, number] = [freePort(), freePort()];
    const [https, http] = ports;
    await Deno.writeTextFile(
      `${folder}/nginx.conf`,
      `${Deno.uid() === 0 ? "user root;" : ""}
daemon off;
pid ${folder}/pid;
error_log stderr;
events {}
http {
  log_format short '$request $status $gzip_ratio';
  access_log ${folder}/access.log short;
  ${
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((it) =>
          `${it}_temp_path ${folder}/${it};`
        ).join(" ")
      }
  gzip on;
  gzip_min_length 1;
  gzip_proxied any;
  server {
    listen 127.0.0.1:${https} ssl;
    ssl_certificate ${folder}/site.pem;
    ssl_certificate_key ${folder}/site.key;
    if (-f ${folder}/down) { return 502; }
    location / { proxy_pass ${bitrix24.url}; proxy_read_timeout 1s; }
    location /bot { proxy_pass ${telegram.apiRoot}; }
    location ~ /sendMessage$ { proxy_pass ${telegram.apiRoot}; proxy_read_timeout 1s; }
  }
  server {
    listen 127.0.0.1:${http};
    return 301 https://localhost:${https}$request_uri;
  }
}
`,
    );
    const companion = new Companion("nginx", ["-c", `${folder}/nginx.conf`, "-e", "stderr"], {
      output: `${folder}/printed`,
    });
    await companion.listening(https);
    return new Nginx(folder, companion, ports);
  }

  /** Whether it answers 502 to everything. */
  async down(isDown: boolean): Promise<void> {
    if (isDown) await Deno.writeTextFile(`${this.#folder}/down`, "");
    else await Deno.remove(`${this.#folder}/down`);
  }

  /** Waits until its log has such a line: it is written after the answer. */
  async logged(isIt: (line: string) => boolean): Promise<void> {
    await until(`nginx's log, ${isIt}`, async () => {
      const log = await Deno.readTextFile(`${this.#folder}/access.log`);
      return log.split("\n").some(isIt);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#companion.end();
  }
}

/** An authority, `ca.pem`, and the certificate of a site that it signed, as an administrator makes them. */
async function certify(folder: string): Promise<void> {
  const openssl = (line: string) => command("openssl", line.split(" "), { cwd: folder });
  const key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout";
  await openssl(`req -x509 ${key} ca.key -out ca.pem -days 30 -subj /CN=Company`);
  await openssl(`req ${key} site.key -out site.csr -subj /CN=localhost`);
  await Deno.writeTextFile(`${folder}/names`, "subjectAltName=DNS:localhost\n");
  await openssl(
    "x509 -req -in site.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile names -out site.pem",
  );
}
