import { settingOf } from "../../app/health_endpoint.ts";
import { regionOf } from "../../domain/region.ts";
import { addressesOf, askHealth, inShort } from "../health.ts";
import type { Finding } from "./finding.ts";
import { isSpared, type Road, roadOf } from "../../net/roads.ts";
import { folderOf, folderProblem, obstacle, reachProblem, type Scene } from "./scene.ts";

/**
 * Health of the running bot; without one, whether the health server could listen. `holder`: the bot that
 * works on the database.
 */
export async function examineHealth(
  { config: { healthHost: host, healthPort: port }, voice }: Scene,
  holder: string | null | undefined,
): Promise<Finding[]> {
  const { health: texts } = voice.texts.doctor;
  if (port === 0) return [{ mark: "well", text: texts.off }];
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  try {
    const { body } = await askHealth(host, port);
    if (holder === null) return [{ mark: "wrong", text: texts.stranger(address) }];
    if (body.status === "ok") return [{ mark: "well", text: texts.well(address, inShort(body)) }];
    const cited = [
      ...body.reasons,
      ...body.chats.unreachable.map(({ chat, reason }) => `${chat}: ${reason}`),
    ];
    const mark = body.status === "failing" ? "wrong" : "odd";
    return [{ mark, text: texts.notWell(address, inShort(body)), cited }];
  } catch {
    // No bot answers at this address.
  }
  const [first = host] = addressesOf(host);
  if (await reachProblem(first, port) === null) {
    return [{ mark: "wrong", text: texts.taken(address) }];
  }
  if (holder) return [{ mark: "wrong", text: texts.silent(address) }];
  try {
    Deno.listen({ hostname: host, port }).close();
    return [{ mark: "well", text: texts.free(address) }];
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      return [{ mark: "wrong", text: texts.taken(address) }];
    }
    const mistake = settingOf(error);
    if (mistake === null) throw error;
    return [{ mark: "settings", text: mistake.report() }];
  }
}

/** Whether the log file can be written to. */
export async function examineLog(scene: Scene): Promise<Finding[]> {
  const { config: { logFile: file }, voice } = scene;
  const { log: texts } = voice.texts.doctor;
  if (file === null) return [{ mark: "well", text: texts.none }];
  let problem: unknown = null;
  try {
    (await Deno.open(file, { append: true })).close();
  } catch (error) {
    problem = error instanceof Deno.errors.NotFound ? await folderProblem(folderOf(file)) : error;
  }
  return [
    problem === null
      ? { mark: "well", text: texts.well(file) }
      : { mark: "wrong", text: texts.wrong(file, obstacle(scene, problem)) },
  ];
}

/** The proxies in use, the hosts behind them, and whether they are reachable. */
export async function examineProxies({ config, env, voice }: Scene): Promise<Finding[]> {
  const { proxy: texts } = voice.texts.doctor;
  const telegram = new URL(config.telegramApiRoot);
  const statusHosts = config.statusUrl === null
    ? config.regions.map((it) => `https://status.bitrix24.${regionOf(it)?.host ?? "com"}/`)
    : [config.statusUrl];
  const findings: Finding[] = [];
  const roads = new Map<string, { road: Road; hosts: Set<string> }>();
  const note = (target: URL, own: string | null) => {
    const road = roadOf(target, env, own);
    if (road === null) return;
    const known = roads.get(road.variable) ?? { road, hosts: new Set() };
    roads.set(road.variable, known);
    known.hosts.add(target.host);
  };
  note(telegram, config.telegramProxy);
  for (const address of statusHosts) note(new URL(address), null);
  if (config.heartbeatUrl !== null) note(new URL(config.heartbeatUrl), null);
  if (config.telegramProxy !== null && isSpared(telegram, env)) {
    findings.push({ mark: "odd", text: texts.spared(telegram.host) });
  }
  const reached = await Promise.all([...roads.values()].map(async ({ road, hosts }) => {
    const problem = await reachProblem(road.hostname, road.port);
    const to = [...hosts].join(", ");
    return problem === null
      ? { mark: "well" as const, text: texts.well(road.variable, road.shown, to) }
      : { mark: "wrong" as const, text: texts.away(road.variable, road.shown, to, problem) };
  }));
  findings.push(...reached);
  return findings.length === 0 ? [{ mark: "well", text: texts.none }] : findings;
}

/** Whether the heartbeat monitor is reachable. No beat is sent, because it would report a healthy bot. */
export async function examineHeartbeat({ config, env, voice }: Scene): Promise<Finding[]> {
  const { heartbeat: texts } = voice.texts.doctor;
  const url = config.heartbeatUrl === null ? null : new URL(config.heartbeatUrl);
  // A proxy on the way is reported by examineProxies.
  if (url === null || roadOf(url, env) !== null) return [];
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const problem = await reachProblem(url.hostname.replace(/^\[|\]$/g, ""), port);
  return [
    problem === null
      ? { mark: "well", text: texts.well(url.host) }
      : { mark: "wrong", text: texts.away(url.host, problem) },
  ];
}
