// The way to Telegram through proxies that want a password, as Debian has them: they die and come back,
// and take another password for a while.
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { daemon } from "../e2e/program.ts";
import { startTlsFront, TEST_CERT } from "../proxy.ts";
import { ANNA, BORIS, GROUP, withWorld, type World } from "../world.ts";
import { freePort } from "../support.ts";
import { Companion, neighbour, until } from "./neighbour.ts";

const USER = "office";
const PASSWORD = "secret7731";
const CHATS = [ANNA, BORIS, GROUP];

/** How a proxy is started that takes this password. */
type Starts = (port: number, password: string, folder: string) => Promise<Companion>;

const microsocks: Starts = (port, password, folder) =>
  Promise.resolve(
    new Companion("microsocks", ["-i", "127.0.0.1", "-p", `${port}`, "-u", USER, "-P", password], {
      output: `${folder}/proxy.log`,
    }),
  );

const tinyproxy: Starts = async (port, password, folder) => {
  const config = `Listen 127.0.0.1\nPort ${port}\nTimeout 600\nBasicAuth ${USER} ${password}\n`;
  await Deno.writeTextFile(`${folder}/tinyproxy.conf`, config);
  return new Companion("tinyproxy", ["-d", "-c", `${folder}/tinyproxy.conf`], {
    output: `${folder}/proxy.log`,
  });
};

const CASES = [
  {
    name: "microsocks, a SOCKS5 proxy",
    program: "microsocks",
    scheme: "socks5",
    start: microsocks,
  },
  { name: "tinyproxy, an HTTP proxy", program: "tinyproxy", scheme: "http", start: tinyproxy },
  {
    name: "tinyproxy, with a tunnel to an https address",
    program: "tinyproxy",
    scheme: "http",
    start: tinyproxy,
    isTls: true,
  },
];

for (const { name, program, scheme, start, isTls = false } of CASES) {
  await neighbour(`${name}: it dies, comes back, and takes another password`, {
    programs: { [program]: program === "tinyproxy" ? ["-v"] : null },
  }, async (step) => {
    await withWorld(async (world) => {
      const port = freePort();
      const healthPort = freePort();
      const begin = async (password = PASSWORD) => {
        const it = await start(port, password, world.folder);
        await it.listening(port);
        return it;
      };
      let proxy = await begin();
      await using front = isTls ? tlsFront(world) : null;
      await Deno.writeTextFile(`${world.folder}/cert.pem`, TEST_CERT);
      const bot = daemon(world, {
        TELEGRAM_PROXY: `${scheme}://${USER}:${PASSWORD}@127.0.0.1:${port}`,
        HEALTH_PORT: String(healthPort),
        CA_FILE: `${world.folder}/cert.pem`,
        ...(front === null ? {} : { TELEGRAM_API_ROOT: front.url }),
      });
      /** What /health says of Telegram, once it is not well. */
      const trouble = () =>
        until("trouble with Telegram in /health", async () => {
          const answer = await fetch(`http://127.0.0.1:${healthPort}/health`);
          const { telegram } = await answer.json();
          return telegram.error as string | null;
        });
      const told = (text: string) =>
        CHATS.map((chat) => world.fromBot(chat).filter((it) => it.text?.includes(text)).length);
      try {
        await step("people are served", async () => {
          await world.ask("/start");
          await world.ask("/start", BORIS, BORIS);
        });

        await step(
          "what happens while it is dead is told once it is back, exactly once",
          async () => {
            await proxy.end("SIGKILL");
            world.bitrix24.outage("ru");
            await world.checks(2);
            assertMatch(await trouble(), /TELEGRAM_PROXY/);
            proxy = await begin();
            for (const chat of CHATS) await world.alert(chat, "Сбой Bitrix24");
            await world.ask("/getid");
            assertEquals(told("Сбой Bitrix24"), [1, 1, 1]);
          },
        );

        await step("one that comes and goes doubles nothing", async () => {
          for (const _ of [1, 2, 3]) {
            await proxy.end("SIGKILL");
            await trouble();
            proxy = await begin();
            await world.ask("/getid");
          }
          assertEquals(told("Сбой Bitrix24"), [1, 1, 1]);
        });

        await step(
          "a password that it does not take is said to be that, and shown nowhere",
          async () => {
            await proxy.end("SIGKILL");
            proxy = await begin("another1");
            world.bitrix24.well("ru");
            await world.checks(3);
            const words = await until("the password in /health", async () => {
              const error = await trouble();
              return /password/.test(error) && error;
            });
            assertMatch(words, /TELEGRAM_PROXY/);
            await proxy.end("SIGKILL");
            proxy = await begin();
            for (const chat of CHATS) await world.alert(chat, "снова работает");
            await world.ask("/getid");
            assertEquals(told("снова работает"), [1, 1, 1]);
          },
        );
      } finally {
        const { log } = await bot.end("SIGTERM");
        await proxy.end();
        const file = await Deno.readTextFile(`${world.folder}/bot.log`);
        assert(!log.includes(PASSWORD) && !file.includes(PASSWORD), "the password is in the log");
      }
    }, { isStarted: false });
  });
}

function tlsFront(world: World) {
  const front = startTlsFront(Number(new URL(world.telegram.apiRoot).port));
  return {
    url: `https://localhost:${front.port}`,
    [Symbol.asyncDispose]: () => front.close(),
  };
}
