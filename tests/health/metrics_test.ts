// What Prometheus itself makes of /metrics, of the README's example and of scripts/prometheus_rules.yml, told by its promtool.
import { exposition } from "../../src/health/prometheus.ts";
import { Counters } from "../../src/health/counters.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { freePort, holdLock, withFolder } from "../support.ts";
import { ADMIN, ANNA, GROUP, withWorld } from "../world.ts";
import { readmeYaml } from "../readme.ts";
import { parse } from "../yaml.ts";

const SCRAPING = readmeYaml("scrape_configs:");
const RULES_FILE = Deno.readTextFileSync(
  new URL("../../scripts/prometheus_rules.yml", import.meta.url),
);
const hasPromtool = await new Deno.Command("sh", { args: ["-c", "command -v promtool"] }).output()
  .then((it) => it.success, () => false);

async function promtool(args: string[], input = ""): Promise<{ code: number; output: string }> {
  const child = new Deno.Command("promtool", {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** The samples of an exposition, by name and labels. */
function samples(text: string): Map<string, number> {
  return new Map(
    text.split("\n").filter((it) => it !== "" && !it.startsWith("#")).map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

Deno.test("/metrics tells what happened, in a form that Prometheus takes without complaint", async () => {
  const port = freePort();
  await withWorld(async (world) => {
    await world.ask("/start");
    await world.ask("/start", ADMIN, ADMIN);
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await world.alert(ANNA, "Сбой Bitrix24");
    await world.checks(2);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const found = samples(text);
    const value = (name: string) => found.get(`bitrix24_bot_${name}`) ?? NaN;
    assertEquals(value(`region_status{region="ru"}`), 2);
    assert(value(`checks_total{region="ru",result="outage"}`) >= 1, text);
    assert(value(`check_duration_seconds_count{region="ru"}`) >= 2, text);
    assert(value(`telegram_call_duration_seconds_count{method="sendMessage"}`) >= 3, text);
    assert(value(`handler_duration_seconds_count{kind="message"}`) >= 2, text);
    assert(value(`delivery_age_seconds_count`) >= 1, text);
    assert(value(`database_size_bytes`) > 4096, text);
    assertEquals(value(`figures_age_seconds`) >= 0, true);
    assertMatch(text, /bitrix24_bot_build_info\{version="[^"]+",commit="[^"]+",deno="[^"]+"\} 1/);
    if (hasPromtool) {
      assertEquals(await promtool(["check", "metrics"], text), { code: 0, output: "" });
    }
    const names = [...RULES_FILE.matchAll(/bitrix24_bot_\w+/g)].map(([name]) => name);
    assert(names.length >= 5);
    for (const name of names) assertStringIncludes(text, `# TYPE ${name.replace(/_bucket$/, "")} `);
  }, { env: { HEALTH_PORT: String(port) } });
});

/** What /metrics says of ru: the severities of its incident, and its newest reading. */
async function incidentIn(port: number): Promise<string> {
  const found = samples(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  const of = (severity: string) =>
    found.get(`bitrix24_bot_incident{region="ru",severity="${severity}"}`);
  const status = found.get(`bitrix24_bot_region_status{region="ru"}`);
  return `degraded ${of("degraded")}, outage ${of("outage")}, read ${status}`;
}

Deno.test("bitrix24_bot_incident is 1 from an incident's beginning to its end, whatever can be read, also after a restart", async () => {
  const port = freePort();
  await withWorld(async (world) => {
    const { bitrix24 } = world;
    const until = async (wanted: string) => {
      while (await incidentIn(port) !== wanted) await world.checks(1);
    };
    await until("degraded 0, outage 0, read 0");
    bitrix24.degraded("ru");
    await until("degraded 1, outage 0, read 1");
    bitrix24.outage("ru");
    await until("degraded 0, outage 1, read 2");
    for (const path of ["json", "html"] as const) {
      bitrix24.fault(path, { kind: "status", code: 500 });
    }
    await until("degraded 0, outage 1, read 3");
    await world.stop();
    await world.start();
    await until("degraded 0, outage 1, read 3");
    for (const path of ["json", "html"] as const) bitrix24.fault(path, undefined);
    bitrix24.well("ru");
    await until("degraded 0, outage 0, read 0");
  }, { env: { HEALTH_PORT: String(port) } });
});

Deno.test("an outage that cannot be stored is in /metrics all the same", async () => {
  const port = freePort();
  await withWorld(async (world) => {
    await world.checks(2);
    const lock = await holdLock(world.databaseFile);
    world.bitrix24.outage("ru");
    await world.alert(GROUP, "Сбой Bitrix24");
    assertEquals(await incidentIn(port), "degraded 0, outage 1, read 2");
    await lock.release();
  }, { env: { HEALTH_PORT: String(port) } });
});

Deno.test("a histogram counts up to each bound, and a clock that was set back as nothing", () => {
  const counters = new Counters();
  for (const seconds of [0.1, 0.10001, 1, 100_000, -5]) {
    counters.observe("delivery_age_seconds", seconds);
  }
  const [histogram] = counters.histograms("delivery_age_seconds");
  assertEquals(histogram?.cumulative, [2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5]);
  assertEquals(histogram?.sum, 100_001.20001);
});

/** What is exposed 90 s after the start. */
function exposed(more: Partial<Parameters<typeof exposition>[0]> = {}): string {
  const region = {
    status: "unknown",
    checked: null,
    last_success: null,
    blind_since: null,
    incident: null,
  } as const;
  return exposition({
    counters: new Counters(),
    health: {
      status: "failing",
      version: "1",
      uptime_seconds: 90,
      monitoring: "on",
      telegram: { ok: true, last_success: null, error: null },
      bitrix24: { ok: false, last_success: null, regions: { ru: region } },
      database: { ok: true, error: null },
      health_server: { ok: true, error: null },
      chats: { ok: true, unreachable: [] },
      checks: { ok: true },
      link: {},
      last_check: null,
      errors_last_hour: 0,
      reasons: [],
    },
    incidents: [],
    figures: null,
    build: { version: "1", commit: null, deno: "2" },
    startedAt: 10_000,
    memoryBytes: 1,
    ...more,
  }, 100_000);
}

Deno.test("a region that was never read is as old as the bot", () => {
  assertStringIncludes(exposed(), `bitrix24_bot_last_readable_age_seconds{region="ru"} 90\n`);
  assertStringIncludes(exposed(), `bitrix24_bot_region_status{region="ru"} 3\n`);
});

Deno.test("a heartbeat that nobody hears grows old, and none is exposed where nobody listens", () => {
  const name = "bitrix24_bot_heartbeat_age_seconds";
  assertStringIncludes(exposed({ heartbeatAt: 40_000 }), `${name} 60\n`);
  assertStringIncludes(exposed({ heartbeatAt: null }), `${name} 90\n`);
  assert(!exposed().includes(name));
});

Deno.test("each of the rules says how bad it is, and what is the matter", () => {
  const { groups } = parse(RULES_FILE) as {
    groups: {
      rules: {
        alert: string;
        labels?: Record<string, string>;
        annotations?: Record<string, string>;
      }[];
    }[];
  };
  const rules = groups.flatMap((it) => it.rules);
  assertEquals(rules.map((it) => it.alert), RULES.map((it) => `Bitrix24Bot${it}`));
  for (const { alert, labels, annotations } of rules) {
    assertMatch(labels?.["severity"] ?? "", /^(critical|warning)$/, alert);
    assertMatch(annotations?.["summary"] ?? "", /^\S.{10,}$/, alert);
  }
});

Deno.test(
  "Prometheus takes the README's scrape configuration and the rules, which fire when they should",
  {
    ignore: !hasPromtool,
  },
  async () => {
    await withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/prometheus.yml`, SCRAPING);
      await Deno.writeTextFile(`${folder}/rules.yml`, RULES_FILE);
      for (const args of [["config", "prometheus.yml"], ["rules", "rules.yml"]]) {
        const [kind = "", file = ""] = args;
        const { code, output } = await promtool(["check", kind, `${folder}/${file}`]);
        assertEquals(code, 0, output);
      }
      await Deno.writeTextFile(`${folder}/tests.yml`, RULE_TESTS);
      const { code, output } = await promtool(["test", "rules", `${folder}/tests.yml`]);
      assertEquals(code, 0, output);
    });
  },
);

const LABELS = `job="bitrix24-bot",instance="x"`;
const RULES = [
  "Down",
  "Unhealthy",
  "Blind",
  "Outage",
  "Degraded",
  "DeliveriesStuck",
  "DatabaseErrors",
];
const incident = (severity: string, values: string) =>
  `- { series: 'bitrix24_bot_incident{${LABELS},region="ru",severity="${severity}"}', values: '${values}' }`;
/** What an alert that goes by incidents looks like, or that there is none. */
const expected = (minute: number, alert: string, isFiring: boolean) => `
      - eval_time: ${minute}m
        alertname: Bitrix24Bot${alert}
        exp_alerts: ${isFiring ? firing(alert) : "[]"}`;
const firing = (alert: string) => `
          - exp_labels: { ${LABELS.replaceAll("=", ": ").replaceAll(",", ", ")}, region: ru, ${
  alert === "Outage" ? "severity: critical" : "severity: warning"
} }
            exp_annotations: { summary: "Bitrix24 (ru) ${
  alert === "Outage" ? "is down" : "works with difficulties"
}" }`;
const RULE_TESTS = `
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - name: all is well
    interval: 1m
    input_series:
      - { series: 'up{${LABELS}}', values: '1x30' }
      - { series: 'bitrix24_bot_healthy{${LABELS}}', values: '1x30' }
      ${incident("outage", "0x30")}
      ${incident("degraded", "0x30")}
      - { series: 'bitrix24_bot_last_readable_age_seconds{${LABELS},region="ru"}', values: '30x30' }
      - { series: 'bitrix24_bot_oldest_due_delivery_age_seconds{${LABELS}}', values: '0x30' }
      - { series: 'bitrix24_bot_database_errors_total{${LABELS},problem="locked"}', values: '3x30' }
    alert_rule_test: ${
  RULES.map((it) => `\n      - { eval_time: 25m, alertname: Bitrix24Bot${it}, exp_alerts: [] }`)
    .join("")
}
  - name: everything is wrong
    interval: 1m
    input_series:
      - { series: 'up{${LABELS}}', values: '0x30' }
      - { series: 'bitrix24_bot_healthy{${LABELS}}', values: '0x30' }
      ${incident("outage", "1x30")}
      ${incident("degraded", "1x30")}
      - { series: 'bitrix24_bot_last_readable_age_seconds{${LABELS},region="ru"}', values: '0+60x30' }
      - { series: 'bitrix24_bot_oldest_due_delivery_age_seconds{${LABELS}}', values: '0+60x30' }
      - { series: 'bitrix24_bot_database_errors_total{${LABELS},problem="locked"}', values: '0+1x30' }
    promql_expr_test: ${
  RULES.map((it) => `
      - expr: count(ALERTS{alertname="Bitrix24Bot${it}",alertstate="firing"})
        eval_time: 25m
        exp_samples: [{ labels: '{}', value: 1 }]`).join("")
}
  - name: an outage whose status becomes unreadable, whose bot is restarted and dies for a while, goes on
    interval: 1m
    input_series:
      - { series: 'bitrix24_bot_region_status{${LABELS},region="ru"}', values: '2x9 3x9 stale _x50 2x9 0x20' }
      ${incident("outage", "0 1x18 stale _x50 1x9 0x20")}
      ${incident("degraded", "0x19 stale _x50 0x30")}
    alert_rule_test: ${[1, 10, 20, 70, 79].map((it) => expected(it, "Outage", true)).join("")}${
  [0, 81].map((it) => expected(it, "Outage", false)).join("")
}
  - name: what becomes worse and milder again is told under one name at a time
    interval: 1m
    input_series:
      ${incident("degraded", "1x9 0x9 1x9 0x9")}
      ${incident("outage", "0x9 1x9 0x9 0x9")}
    alert_rule_test: ${
  [5, 15, 25, 35].flatMap((it, at) => [
    expected(it, "Outage", at === 1),
    expected(it, "Degraded", at === 0 || at === 2),
  ]).join("")
}
`;
