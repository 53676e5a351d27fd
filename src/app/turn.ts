import type { Build } from "../build.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import type { LoudLog } from "../log/log.ts";
import type { HealthState } from "../health/health_state.ts";
import { hostName } from "../deps/machine.ts";
import type { Service } from "../health/systemd.ts";
import { takeDatabase } from "../store/take_database.ts";
import { OtherBotError, refuseOtherBot } from "../store/owner.ts";

/** The right to work on the database, held by one bot at a time; see {@linkcode takeDatabase}. */
export type Turn = Awaited<ReturnType<typeof takeDatabase>>;

export interface TurnDeps {
  readonly build: Build;
  readonly log: LoudLog;
  readonly healthState: HealthState;
  readonly service: Service | null;
  /** Ends the wait; its reason is thrown then. */
  readonly stop?: AbortSignal | undefined;
  /** See {@linkcode HoldOptions}: true when this process held the database before. */
  readonly isPatient?: boolean;
}

/**
 * Waits until no other bot works on the database, and reports standby meanwhile. Throws ConfigError when
 * the database belongs to a bot with another token, and what the database throws.
 */
export async function awaitTurn(
  config: Config,
  { build, log, healthState, service, stop, isPatient = false }: TurnDeps,
): Promise<Turn> {
  const options = { url: config.databaseUrl, authToken: config.databaseAuthToken };
  try {
    await refuseOtherBot(options, botIdOf(config));
    return await takeDatabase(options, {
      self: { pid: Deno.pid, host: hostName(), version: build.version },
      logger: log,
      stop,
      isPatient,
      onStandby(holder) {
        log.warning("Another bot works on this database; standing by", { holder });
        healthState.standsBy(holder);
        service?.standsBy(holder);
      },
    });
  } catch (error) {
    throw asConfigError(error, config);
  } finally {
    healthState.standsBy(null);
  }
}

/** The bot's id: the digits of the token before the colon. */
export function botIdOf({ botToken }: Config): string {
  return botToken.slice(0, botToken.indexOf(":"));
}

/** Turns {@linkcode OtherBotError} into a ConfigError that says how to resolve it; others stay. */
export function asConfigError(error: unknown, config: Config): unknown {
  if (!(error instanceof OtherBotError)) return error;
  const problem =
    `the database belongs to the bot with the id ${error.owner}, and BOT_TOKEN is that of ` +
    `${
      botIdOf(config)
    }: who subscribed there does not know this bot. Give it a database of its own. If ` +
    `the one bot replaces the other, type DELETE FROM settings WHERE name = 'bot_id'; in sqlite3 first`;
  return new ConfigError([{ variable: "DATABASE_URL", problem, example: "file:data/second.db" }]);
}
