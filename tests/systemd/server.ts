import { Journal, Machine } from "../machine/nspawn.ts";
import { command } from "../machine/debian.ts";
import { pause } from "../../src/time/pause.ts";
import { assert } from "../assert.ts";
import { ANNA, GROUP, TOKEN } from "../world.ts";
import { readmeBlock } from "../readme.ts";
import { BITRIX24_PORT, StandIns, TELEGRAM_PORT } from "./stand_ins.ts";

const REPOSITORY = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const UNIT = "bitrix24-bot.service";
/** What a reader of the README has at hand. */
const SOURCES = "/root/bitrix24-bot";
const DROP_IN = `/run/systemd/system/${UNIT}.d/test.conf`;
const STATE_PATIENCE_MS = 60_000;

/** The settings of a server whose Telegram and Bitrix24 are the stand-ins. */
const SETTINGS = `
BOT_TOKEN=${TOKEN}
GROUP_ID=${GROUP}
ADMIN_CHAT_ID=${ANNA}
CHECK_INTERVAL=1
RETRY_DELAY=0.02
REQUEST_TIMEOUT=2
RECOVERY_THRESHOLD=1
LOG_LEVEL=DEBUG
TELEGRAM_API_ROOT=http://telegram.test:${TELEGRAM_PORT}
STATUS_URL=http://bitrix24.test:${BITRIX24_PORT}
`;

/** A bare server with the bot's files on it, and the stand-ins in its network. */
export class Server {
  readonly machine: Machine;
  #standIns: StandIns | null = null;
  #journal: Journal | null = null;

  private constructor(machine: Machine) {
    this.machine = machine;
  }

  /** The compiled program is made when there is none. To be ended, whatever happens. */
  static async make(): Promise<Server> {
    const binary = await compiled();
    const server = new Server(await Machine.make());
    const sources = server.machine.path(SOURCES);
    await Deno.mkdir(`${sources}/dist`, { recursive: true });
    await command("cp", ["--reflink=auto", binary, `${sources}/dist/bitrix24-bot`]);
    await command("cp", ["-r", `${REPOSITORY}/systemd`, `${REPOSITORY}/.env.example`, sources]);
    // An editor that knows what it wants.
    await Deno.writeTextFile(server.machine.path("/root/settings"), SETTINGS);
    const editor = server.machine.path("/root/editor");
    await Deno.writeTextFile(editor, '#!/bin/sh\ncat /root/settings >> "$1"\n', { mode: 0o755 });
    return server;
  }

  get isBooted(): boolean {
    return this.#standIns !== null;
  }

  async boot(): Promise<void> {
    await this.machine.boot();
    await this.network(true);
    this.#journal = new Journal(this.machine, UNIT);
    this.#standIns = new StandIns(this.machine.init);
  }

  /** The machine comes back with a new network, which has no stand-ins in it yet. */
  async reboot(): Promise<void> {
    await this.#standIns?.end();
    this.#standIns = null;
    await this.machine.reboot();
  }

  /** New ones, which know nothing of what was. */
  startStandIns(): void {
    this.#standIns = new StandIns(this.machine.init);
  }

