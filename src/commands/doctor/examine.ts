import type { Ways } from "../../app/evidence.ts";
import { redact as redactCommon, redactor } from "../../log/logger.ts";
import { type Config, ConfigError, parseConfig } from "../../settings/config.ts";
import { createVoice, textsOf } from "../../telegram/texts/format.ts";
import { withTimeLimit } from "../../time/time_limit.ts";
import type { Shell } from "../command.ts";
import { openToOthers, readSettings, secretsOf } from "../settings.ts";
import { exitCodeOf, type Finding, printed } from "./finding.ts";
import type { Scene } from "./scene.ts";
import { messageOf } from "../../text/errors.ts";

/** Time limit of each step; the steps run at the same time. */
const STEP_SECONDS = 40;

/**
 * Examines everything at the same time, and a portal if one is given; prints the findings in order and returns
 * the exit code. `ways`: how portals are reached.
 */
export async function examine(
  shell: Shell,
  { portal, ways }: { portal?: string | undefined; ways?: Ways } = {},
): Promise<number> {
  const { env, envFile, build } = shell;
  const lang = langOf(env);
  const texts = textsOf(lang).doctor;
  const all: Finding[] = [];
  let redact = redactCommon;
  const tell = (findings: readonly Finding[]) => {
    all.push(...findings);
    for (const finding of findings) shell.print(redact(printed(finding)));
  };
  const version = build.commit === null ? build.version : `${build.version} (${build.commit})`;
  shell.print(`${texts.title(version, new Date().toISOString())}\n`);
  tell(envFile.warnings.map((text) => ({ mark: envFile.isIgnored ? "wrong" : "odd", text })));
  const config = settings(env, tell);
  if (config === null) {
    shell.print(`\n${texts.wrongSettings}\n`);
    return exitCodeOf(all);
  }
  redact = redactor(secretsOf(config));
  const { regions, groupIds, adminIds, caFile, noticeFile, warnings } = config;
  tell([
    {
      mark: "well",
      text: texts.settings.well(regions.join(", "), groupIds.length, adminIds.length),
    },
    ...caFile === null ? [] : [{ mark: "well" as const, text: texts.settings.authorities(caFile) }],
    ...noticeFile === null
      ? []
      : [{ mark: "well" as const, text: texts.settings.notices(noticeFile) }],
    ...warnings.map((it): Finding => ({ mark: "odd", text: texts.settings.odd(it) })),
    ...openToOthers(config, env).map((it): Finding => ({
      mark: "odd",
      text: texts.settings.open(it),
    })),
  ]);

  const voice = createVoice(lang, config.timezone);
  const scene: Scene = { config, voice, env, build, redact };
  const step = (name: string, work: (signal: AbortSignal) => Promise<readonly Finding[]>) =>
    inTime(work).catch((error): Finding[] => [{
      mark: "wrong",
      text: error instanceof DOMException && error.name === "TimeoutError"
        ? texts.late(name, STEP_SECONDS)
        : texts.broke(name, messageOf(error)),
    }]);
  const surroundings = import("./surroundings.ts");
  const database = import("./database.ts").then((it) => it.examineDatabase(scene));
  const steps = [
    step(texts.database.name, async () => (await database).findings),
    step(texts.health.name, async () => {
      const { holder } = await database.catch(() => ({ holder: undefined }));
      return await (await surroundings).examineHealth(scene, holder);
    }),
    step(texts.log.name, async () => await (await surroundings).examineLog(scene)),
    step(texts.proxy.name, async () => await (await surroundings).examineProxies(scene)),
    step(texts.heartbeat.name, async () => await (await surroundings).examineHeartbeat(scene)),
    step(
      texts.telegram.name,
      async (signal) => await (await import("./telegram.ts")).askTelegram(scene, signal),
    ),
    ...regions.map((region) =>
      step(
        texts.status.name(region),
        async (signal) => await (await import("./status.ts")).askStatus(scene, region, signal),
      )
    ),
    ...(portal === undefined ? [] : [
      step(
        texts.portal.name,
        async (signal) =>
          await (await import("./portal.ts")).askPortal(scene, portal, signal, ways),
      ),
    ]),
  ];
  for (const findings of steps) tell(await findings);
  const count = (...marks: Finding["mark"][]) => all.filter((it) => marks.includes(it.mark)).length;
  shell.print(`\n${texts.done(count("wrong", "settings"), count("odd"))}\n`);
  return exitCodeOf(all);
}

/** The settings; null when they are wrong, after printing the mistakes. */
function settings(env: Shell["env"], tell: (findings: Finding[]) => void): Config | null {
  try {
    return readSettings(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tell(error.report().split("\n").map((text) => ({ mark: "settings", text })));
    return null;
  }
}

/**
 * The language of the settings, even when other settings are wrong; Russian for a wrong BOT_LANG.
 */
function langOf(env: Shell["env"]): "ru" | "en" {
  try {
    return parseConfig(env, Deno.readTextFileSync, { only: ["lang"] }).lang;
  } catch {
    return "ru";
  }
}

/** The result of some work. Rejects with a TimeoutError at the time limit, even if the work goes on. */
async function inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return await withTimeLimit(STEP_SECONDS * 1_000, undefined, (signal) =>
    Promise.race([
      work(signal),
      new Promise<never>((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      ),
    ]));
}
