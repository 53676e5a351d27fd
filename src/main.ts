import "./deps/runtime.ts";
import { parse as parseEnvFile } from "dotenv";
import manifest from "../deno.json" with { type: "json" };
import { startApp } from "./app.ts";
import { ConfigError, parseConfig } from "./config.ts";
import { within } from "./core/pause.ts";
import { runDemo } from "./demo.ts";
import { type Logging, redact, setUpLogging } from "./logger.ts";
import { connectService, type Service } from "./service.ts";

/** Exit codes that scripts and service managers rely on (sysexits.h names for 64 and 78). */
const EXIT = { ok: 0, failed: 1, usage: 64, config: 78, interrupted: 130 } as const;
/** However a stop goes: after this, the process ends. */
const STOP_DEADLINE_MS = 9_000;

const HELP = `bitrix24-bot ${manifest.version}: tells Telegram chats when the Bitrix24 cloud breaks

Usage:
  bitrix24-bot [run]     the daemon; settings come from the environment and from ./.env
  bitrix24-bot demo      the whole bot against a built-in sandbox; no token, no network
  bitrix24-bot --help    this text
  bitrix24-bot --version the version

Settings are listed in .env.example.
`;

/** Turns arguments into calls and an exit code. */
async function main(args: readonly string[]): Promise<number> {
  const [command = "run", ...rest] = args;
  if (rest.length > 0) return misused(`unexpected argument "${rest[0]}"`);
  switch (command) {
    case "run":
      return await run();
    case "demo":
      await runDemo({
        version: manifest.version,
        lang: environment()["BOT_LANG"]?.trim().toLowerCase() === "en" ? "en" : "ru",
        print,
        signal: stopSignal(),
      });
      return EXIT.ok;
    case "--help":
    case "-h":
      print(HELP);
      return EXIT.ok;
    case "--version":
    case "-V":
      print(`bitrix24-bot ${manifest.version} (Deno ${Deno.version.deno})\n`);
      return EXIT.ok;
    default:
      return misused(
        `unknown ${command.startsWith("-") ? "option" : "command"} "${command}"`,
      );
  }
}

/** The daemon: from the settings to the exit code. */
async function run(): Promise<number> {
  const signal = stopSignal();
  let logging: Logging | null = null;
  let service: Service | null = null;
  try {
    const config = parseConfig(environment(), Deno.readTextFileSync);
    logging = await setUpLogging({
      level: config.logLevel,
      file: config.logFile,
      format: config.logFormat,
      secrets: [config.botToken, config.databaseAuthToken, passwordOf(config.telegramProxy)]
        .filter((it) => it !== null),
    });
    const log = logging.logger("main");
    // What nobody awaited must not end a daemon that runs for years.
    globalThis.addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      log.critical("Unhandled rejection", { error: event.reason, stack: event.reason?.stack });
    });
    service = connectService(Deno.env.toObject(), { logger: log, redact });
    const stopped = new Promise<null>((resolve) => {
      const stop = () => {
        service?.stopping();
        resolve(null);
      };
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
    });
    log.info("Starting", { version: manifest.version });
    // A start can wait long for a locked database; a stop must not wait for it.
    const app = await Promise.race([
      startApp(config, { version: manifest.version, logging, service }),
      stopped,
    ]);
    await stopped;
    if (app) await within(STOP_DEADLINE_MS, app.stop());
    else log.info("Stopped while starting");
    return EXIT.ok;
  } catch (error) {
    if (error instanceof ConfigError) {
      printError(`${error.report()}\n`);
      return EXIT.config;
    }
    const reason = startProblem(error);
    service?.failed(reason);
    if (logging) logging.logger("main").critical("Cannot start", { reason, error });
    else printError(`Cannot start: ${reason}\n`);
    return EXIT.failed;
  } finally {
    await service?.close();
    await logging?.dispose();
  }
}

/** Aborted by the first SIGTERM or SIGINT; the second ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(name, () => {
      if (stop.signal.aborted) Deno.exit(EXIT.interrupted);
      stop.abort(new Error(name));
    });
  }
  return stop.signal;
}

/** The environment; what it does not set is filled in from ./.env. */
function environment(): Record<string, string> {
  const env = Deno.env.toObject();
  let file = "";
  try {
    file = Deno.readTextFileSync(".env");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      printError(`.env cannot be read: ${error instanceof Error ? error.message : error}\n`);
    }
  }
  const fromFile = parseEnvFile(file);
  const missing = Object.entries(fromFile).filter(([name]) => !env[name]?.trim());
  return { ...env, ...Object.fromEntries(missing) };
}

/** A password of a few letters is no secret, and would be found in every other word. */
function passwordOf(address: string | null): string | null {
  const password = URL.parse(address ?? "")?.password ?? "";
  return password.length >= 6 ? password : null;
}

/** What to do about the usual reasons why a start fails. */
function startProblem(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return "HEALTH_PORT is in use by another program; choose another port, or 0 for none";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `no permission: ${error.message}`;
  }
  if (error instanceof Error && error.name === "DatabaseDamagedError") {
    return `${error.message}. Move the file away and start again: a new one is made`;
  }
  if (error instanceof Error && error.message.includes("ConnectionFailed")) {
    return "the database file of DATABASE_URL cannot be opened; check its folder and permissions";
  }
  return error instanceof Error && error.message !== "" ? error.message : String(error);
}

function misused(problem: string): number {
  printError(`bitrix24-bot: ${problem}; see bitrix24-bot --help\n`);
  return EXIT.usage;
}

/** A reader that went away, as in `… | head -1`, is no fault of ours. */
function print(text: string): void {
  writeAll(Deno.stdout, text);
}

function printError(text: string): void {
  writeAll(Deno.stderr, text);
}

function writeAll(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(to.writeSync(bytes));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
