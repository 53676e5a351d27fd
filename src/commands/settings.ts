import { type Config, parseConfig } from "../settings/config.ts";
import { databasePath } from "../store/database_path.ts";
import { isOpenToOthers } from "../deps/user.ts";
import type { Shell } from "./command.ts";
import { refuseSameFile } from "./same_file.ts";

/** The settings of the daemon, with the check of the log file. Throws ConfigError. */
export function readSettings(env: Shell["env"]): Config {
  const config = parseConfig(env, Deno.readTextFileSync);
  refuseSameFile(config, env["BOT_TOKEN_FILE"]);
  return config;
}

/** Secrets of the settings, to be removed from all output. */
export function secretsOf(config: Config): string[] {
  const { botToken, databaseAuthToken, telegramProxy, heartbeatUrl } = config;
  return [botToken, databaseAuthToken, passwordOf(telegramProxy), heartbeatUrl]
    .filter((secret) => secret !== null);
}

/** Files with secrets that other users of the machine can read or change. */
export function openToOthers(config: Config, env: Shell["env"]): string[] {
  const files = [".env", env["BOT_TOKEN_FILE"]?.trim(), databasePath(config.databaseUrl)];
  return files.filter((file): file is string => !!file && isOpenToOthers(file));
}

/** The password in an address; null for a short one, which would be found in ordinary words. */
function passwordOf(address: string | null): string | null {
  const password = URL.parse(address ?? "")?.password ?? "";
  return password.length >= 6 ? password : null;
}
