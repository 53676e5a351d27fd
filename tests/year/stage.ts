// Everything around the program: the stand-ins, the people, the disk, and whoever meddles with its file.
import { createBitrix24Sandbox } from "../../src/sandbox/bitrix24/server.ts";
import type { Bitrix24Sandbox } from "../../src/sandbox/bitrix24/types.ts";
import { createTelegramSandbox, type TelegramSandbox } from "../../src/sandbox/telegram/server.ts";
import { readMessage, type Saying } from "../chaos/record.ts";
import type { Sights } from "./pretend.ts";

const TOKEN = "123456789:AAE-sandbox_token_that_is_no_secret";
/** Has a portal watched. */
export const ANNA = 1001;
const ADMIN = 1003;
const GROUP = -1001;
/** All of them are told of everything. */
export const CHATS = [GROUP, ADMIN, ANNA];
/** Enough for the database, seven backups and the log, and soon full. */
const DISK_BYTES = 24 * 1024 * 1024;
export const RETENTION_DAYS = 10;
export const CHECK_MINUTES = 15;

/** A message that a chat got about an incident. */
export interface News {
  readonly chatId: number;
  readonly saying: Saying;
  readonly text: string;
  /** The minute that was over by then. */
  readonly at: number;
}

export class Stage implements AsyncDisposable {
  readonly telegram: TelegramSandbox;
  readonly bitrix24: Bitrix24Sandbox;
  readonly folder: string;
  readonly news: News[] = [];
  /** What was said of a portal: that it is silent, and that it is not any more. */
  readonly signs: Omit<News, "saying">[] = [];
  /** The minute up to which time has passed. */
  minute = 0;
  /** Why the disk cannot be filled here; null when it can. */
  readonly noDisk: string | null;

  readonly #realNow = Date.now;

  /** @param from when minute 0 is, in milliseconds since 1970 */
  constructor(from: number) {
    // The stand-ins date what they say, and the program compares that with its clock.
    Date.now = () => from + this.minute * 60_000;
    this.telegram = createTelegramSandbox({ token: TOKEN, pollGuardMs: 0, limits: false });
    this.bitrix24 = createBitrix24Sandbox();
    this.folder = Deno.makeTempDirSync({ prefix: "bitrix24-bot-year-" });
    for (const name of ["tmp", "data", "program"]) Deno.mkdirSync(`${this.folder}/${name}`);
    this.see({ portal: "alive", link: "good" });
    this.noDisk = mount(this.data);
    const { telegram } = this;
    telegram.fault = (method, payload) => {
      // Whoever waits is the program, whose time is not ours (warp.ts).
      if (method === "getupdates") payload["timeout"] = 0;
      return undefined;
    };
    telegram.addUser({ id: ANNA, first_name: "Анна" });
    telegram.addUser({ id: ADMIN, first_name: "Админ" });
    telegram.addGroup({ id: GROUP, title: "Дежурные", members: { [ANNA]: "creator" } });
    telegram.say(ADMIN, ADMIN, "/start");
    telegram.say(ANNA, ANNA, "/start");
    telegram.onEvent((event) => {
      if (event.kind !== "sent" || event.by !== "bot") return;
      const { text = "" } = event.message;
      if (/^🟠|снова отвечает/.test(text)) {
        this.signs.push({ chatId: event.chatId, text, at: this.minute });
      }
      const news = readMessage(text);
      if (news === null) return;
      this.news.push({ chatId: event.chatId, saying: news.saying, text, at: this.minute });
    });
  }

  get data(): string {
    return `${this.folder}/data`;
  }

  get database(): string {
    return `${this.data}/bot.db`;
  }

  get env(): Record<string, string> {
    return {
      BOT_TOKEN: TOKEN,
      GROUP_ID: String(GROUP),
      ADMIN_CHAT_ID: String(ADMIN),
      TELEGRAM_API_ROOT: this.telegram.apiRoot,
      STATUS_URL: this.bitrix24.url,
      DATABASE_URL: `file:${this.database}`,
      LOG_FILE: `${this.data}/bot.log`,
      CHECK_INTERVAL: String(CHECK_MINUTES * 60),
      RETENTION_DAYS: String(RETENTION_DAYS),
      HEALTH_PORT: "0",
      TIMEZONE: "Europe/Berlin",
      TMPDIR: `${this.folder}/tmp`,
      YEAR_SIGHTS: `${this.folder}/sights.json`,
    };
  }

  /** What the program sees of portals from now on. */
  see(sights: Sights): void {
    Deno.writeTextFileSync(`${this.folder}/sights.json`, JSON.stringify(sights));
  }

  ask(): void {
    this.telegram.say(ANNA, ANNA, "/status");
  }

  /** Takes what room is left; returns the way to give it back. */
  fillDisk(): () => void {
    const path = `${this.data}/somebody-elses`;
    {
      using file = Deno.openSync(path, { createNew: true, write: true });
      for (let size = 1 << 20; size > 0; size >>= 1) {
        try {
          while (true) file.writeSync(new Uint8Array(size));
        } catch {
          // Full for this size.
        }
      }
    }
    return () => Deno.removeSync(path);
  }

  /** The ports that the program's calls go to. */
  get ports(): number[] {
    return [this.telegram.apiRoot, this.bitrix24.url].map((it) => Number(new URL(it).port));
  }

  /** All files of the program; of a backup and of an older log, without the part that changes. */
  files(): string[] {
    return [...below(this.data, ""), ...below(`${this.folder}/tmp`, "tmp/")]
      .map((it) => it.replace(/\d{4}-\d\d-\d\dT[\d-]+Z/, "TIME").replace(/\.log\.\d$/, ".log.N"))
      .sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Date.now = this.#realNow;
    await this.bitrix24.close();
    await this.telegram.close();
    if (this.noDisk === null) new Deno.Command("umount", { args: ["-l", this.data] }).outputSync();
    await Deno.remove(this.folder, { recursive: true });
  }
}

function mount(path: string): string | null {
  try {
    const { success, stderr } = new Deno.Command("mount", {
      args: ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", path],
    }).outputSync();
    return success ? null : `no tmpfs: ${new TextDecoder().decode(stderr).trim()}`;
  } catch (error) {
    return `no tmpfs: ${error}`;
  }
}

function below(folder: string, prefix: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? below(`${folder}/${name}`, `${prefix}${name}/`) : [prefix + name]
  );
}
