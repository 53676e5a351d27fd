import type { Bitrix24Sandbox, HostFault } from "../sandbox/bitrix24/types.ts";
import { type DeskState, FEED_MODES, type FeedMode, type TelegramMode } from "./page_types.ts";
import type { Fault, TelegramSandbox } from "../sandbox/telegram/server.ts";

/** How the bot is started, and started again with something changed. */
export interface BotSettings {
  readonly intervalSeconds: number;
  readonly lang: "ru" | "en";
}

export interface DeskDeps {
  readonly telegram: TelegramSandbox;
  readonly bitrix24: Bitrix24Sandbox;
  readonly regions: readonly string[];
  readonly settings: BotSettings;
  /** Stops the bot and starts it with these settings on the same database. */
  readonly restart: (settings: BotSettings) => Promise<void>;
  readonly onChange: () => void;
}

/** Less than the bot's own patience: late, and still an answer. */
const SLOW_FEED_MS = 1_200;
const SLOW_TELEGRAM_MS = 3_000;
/** For so long Telegram wants to be left alone; then it is well again by itself. */
const FLOOD_SECONDS = 15;

/** What the feed says where nobody has other words for it. */
const ANNOUNCEMENTS = {
  ru: {
    degraded: "Почта, Телефония: возможны задержки до 16:00.",
    outage: "Недоступны: CRM, Почта. Пожалуйста, подождите, мы уже работаем над решением.",
  },
  en: {
    degraded: "Mail, telephony: delays are possible until 16:00.",
    outage: "Unavailable: CRM, mail. Please wait, we are working on it.",
  },
};

/** What is wrong with the feed in each of the ways in which it is no answer. */
const FAULTS: Readonly<Partial<Record<FeedMode, HostFault>>> = {
  error_500: { kind: "status", code: 500 },
  error_403: { kind: "status", code: 403, body: "<h1>403 Forbidden</h1>" },
  empty: { kind: "body", body: "" },
  garbage: { kind: "body", body: '{"result": "noti' },
  captcha: {
    kind: "body",
    body: "<!DOCTYPE html><title>Just a moment…</title><h1>Are you a robot?</h1>",
  },
  slow: { kind: "delay", ms: SLOW_FEED_MS },
  hang: { kind: "hang" },
  reset: { kind: "reset" },
  redirect: { kind: "redirect", to: "/maintenance/" },
  endless: { kind: "endless" },
};

/** The control desk: what Bitrix24 and Telegram do, and how the bot is set. */
export class Desk {
  readonly #deps: DeskDeps;
  readonly #regions = new Map<string, DeskState["regions"][number]>();
  #lastId = 4710;
  #isPageUp = true;
  /** The page went down with a feed, and goes up with it again. */
  #isPageTaken = false;
  #telegram: TelegramMode = "well";
  #floodTimer: ReturnType<typeof setTimeout> | undefined;
  #settings: BotSettings;
  #restarts: Promise<void> = Promise.resolve();
  #restarting = 0;
  #playing: DeskState["playing"] = null;
  #play = new AbortController();

  constructor(deps: DeskDeps) {
    this.#deps = deps;
    this.#settings = deps.settings;
    for (const region of deps.regions) this.feed(region, "well");
  }

