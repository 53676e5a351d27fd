import { nameWarnings, slipFor } from "./names.ts";
import { readNotices } from "./notice_file.ts";
import {
  apiRoot,
  authorities,
  botToken,
  chatId,
  choice,
  databaseUrl,
  decimal,
  fileOrNone,
  flag,
  host,
  list,
  type LogLevel,
  logLevel,
  Mistake,
  parseOne,
  portalDomain,
  proxyUrl,
  region,
  secret,
  secretUrl,
  statusUrl,
  text,
  timezone,
  userId,
  whole,
} from "./values.ts";
import { NO_WORDING, type Wording } from "../domain/ready_text.ts";
import { regionOf } from "../domain/region.ts";
import { serviceAccount } from "../domain/service_accounts.ts";
import { oneLine } from "../text/lines.ts";

export type { LogLevel };

/** One wrong setting. The fields never hold a secret. */
export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
  readonly example: string;
}

/** All mistakes in the settings. */
export class ConfigError extends Error {
  override name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(`Wrong settings: ${[...new Set(problems.map((it) => it.variable))].join(", ")}`);
    this.problems = problems;
  }

  /** One line per mistake: variable, problem, example. */
  report(): string {
    return this.problems
      .map((it) => `${it.variable}: ${it.problem}. Example: ${it.variable}=${it.example}`)
      .join("\n");
  }
}

const TOKEN_EXAMPLE = "123456789:<the part after the colon, as @BotFather gave it>";
const API_ROOT = "https://api.telegram.org";

/** The table of all settings: variable, example, default, parser. */
const SETTINGS = {
  botToken: setting<string | null>("BOT_TOKEN", TOKEN_EXAMPLE, null, botToken),
  botTokenFile: setting<string | null>("BOT_TOKEN_FILE", "/run/secrets/bot_token", null, text),
  groupId: setting<number | null>("GROUP_ID", "-1001234567890", null, chatId),
  groupIds: setting<number[]>("GROUP_IDS", "-1001234567890,-1009876543210", [], list(chatId)),
  adminIds: setting<number[]>("ADMIN_CHAT_ID", "123456789", [], list(personId)),
  /** Chats that may use the bot, in addition to those of the other settings; empty for everyone. */
  allowedChats: setting<number[]>("ALLOWED_CHATS", "-1001234567890,123456789", [], list(chatId)),
  checkIntervalSeconds: setting("CHECK_INTERVAL", "30", 30, whole(1, 86_400)),
  /** At least one name of a region (domain/region.ts), without repetition. */
  regions: setting("REGIONS", "ru,kz", ["ru"], list(region)),
  /** Status host for all regions, without a trailing slash; null for the usual host of each region. */
  statusUrl: setting<string | null>("STATUS_URL", "https://status.bitrix24.ru", null, statusUrl),
  /** Domains of portals that may be asked about, besides Bitrix24's own. */
  portalDomains: setting<string[]>("PORTAL_DOMAINS", "portal.example.com", [], list(portalDomain)),
  requestTimeoutSeconds: setting("REQUEST_TIMEOUT", "10", 10, whole(1, 120)),
  retryAttempts: setting("RETRY_ATTEMPTS", "3", 3, whole(1, 10)),
  retryDelaySeconds: setting("RETRY_DELAY", "5", 5, decimal(0, 300)),
  failureThreshold: setting("FAILURE_THRESHOLD", "1", 1, whole(1, 100)),
  recoveryThreshold: setting("RECOVERY_THRESHOLD", "2", 2, whole(1, 100)),
  alertOnIssues: setting("ALERT_ON_ISSUES", "true", true, flag),
  alertOnDegraded: setting("ALERT_ON_DEGRADED", "true", true, flag),
  alertOnRecovery: setting("ALERT_ON_RECOVERY", "true", true, flag),
  /** Minutes without news after which a group is reminded of an open outage; 0 never does. */
  remindAfterMinutes: setting("REMIND_AFTER", "60", 60, decimal(0, 1_440)),
  databaseUrl: setting("DATABASE_URL", "file:data/bot.db", "file:data/bot.db", databaseUrl),
  databaseAuthToken: setting<string | null>("DATABASE_AUTH_TOKEN", "<its token>", null, secret),
  /** Days until closed incidents are removed; 0 keeps them for ever. */
  retentionDays: setting("RETENTION_DAYS", "730", 730, whole(0, 36_500)),
  healthHost: setting("HEALTH_HOST", "127.0.0.1", "127.0.0.1", host),
  /** 0 turns the health server off. */
  healthPort: setting("HEALTH_PORT", "8080", 8080, whole(0, 65_535)),
  /** Address of a heartbeat monitor; a secret. */
  heartbeatUrl: setting<string | null>(
    "HEARTBEAT_URL",
    "https://hc-ping.com/<key>",
    null,
    secretUrl,
  ),
  logLevel: setting<LogLevel>("LOG_LEVEL", "INFO", "INFO", logLevel),
  /** Null for no log file. */
  logFile: setting<string | null>("LOG_FILE", "data/bot.log", "data/bot.log", fileOrNone),
  logFormat: setting<"text" | "json">("LOG_FORMAT", "text", "text", choice("text", "json")),
  /** Without a trailing slash. */
  telegramApiRoot: setting("TELEGRAM_API_ROOT", API_ROOT, API_ROOT, apiRoot),
  /** PEM file of additional certificate authorities. */
  caFile: setting<string | null>("CA_FILE", "/etc/ssl/certs/<name>.pem", null, text),
  telegramProxy: setting<string | null>("TELEGRAM_PROXY", "socks5://[::1]:1080", null, proxyUrl),
  /** File with own wording of the ready texts. */
  noticeFile: setting<string | null>("NOTICE_FILE", "/etc/bitrix24-bot/<name>.txt", null, text),
  timezone: setting("TIMEZONE", "Europe/Moscow", "Europe/Moscow", timezone),
  lang: setting<"ru" | "en">("BOT_LANG", "ru", "ru", choice("ru", "en")),
};

