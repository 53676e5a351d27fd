import { ConfigError } from "../settings/config.ts";
import { nextTurn, within } from "../time/pause.ts";
import { raiseDescriptorLimit } from "../deps/machine.ts";
import { openHealthEndpoint } from "../app/health_endpoint.ts";
import { type Logging, setUpLogging } from "../log/logger.ts";
import { connectService, type Service } from "../health/systemd.ts";
import { EXIT, reasonOf, type Shell } from "./command.ts";
import { openToOthers, readSettings, secretsOf } from "./settings.ts";

/** Time limit of a stop; after this the process ends. */
const STOP_DEADLINE_MS = 9_000;
const NEVER = new Promise<never>(() => {});

/** Runs the daemon and returns the exit code. Throws ConfigError. */
export async function live(shell: Shell): Promise<number> {
  let logging: Logging | null = null;
  const signal = shell.stopSignal(() => {
    logging?.reopen();
    logging?.logger("main").info("SIGHUP: the log file is opened anew");
  });
  const { build } = shell;
  raiseDescriptorLimit();
  let service: Service | null = null;
  try {
    const config = readSettings(shell.env);
    logging = await setUpLogging({
      level: config.logLevel,
      file: config.logFile,
      format: config.logFormat,
      secrets: secretsOf(config),
      idKey: config.botToken,
    });
    const { hideIds } = logging;
    const log = logging.logger("main");
    // An unhandled rejection would end the process.
    globalThis.addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      log.critical("Unhandled rejection", { error: event.reason, stack: event.reason?.stack });
    });
    for (const file of openToOthers(config, shell.env)) {
      log.warning("Other users of this machine can read or change a file of the bot", {
        file,
        advice: `chmod 600 ${file}`,
      });
    }
    service = connectService(shell.env, { logger: log, redact: hideIds });
    const stopped = new Promise<null>((resolve) => {
      const stop = () => {
        service?.stopping();
        resolve(null);
      };
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
    });
    log.info("Starting", { ...build });
    let endpoint = openHealthEndpoint(config, { build, logging, now: Date.now });
    // Loaded in two parts, so that the health server can answer in between.
    await import("../telegram/bot.ts");
    await nextTurn();
    const { startApp } = await import("../app.ts");
    await nextTurn();
    for (let isFirst = true;; isFirst = false) {
      const options = { build, logging, service, endpoint, stop: signal, isPatient: !isFirst };
      // A start can wait long for a locked database; a stop ends that wait.
      const app = await Promise.race([startApp(config, options), stopped]);
      const taken = app?.lost.then(() => "taken" as const) ?? NEVER;
      const end = await Promise.race([stopped, endpoint.healthServer?.givenUp ?? NEVER, taken]);
      if (app) await within(STOP_DEADLINE_MS, app.stop());
      else log.info("Stopped while starting");
      if (end === null) return EXIT.ok;
      if (end !== "taken") {
        // This process lacks resources, such as file descriptors; a new one has them.
        log.critical("The health server was lost; ending, to be started again", { error: end });
        return EXIT.failed;
      }
      endpoint = openHealthEndpoint(config, { build, logging, now: Date.now });
    }
  } catch (error) {
    if (error instanceof ConfigError) {
      service?.failed(error.message);
      logging?.logger("main").critical("Cannot start", { reason: error.report() });
      throw error;
    }
    const reason = startProblem(error);
    service?.failed(reason);
    if (logging) logging.logger("main").critical("Cannot start", { reason, error });
    else shell.printError(`Cannot start: ${reason}\n`);
    return EXIT.failed;
  } finally {
    await service?.close();
    await logging?.dispose();
  }
}

/** The reason of a failed start, with advice for the usual ones. */
function startProblem(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied) {
    return `no permission: ${error.message}`;
  }
  if (error instanceof Error && error.name === "DatabaseDamagedError") {
    return `${error.message}. Move the file away and start again: a new one is made`;
  }
  if (error instanceof Error && error.name === "DatabaseAwayError") {
    return `${error.message}; check DATABASE_URL, and whether the server runs`;
  }
  if (error instanceof Error && error.message.includes("ConnectionFailed")) {
    return "the database file of DATABASE_URL cannot be opened; check its folder and permissions";
  }
  return reasonOf(error);
}
