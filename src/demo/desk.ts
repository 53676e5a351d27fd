import type { Bitrix24Sandbox, HostFault } from "../sandbox/bitrix24/types.ts";
import type { PortalSandbox } from "../sandbox/bitrix24/portals.ts";
import {
  type DeskState,
  FEED_MODES,
  type FeedMode,
  PORTAL_MODES,
  type PortalMode,
  type TelegramMode,
} from "./page_types.ts";
import type { Fault, TelegramSandbox } from "../sandbox/telegram/server.ts";

/** Settings of the bot that the desk can change by a restart. */
export interface BotSettings {
  readonly intervalSeconds: number;
  readonly lang: "ru" | "en";
}

export interface DeskDeps {
  readonly telegram: TelegramSandbox;
  readonly bitrix24: Bitrix24Sandbox;
  readonly portals: PortalSandbox;
  readonly regions: readonly string[];
  /** Names of the portals that there are. */
  readonly portalNames: readonly string[];
  readonly settings: BotSettings;
  /** Restarts the bot with these settings on the same database. */
  readonly restart: (settings: BotSettings) => Promise<void>;
  readonly onChange: () => void;
}

/** Delay of a slow feed; less than the bot's time limit. */
const SLOW_FEED_MS = 1_200;
const SLOW_TELEGRAM_MS = 3_000;
/** Duration of a flood wait, which ends by itself. */
const FLOOD_SECONDS = 15;

/** Default announcements of the feed. */
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

/** Faults of the feed by mode. */
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

/**
 * What stands behind the demo's control page: makes the stand-ins of Bitrix24, its portals and Telegram fail or
 * recover, and restarts the bot with another check interval or language.
 */
export class Desk {
  readonly #deps: DeskDeps;
  readonly #regions = new Map<string, DeskState["regions"][number]>();
  readonly #portals = new Map<string, PortalMode>();
  #isLinkThere = true;
  #lastId = 4710;
  #isPageUp = true;
  /** Whether the page was taken down together with a feed, and comes back with it. */
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
    for (const name of deps.portalNames) this.portal(name, "alive");
  }

  get state(): DeskState {
    return {
      regions: [...this.#regions.values()],
      isPageUp: this.#isPageUp,
      portals: [...this.#portals].map(([name, mode]) => ({ name, mode })),
      isLinkThere: this.#isLinkThere,
      telegram: this.#telegram,
      ...this.#settings,
      bot: this.#restarting > 0 ? "starting" : "running",
      playing: this.#playing,
    };
  }

  /** Sets the mode of a region's feed. Throws a plain Error for an unknown region or mode. */
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

  /** Sets a region's announcement; with the same text as before it stays the same announcement. */
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

  /** Sets how a portal answers. Throws a plain Error for an unknown portal or mode. */
  portal(name: string, mode: PortalMode): void {
    if (!this.#deps.portalNames.includes(name)) throw new Error(`There is no portal ${name}`);
    if (!PORTAL_MODES.includes(mode)) throw new Error(`A portal cannot be ${mode}`);
    this.#portals.set(name, mode);
    this.#showPortals();
  }

  /** Gives the bot its own link, or takes it: without it neither portals nor their vendor are reached. */
  link(isThere: boolean): void {
    this.#isLinkThere = isThere;
    this.#showPortals();
  }

  #showPortals(): void {
    const { portals, onChange } = this.#deps;
    portals.isLinkThere = this.#isLinkThere;
    for (const [name, mode] of this.#portals) {
      // Whoever remembers the new name looks after the same portal.
      const newName = `new-${name}`;
      const reached = this.#isLinkThere ? mode : "refusing";
      portals.set(newName, reached === "renamed" ? "alive" : reached);
      if (reached === "renamed") portals.rename(name, newName);
      else portals.set(name, reached);
    }
    onChange();
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
    // Long polls wait by themselves, so only other methods are slowed down.
    telegram.fault = (method) => method === "getupdates" && mode === "slow" ? undefined : fault;
    if (mode === "flood") {
      this.#floodTimer = setTimeout(() => this.telegram("well"), FLOOD_SECONDS * 1_000);
    }
    this.#deps.onChange();
  }

  /** Restarts the bot with changed settings, after earlier restarts. Resolves when it runs again. */
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

  /** Starts a play and ends the previous one. The returned signal is aborted when the play must end. */
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

  /** Ends the play, because it is over or the person uses the desk. */
  endPlay(): void {
    this.#play.abort();
    if (this.#playing === null) return;
    this.#playing = null;
    this.#deps.onChange();
  }

  /**
   * Takes the status page down together with a broken feed: otherwise the bot would read the status from
   * the page, and the fault would have no effect. The person can bring the page back.
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

  /** Waits for restarts under way. */
  async close(): Promise<void> {
    clearTimeout(this.#floodTimer);
    this.#play.abort();
    await this.#restarts.catch(() => {});
  }
}