/** Key of a setting in the table; most are fields of {@linkcode Config}. */
export type Field = keyof typeof SETTINGS;
type Values = { readonly [K in Field]: (typeof SETTINGS)[K]["fallback"] };

/** All settings, validated, with defaults. */
export interface Config extends Omit<Values, "botToken" | "botTokenFile" | "groupId"> {
  readonly botToken: string;
  /** `GROUP_ID` and `GROUP_IDS` combined in that order, without repetition. */
  readonly groupIds: number[];
  /** The content of `noticeFile`. */
  readonly notices: Wording;
  /** Sentences about valid but questionable settings, for the log. */
  readonly warnings: readonly string[];
}

/** Names of all variables that the program reads. */
export const SETTING_NAMES: readonly string[] = Object.values(SETTINGS).map((it) => it.variable);

/**
 * Parses the settings; an empty variable counts as unset. Throws {@linkcode ConfigError} with all mistakes.
 * `only` names the settings that a command uses: all others keep their defaults unread, and `botToken` is
 * empty.
 */
export function parseConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
  { only }: { readonly only?: readonly Field[] } = {},
): Config {
  const needsToken = only === undefined;
  const problems: ConfigProblem[] = [];
  const parsed: Partial<Record<Field, unknown>> = {};
  for (const field of Object.keys(SETTINGS) as Field[]) {
    const { variable, fallback, parse } = SETTINGS[field];
    const given = env[variable]?.trim() ?? "";
    const isSkipped = given === "" || only?.includes(field) === false;
    const value = isSkipped ? undefined : attempt(field, () => parseOne(given, parse));
    parsed[field] = value === undefined ? fallback : value;
  }
  const { botToken: token, botTokenFile, groupId, groupIds, ...rest } = parsed as Values;
  const isTwofold = Boolean(env.BOT_TOKEN?.trim() && env.BOT_TOKEN_FILE?.trim());
  if (needsToken && isTwofold) {
    wrong("botTokenFile", "is set together with BOT_TOKEN; keep only one of the two");
  }
  const botToken = !needsToken || isTwofold ? token ?? "" : token ?? tokenFromFile();
  const { caFile, noticeFile } = rest;
  if (caFile !== null) attempt("caFile", () => authorities(contentOf(caFile, readFile)));
  const notices = noticeFile === null ? null : attempt("noticeFile", () => noticesIn(noticeFile));
  const given = Object.keys(env);
  if (problems.length > 0) {
    throw new ConfigError(problems.map((it) => {
      const slip = slipFor(it.variable, given, SETTING_NAMES);
      const meant = slip === undefined ? "" : `; ${slip} is no setting, is this one meant?`;
      return { ...it, problem: it.problem + meant };
    }));
  }
  const config = {
    ...rest,
    botToken,
    groupIds: [...new Set([...(groupId === null ? [] : [groupId]), ...groupIds])],
    notices: notices ?? NO_WORDING,
  };
  const names = nameWarnings(given, SETTING_NAMES);
  return { ...config, warnings: [...warningsFor(config), ...names] };

  function wrong(field: Field, problem: string): void {
    const { variable, example } = SETTINGS[field];
    problems.push({ variable, problem, example });
  }

  function attempt<T>(field: Field, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      wrong(field, error.message);
    }
  }

  function noticesIn(path: string): Wording {
    const { wording, mistakes } = readNotices(contentOf(path, readFile));
    for (const it of mistakes) wrong("noticeFile", `in ${fileName(path)}, ${it}`);
    return wording;
  }

  function tokenFromFile(): string {
    if (botTokenFile !== null) {
      return attempt("botTokenFile", () => readToken(botTokenFile, readFile)) ?? "";
    }
    // A wrong BOT_TOKEN is in the problems already.
    const isReported = problems.some((it) => it.variable.startsWith("BOT_TOKEN"));
    if (!isReported) wrong("botToken", "is not set; @BotFather gives one for /newbot");
    return "";
  }
}

