import "../src/deps/runtime.ts";
import { type App, startApp } from "../src/app.ts";
import type { Ways } from "../src/app/evidence.ts";
import { type Config, parseConfig } from "../src/settings/config.ts";
import { createPortalSandbox, type PortalSandbox } from "../src/sandbox/bitrix24/portals.ts";
import { createBitrix24Sandbox } from "../src/sandbox/bitrix24/server.ts";
import type { Bitrix24Sandbox } from "../src/sandbox/bitrix24/types.ts";
import {
  createTelegramSandbox,
  type Fault,
  type SandboxMessage,
  type TelegramSandbox,
} from "../src/sandbox/telegram/server.ts";
import { type Logging, setUpLogging } from "../src/log/logger.ts";
import { assertExists } from "./assert.ts";
import { placeEmptyDatabase, withFolder } from "./support.ts";

export const TOKEN = "123456789:AAE-sandbox_token_that_is_no_secret";

/** Nobody waits for 15 s in a test. */
const TROUBLE_PATIENCE_MS = 300;

/** People and chats of every test. Only GROUP is in the settings. */
export const ANNA = 1001;
export const BORIS = 1002;
export const ADMIN = 1003;
export const GROUP = -1001;
export const OTHER_GROUP = -1002;

/** The whole bot between the two stand-ins, as an operator would set it up. */
export class World {
  readonly env: Record<string, string>;
  /** How soon portals are asked again; by default as in earnest. */
  pace?: Ways["pace"];
  /** What a minute of a drill lasts; by default a minute. */
  drillMinuteMs?: number;
  readonly logLines: string[] = [];
  readonly #portals: PortalSandbox | null;
  #app: App | null = null;
  #logging: Logging | null = null;

  constructor(
    readonly telegram: TelegramSandbox,
    readonly bitrix24: Bitrix24Sandbox,
    readonly folder: string,
    env: Record<string, string>,
    portals: PortalSandbox | null = null,
  ) {
    this.#portals = portals;
    this.env = {
      BOT_TOKEN: TOKEN,
      GROUP_ID: String(GROUP),
      ADMIN_CHAT_ID: String(ADMIN),
      CHECK_INTERVAL: "1",
      RETRY_DELAY: "0.02",
      REQUEST_TIMEOUT: "1",
      HEALTH_PORT: "0",
      LOG_LEVEL: "DEBUG",
      TELEGRAM_API_ROOT: telegram.apiRoot,
      STATUS_URL: bitrix24.url,
      DATABASE_URL: `file:${folder}/bot.db`,
      LOG_FILE: `${folder}/bot.log`,
      ...env,
    };
  }

  /** People and chats, and a cloud that is well. */
  populate(): void {
    const { telegram, bitrix24 } = this;
    telegram.addUser({ id: ANNA, first_name: "Анна" });
    telegram.addUser({ id: BORIS, first_name: "Борис" });
    telegram.addUser({ id: ADMIN, first_name: "Админ" });
    const members = { [ANNA]: "creator", [BORIS]: "member", [ADMIN]: "member" } as const;
    telegram.addGroup({ id: GROUP, title: "Дежурные", members });
    telegram.addGroup({ id: OTHER_GROUP, title: "Отдел продаж", members });
    bitrix24.well("ru");
  }

  /** Another bot between the same stand-ins, in the same folder. */
  another(env: Record<string, string>): World {
    return new World(
      this.telegram,
      this.bitrix24,
      this.folder,
      { ...this.env, ...env },
      this.#portals,
    );
  }

  get databaseFile(): string {
    return `${this.folder}/bot.db`;
  }

  get config(): Config {
    return parseConfig(this.env, Deno.readTextFileSync);
  }