  get state(): DeskState {
    return {
      regions: [...this.#regions.values()],
      isPageUp: this.#isPageUp,
      telegram: this.#telegram,
      ...this.#settings,
      bot: this.#restarting > 0 ? "starting" : "running",
      playing: this.#playing,
    };
  }

  /** Throws a plain Error when there is no such region or mode. */
  feed(region: string, mode: Exclude<FeedMode, "own">): void {
    this.#check(region);
    if (!FEED_MODES.includes(mode)) throw new Error(`The feed knows no ${mode}`);
    this.#deps.bitrix24.fault("json", FAULTS[mode], region);
    const texts = ANNOUNCEMENTS[this.#settings.lang];
    if (mode === "well") this.#deps.bitrix24.well(region);
    else if (mode === "degraded" || mode === "outage") this.#announce(region, mode, texts[mode]);
    const before = this.#regions.get(region);
    const own = { text: before?.text ?? "", severity: before?.severity ?? "outage" };
    this.#regions.set(region, { region, mode, ...own });
    this.#takePageAlong(mode);
    this.#deps.onChange();
  }

  /** The feed says this; as an announcement of its own unless it is the one before. */
  own(region: string, text: string, severity: "degraded" | "outage"): void {
    this.#check(region);
    this.#deps.bitrix24.fault("json", undefined, region);
    this.#announce(region, severity, text);
    this.#regions.set(region, { region, mode: "own", text, severity });
    this.#takePageAlong("own");
    this.#deps.onChange();
  }

  page(isUp: boolean): void {
    this.#isPageUp = isUp;
    this.#isPageTaken = false;
    this.#deps.bitrix24.fault("html", isUp ? undefined : { kind: "status", code: 503 });
    this.#deps.onChange();
  }

  telegram(mode: TelegramMode): void {
    const { telegram } = this.#deps;
    clearTimeout(this.#floodTimer);
    this.#telegram = mode;
    telegram.away(mode === "away");
    telegram.flood("all", mode === "flood" ? FLOOD_SECONDS : 0);
    const fault: Fault | undefined = mode === "slow"
      ? { kind: "delay", ms: SLOW_TELEGRAM_MS }
      : mode === "error_500"
      ? { kind: "status", code: 500, description: "Internal Server Error" }
      : undefined;
    // A long poll waits anyway.
    telegram.fault = (method) => method === "getupdates" && mode === "slow" ? undefined : fault;
    if (mode === "flood") {
      this.#floodTimer = setTimeout(() => this.telegram("well"), FLOOD_SECONDS * 1_000);
    }
    this.#deps.onChange();
  }

  /** Resolves when the bot runs again; several in a row are done one after the other. */
  restart(change: Partial<BotSettings>): Promise<void> {
    this.#settings = { ...this.#settings, ...change };
    this.#restarting++;
    this.#deps.onChange();
    const restart = async () => {
      try {
        await this.#deps.restart(this.#settings);
      } finally {
        this.#restarting--;
        this.#deps.onChange();
      }
    };
    return this.#restarts = this.#restarts.then(restart, restart);
  }

  /** Begins to play; what played before ends. The signal is aborted when this one is to end. */
  beginPlay(what: "outage" | "day"): AbortSignal {
    this.#play.abort();
    this.#play = new AbortController();
    this.caption(what, "");
    return this.#play.signal;
  }

  caption(what: "outage" | "day", caption: string): void {
    this.#playing = { what, caption };
    this.#deps.onChange();
  }

  /** Nothing plays any more: it is over, or the person has taken the desk. */
  endPlay(): void {
    this.#play.abort();
    if (this.#playing === null) return;
    this.#playing = null;
    this.#deps.onChange();
  }

  /**
   * A feed that is no answer takes the page that people see along, or the bot would find the status
   * there and nothing would be seen to be broken. Who wants to see that opens the page again.
   */
  #takePageAlong(mode: FeedMode): void {
    const isNoAnswer = (it: FeedMode) => FAULTS[it] !== undefined && it !== "slow";
    if (isNoAnswer(mode) && this.#isPageUp) {
      this.page(false);
      this.#isPageTaken = true;
    } else if (
      this.#isPageTaken && ![...this.#regions.values()].some((it) => isNoAnswer(it.mode))
    ) {
      this.page(true);
    }
  }

  #check(region: string): void {
    if (!this.#deps.regions.includes(region)) {
      throw new Error(`The bot watches no region ${region}`);
    }
  }

  #announce(region: string, severity: "degraded" | "outage", statusInfo: string): void {
    const result = severity === "outage" ? "error" : "warning";
    const id = ++this.#lastId;
    this.#deps.bitrix24.set(region, { result, info: "", statusTitle: "", statusInfo, id });
  }

  /** Resolves when no restart is under way any more. */
  async close(): Promise<void> {
    clearTimeout(this.#floodTimer);
    this.#play.abort();
    await this.#restarts.catch(() => {});
  }
}