/** Content of a file that a setting names. Throws {@linkcode Mistake} when it cannot be read. */
function contentOf(path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch {
    // The message leaves out the path, which may be the token itself by mistake.
    throw new Mistake("names a file that does not exist or cannot be read");
  }
}

/** A path for a message, unless a secret may be in it by mistake. */
function fileName(path: string): string {
  return /[:?&=]|[A-Za-z0-9_-]{20}/.test(path) ? "the file" : oneLine(path);
}

function readToken(path: string, readFile: (path: string) => string): string {
  const content = contentOf(path, readFile);
  try {
    return botToken(content.trim());
  } catch (error) {
    throw new Mistake(`names a file whose content ${(error as Error).message}`);
  }
}

function warningsFor(
  { checkIntervalSeconds, adminIds, groupIds, regions, telegramApiRoot }: Omit<Config, "warnings">,
): string[] {
  const warnings: string[] = [];
  if (isInClear(telegramApiRoot)) {
    warnings.push(
      "TELEGRAM_API_ROOT is http:// on another machine; whoever is on the way can read the token",
    );
  }
  if (checkIntervalSeconds < 30) {
    warnings.push(
      `CHECK_INTERVAL is ${checkIntervalSeconds} s; under 30 s the status host may limit the bot`,
    );
  }
  const unlisted = regions.filter((it) => !regionOf(it)?.isListed);
  if (unlisted.length > 0) {
    warnings.push(
      `REGIONS has ${
        unlisted.join(", ")
      }, which Bitrix24's own list of codes lacks; the status host ` +
        "may call it well whatever happens",
    );
  }
  if (adminIds.length === 0) {
    warnings.push("ADMIN_CHAT_ID is not set; nobody can use the administration menu");
  }
  if (groupIds.length === 0) {
    warnings.push("Neither GROUP_ID nor GROUP_IDS is set; alerts go to subscribed chats only");
  }
  return warnings;
}

/** Whether requests to an address leave this machine unencrypted. */
function isInClear(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "http:" && !/^(.+\.)?localhost$|^127\.|^\[::1\]$/.test(hostname);
}

function personId(value: string): number {
  const id = userId(value);
  const account = serviceAccount(id);
  if (account === undefined) return id;
  throw new Mistake(
    `has ${id}, which is no person's number but that of ${account}; yours is told by /getid in a ` +
      "private chat with the bot",
  );
}

function setting<T>(variable: string, example: string, fallback: T, parse: (value: string) => T) {
  return { variable, example, fallback, parse };
}