  /** Pretend portals, and the vendor's hosts. */
  get portals(): PortalSandbox {
    assertExists(this.#portals, "this world has no portals");
    return this.#portals;
  }

  get app(): App {
    assertExists(this.#app, "the bot is not running");
    return this.#app;
  }

  /** @param now the clock of the machine that the bot runs on */
  async start(now: () => number = Date.now): Promise<void> {
    const { config } = this;
    this.#logging = await setUpLogging({
      level: config.logLevel,
      file: config.logFile,
      format: config.logFormat,
      secrets: [config.botToken],
      idKey: config.botToken,
      stderr: (line) => this.logLines.push(line.trimEnd()),
    });
    this.#app = await startApp(config, {
      build: { version: "0.0.0-test", commit: null, builtAt: Date.UTC(2026, 0, 1), deno: "0" },
      logging: this.#logging,
      troublePatienceMs: TROUBLE_PATIENCE_MS,
      ...(this.#portals === null ? {} : {
        ways: { ...this.#portals.ways, ...(this.pace === undefined ? {} : { pace: this.pace }) },
      }),
      ...(this.drillMinuteMs === undefined ? {} : { drillMinuteMs: this.drillMinuteMs }),
      now,
    });
  }

  async stop(): Promise<void> {
    await this.#app?.stop();
    await this.#logging?.dispose();
    this.#app = null;
    this.#logging = null;
  }

  /** Lines of the log with this level word. */
  logged(level: string): string[] {
    return this.logLines.filter((line) => line.includes(` ${level} `));
  }

  /** What a good bot never does; to ask for a chat that Telegram does not know yet is no offence. */
  violations(): string[] {
    return this.telegram.violations.filter((it) =>
      it !== "setmycommands: 400 Bad Request: chat not found"
    );
  }

  /** What the bot wrote in a chat, oldest first. */
  fromBot(chatId: number): SandboxMessage[] {
    return this.telegram.messages(chatId).filter((it) =>
      it.from?.id === this.telegram.bot.id && !it.deleted
    );
  }

  /** A person writes; resolves with the bot's answer. */
  async ask(text: string, chatId: number = ANNA, userId: number = ANNA): Promise<SandboxMessage> {
    const before = this.fromBot(chatId).length;
    this.telegram.say(chatId, userId, text);
    return await this.nextMessage(chatId, before, `an answer to ${text.slice(0, 40)}`);
  }

  /** The message of the bot that follows the first `before` ones. */
  nextMessage(chatId: number, before: number, what: string): Promise<SandboxMessage> {
    return this.telegram.until(() => this.fromBot(chatId)[before], what);
  }

  /** Presses a button by its label; resolves with the message as it is after the bot edited it. */
  async press(
    message: SandboxMessage,
    button: string,
    userId: number = ANNA,
  ): Promise<{ message: SandboxMessage; toast: string }> {
    const { edits } = message;
    const answer = await this.telegram.press(message.chatId, message.id, button, userId);
    await this.telegram.until(
      () => message.edits > edits,
      `an edit after pressing ${button}`,
    );
    return { message, toast: answer.text };
  }

  /** Telegram refuses the next message with this; returns how many it was asked to send since. */
  refuseNextMessage(fault: Fault): () => number {
    let count = 0;
    this.telegram.fault = (method) => method === "sendmessage" && count++ === 0 ? fault : undefined;
    return () => count;
  }

  /** Resolves once the status host was asked `times` more. */
  async checks(times: number): Promise<void> {
    const from = this.bitrix24.requests.length;
    await this.bitrix24.until(
      () => this.bitrix24.requests.length >= from + times,
      `${times} more checks`,
    );
  }

  /** An alert (not an answer) in a chat: a message of the bot with this text. */
  alert(chatId: number, text: string): Promise<SandboxMessage> {
    return this.telegram.until(
      () => this.fromBot(chatId).find((it) => it.text?.includes(text)),
      `“${text}” in chat ${chatId}`,
    );
  }
}

/** The labels under a message, row by row. */
export function buttons(message: SandboxMessage): string[][] {
  return message.reply_markup?.inline_keyboard.map((row) => row.map((it) => it.text)) ?? [];
}

/** A started bot between the stand-ins; everything is stopped and removed afterwards. */
export async function withWorld(
  use: (world: World) => Promise<void>,
  { env = {}, isStarted = true, ephemeral = true }: {
    env?: Record<string, string>;
    isStarted?: boolean;
    /** False for a Bot API server that shows every message to everybody. */
    ephemeral?: boolean;
  } = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const telegram = await createTelegramSandbox({ token: TOKEN, pollGuardMs: 0, ephemeral });
    const bitrix24 = await createBitrix24Sandbox();
    const portals = createPortalSandbox();
    const world = new World(telegram, bitrix24, folder, env, portals);
    world.populate();
    try {
      if (isStarted) {
        await placeEmptyDatabase(world.databaseFile);
        await world.start();
      }
      await use(world);
    } finally {
      await world.stop();
      await portals.close();
      await bitrix24.close();
      await telegram.close();
    }
  });
}
