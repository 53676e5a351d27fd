// Prometheus with the README's scrape configuration and our rules, Alertmanager behind it, and at the end a
// webhook of ours: an outage is one alert and one end, whatever can be read in between. Only the times
// are others: seconds for what the rules give minutes.
import { assert, assertEquals } from "../assert.ts";
import { daemon } from "../e2e/program.ts";
import { readmeYaml } from "../readme.ts";
import { withWorld, type World } from "../world.ts";
import { freePort } from "../support.ts";
import { Companion, neighbour, until } from "./neighbour.ts";

const RULES = Deno.readTextFileSync(new URL("../../scripts/prometheus_rules.yml", import.meta.url));
/** Evaluations of the rules after which whatever was to fire has fired. */
const SETTLED = 2;

await neighbour("Prometheus and Alertmanager go by our rules", {
  programs: {
    prometheus: ["--version"],
    promtool: ["--version"],
    "prometheus-alertmanager": ["--version"],
  },
}, async (step) => {
  await withWorld(async (world) => {
    const port = freePort();
    const settings = { HEALTH_PORT: String(port), LOG_LEVEL: "INFO" };
    let bot = daemon(world, settings);
    await using watch = await Watch.start(world, port);
    const { bitrix24 } = world;
    const blind = (isBlind: boolean) => {
      for (const path of ["json", "html"] as const) {
        bitrix24.fault(path, isBlind ? { kind: "status", code: 503 } : undefined);
      }
    };
    try {
      await watch.sees(`bitrix24_bot_incident{severity="outage"} == 0`);

      await step("an outage that cannot be read any more goes on", async () => {
        bitrix24.outage("ru");
        await watch.told("Outage", ["firing"]);
        blind(true);
        await watch.sees("bitrix24_bot_region_status == 3");
        await watch.settled();
        assertEquals(watch.of("Outage"), ["firing"]);
      });

      await step("so it does while the bot is dead, and after its restart", async () => {
        await bot.end("SIGKILL");
        await watch.sees(`up{job="bitrix24-bot"} == 0`);
        await watch.told("Down", ["firing"]);
        await watch.settled();
        bot = daemon(world, settings);
        await watch.told("Down", ["firing", "resolved"]);
        await watch.settled();
        assertEquals(watch.of("Outage"), ["firing"]);
      });

      await step("it ends with the recovery, once", async () => {
        blind(false);
        await watch.sees("bitrix24_bot_region_status == 2");
        assertEquals(watch.of("Outage"), ["firing"]);
        bitrix24.well("ru");
        await watch.told("Outage", ["firing", "resolved"]);
        await watch.settled();
        assertEquals(watch.of("Outage"), ["firing", "resolved"]);
      });

      await step("what becomes worse changes its name", async () => {
        bitrix24.degraded("ru");
        await watch.told("Degraded", ["firing"]);
        bitrix24.outage("ru");
        await watch.told("Degraded", ["firing", "resolved"]);
        await watch.told("Outage", ["firing", "resolved", "firing"]);
        bitrix24.well("ru");
        await watch.told("Outage", ["firing", "resolved", "firing", "resolved"]);
        await watch.settled();
        assertEquals(watch.of("Degraded"), ["firing", "resolved"]);
      });

      await step("each alert came with its severity and its summary", () => {
        for (const { labels, annotations } of watch.alerts) {
          assert(labels["severity"], JSON.stringify(labels));
          assert(annotations["summary"], JSON.stringify(labels));
        }
        const [outage] = watch.alerts.filter((it) =>
          it.labels["alertname"] === "Bitrix24BotOutage"
        );
        assertEquals(outage?.annotations["summary"], "Bitrix24 (ru) is down");
      });
    } finally {
      await bot.end("SIGTERM");
    }
  }, { isStarted: false });
});

interface Alert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The two programs, and what they told our webhook. */
class Watch implements AsyncDisposable {
  /** In the order they came, each as often as it came. */
  readonly alerts: Alert[] = [];
  readonly #prometheus: string;
  readonly #parts = new AsyncDisposableStack();

  private constructor(prometheus: string) {
    this.#prometheus = prometheus;
  }

  static async start(world: World, botPort: number): Promise<Watch> {
    const [prometheusPort, alertmanagerPort] = [freePort(), freePort()];
    const watch = new Watch(`http://127.0.0.1:${prometheusPort}`);
    const { folder } = world;
    const hook = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      watch.alerts.push(...(await request.json()).alerts);
      return new Response();
    });
    watch.#parts.defer(() => hook.shutdown());
    await Deno.writeTextFile(`${folder}/rules.yml`, quickly(RULES));
    await Deno.writeTextFile(
      `${folder}/prometheus.yml`,
      `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:${alertmanagerPort}"] }] }] }
${readmeYaml("scrape_configs:").replace("127.0.0.1:8080", `127.0.0.1:${botPort}`)}`,
    );
    await Deno.writeTextFile(
      `${folder}/alertmanager.yml`,
      `route:
  { receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: hook, webhook_configs: [{ url: "http://127.0.0.1:${hook.addr.port}/" }] }]
`,
    );
    const run = async (program: string, port: number, args: string[]) => {
      const it = new Companion(program, [...args, `--web.listen-address=127.0.0.1:${port}`], {
        output: `${folder}/${program}.log`,
      });
      watch.#parts.use(it);
      await it.listening(port);
    };
    await run("prometheus-alertmanager", alertmanagerPort, [
      `--config.file=${folder}/alertmanager.yml`,
      `--storage.path=${folder}/alertmanager`,
      "--cluster.listen-address=",
    ]);
    await run("prometheus", prometheusPort, [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/prometheus`,
    ]);
    return watch;
  }

  /** What became of an alert, in the order it was told. */
  of(alert: string): string[] {
    return this.alerts.filter((it) => it.labels["alertname"] === `Bitrix24Bot${alert}`)
      .map((it) => it.status);
  }

  /** Waits until exactly this was told of an alert. */
  async told(alert: string, statuses: string[]): Promise<void> {
    await until(`${alert} ${statuses}, after ${JSON.stringify(this.alerts)}`, () => {
      const told = this.of(alert);
      assertEquals(told, statuses.slice(0, told.length));
      return Promise.resolve(told.length === statuses.length);
    });
  }

  /** Waits until an expression has a result in Prometheus. */
  async sees(expression: string): Promise<void> {
    await until(expression, async () => {
      const { data } = await this.#ask(`query?query=${encodeURIComponent(expression)}`);
      return (data?.result ?? []).length > 0;
    });
  }

  /** Waits until the rules have been evaluated a few times more, and their news has been passed on. */
  async settled(): Promise<void> {
    let last = "";
    let count = 0;
    await until("evaluations of the rules", async () => {
      const { data } = await this.#ask("rules?type=alert");
      const { lastEvaluation = "" } = data?.groups?.[0] ?? {};
      if (last !== "" && lastEvaluation !== last) count++;
      last = lastEvaluation;
      return count > SETTLED;
    });
  }

  async #ask(what: string) {
    const answer = await fetch(`${this.#prometheus}/api/v1/${what}`);
    if (answer.ok) return await answer.json();
    await answer.body?.cancel();
    return {};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

/** `sed -E 's/^( *for: [0-9]+)m$/\1s/'`: what has to last for minutes lasts for seconds. */
function quickly(rules: string): string {
  return rules.replace(/^( *for: \d+)m$/gm, "$1s");
}