  get standIns(): StandIns {
    assert(this.#standIns);
    return this.#standIns;
  }

  get journal(): Journal {
    assert(this.#journal);
    return this.#journal;
  }

  /** Types the README's block with a line that begins so, as it is there; throws when one fails. */
  async type(beginning: string, change: (lines: string) => string = (it) => it): Promise<string> {
    return await this.sh(change(readmeBlock(beginning)), { EDITOR: "/root/editor" });
  }

  /** The same like a paste into a terminal: whatever fails, the next line is run. What it printed. */
  async paste(beginning: string): Promise<string> {
    const lines = `bash 2>&1 <<'END_OF_PASTE' || true\n${readmeBlock(beginning)}END_OF_PASTE\n`;
    return await this.sh(lines, { EDITOR: "/root/editor" });
  }

  async sh(script: string, env?: Record<string, string>): Promise<string> {
    return await this.machine.sh(`cd ${SOURCES}\n${script}`, env);
  }

  /** A property of the bot's unit. */
  async show(property: string): Promise<string> {
    return await this.machine.show(UNIT, property);
  }

  /** What systemd says of the bot, in few words. */
  async state(): Promise<string> {
    const names = ["ActiveState", "SubState", "Result", "ExecMainStatus"];
    const values = await Promise.all(names.map((it) => this.show(it)));
    return values.join(" ");
  }

  /** systemd tells nobody of a new status line: it is asked again and again. */
  async untilStatus(pattern: RegExp): Promise<void> {
    const deadline = AbortSignal.timeout(STATE_PATIENCE_MS);
    while (true) {
      const status = await this.show("StatusText");
      if (pattern.test(status)) return;
      assert(!deadline.aborted, `The status never was ${pattern}, but is “${status}”`);
      await pause(50, deadline);
    }
  }

  /** Systemd's settings of the unit are others until {@linkcode restore}; to be followed by a start. */
  async change(service: string, env = ""): Promise<void> {
    await this.machine.write("/run/test.env", env);
    const section = `[Service]\nEnvironmentFile=/run/test.env\n${service}\n`;
    await this.machine.write(DROP_IN, section);
    await this.sh("systemctl daemon-reload");
  }

  async restore(): Promise<void> {
    await this.sh(`rm -f ${DROP_IN} /run/test.env && systemctl daemon-reload`);
  }

  /** Whether the names of Telegram and Bitrix24 lead anywhere. */
  async network(isThere: boolean): Promise<void> {
    const line = "127.0.0.1 telegram.test bitrix24.test";
    await this.machine.write("/etc/hosts", isThere ? `${line}\n` : "127.0.0.1 localhost\n");
  }

  /** Resolves once the status host was asked `times` more. */
  async checks(times: number): Promise<void> {
    await this.standIns.do(async ({ bitrix24 }, times) => {
      const from = bitrix24.requests.length;
      await bitrix24.until(() => bitrix24.requests.length >= from + times, "checks", 60_000);
    }, times);
  }

  /** The region is down; Bitrix24 announced it under this number. */
  async outage(id: number): Promise<void> {
    await this.standIns.do(
      ({ bitrix24 }, id) =>
        bitrix24.set("ru", {
          result: "error",
          info: "Сбой",
          statusTitle: "ВРЕМЕННЫЙ СБОЙ",
          statusInfo: `Недоступны: CRM (${id}).`,
          id,
        }),
      id,
    );
  }

  /** Waits for a message of the bot in the chat that has this text. */
  async heard(chat: number, text: string): Promise<void> {
    await this.standIns.do(
      async ({ telegram }, { chat, text }) => {
        const isHeard = () =>
          telegram.messages(chat).some((it) =>
            it.from?.id === telegram.bot.id && it.text?.includes(text)
          );
        await telegram.until(isHeard, `“${text}” in chat ${chat}`, 60_000);
      },
      { chat, text },
    );
  }

  /** How many messages of the bot in the chat have this text. */
  async count(chat: number, text: string): Promise<number> {
    return await this.standIns.do(
      ({ telegram }, { chat, text }) =>
        telegram.messages(chat).filter((it) =>
          it.from?.id === telegram.bot.id && it.text?.includes(text)
        ).length,
      { chat, text },
    );
  }

  /** Whatever is running ends, and nothing stays behind. Waits for nobody else. */
  end(): void {
    this.#journal?.end();
    this.machine.end();
  }
}

async function compiled(): Promise<string> {
  const given = Deno.env.get("BITRIX24_BOT_BINARY");
  if (given) return given;
  const binary = `${REPOSITORY}/dist/bitrix24-bot`;
  if (!(await Deno.stat(binary).catch(() => null))) {
    await command(Deno.execPath(), ["task", "compile"], { cwd: REPOSITORY });
  }
  return binary;
}
