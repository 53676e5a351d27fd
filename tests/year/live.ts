import type { HostFault } from "../../src/sandbox/bitrix24/types.ts";
import { DAY, type Event, type Outage } from "./plan.ts";
import { type Figures, Life } from "./program.ts";
import { ANNA, type Stage } from "./stage.ts";
import { holdDatabase, type Incident, readHistory, watchPortal } from "./history.ts";

const MINUTE_MS = 60_000;
/** Time passes in steps that even a busy machine takes in seconds. */
const STEP = 30;
/** A question is polled for, answered and confirmed. */
const ANSWER = 3;
const HOST_FAULTS: Readonly<Record<"refused" | "cut" | "page", HostFault>> = {
  refused: { kind: "status", code: 502 },
  cut: { kind: "reset" },
  page: { kind: "body", body: "<html><body>Maintenance</body></html>" },
};

/** What there is at the end of a day. */
export interface Evening extends Figures {
  readonly files: readonly string[];
  /** Which life of the program it is, from 0 on. */
  readonly life: number;
}

export interface Lived {
  readonly evenings: readonly Evening[];
  /** All incidents that the program remembered on some evening, as it did last. */
  readonly incidents: readonly Incident[];
  /** What it still remembers at the end. */
  readonly remembered: readonly Incident[];
  /** What was wrong on the way, such as an exit code. */
  readonly faults: readonly string[];
  /** Of all lives of the program; see {@linkcode Life.complaints}. */
  readonly complaints: ReadonlyMap<string, number>;
  readonly endedAt: number;
}

/** Plays the plan, in the order of time, for as many whole days as there is real time for. */
export async function live(
  stage: Stage,
  { program, plan, days, from, limitMs }: {
    program: string;
    plan: readonly Event[];
    days: number;
    /** When it all begins, in milliseconds since 1970. */
    from: number;
    /** No day is begun that may not be over then, in real milliseconds; the first one is. */
    limitMs: number;
  },
): Promise<Lived> {
  const player = new Player(stage, program, from);
  try {
    player.install();
    await player.start();
    watchPortal(stage.database, ANNA);
    const started = performance.now();
    let longestMs = 0;
    for (let day = 0; day < days; day++) {
      const begun = performance.now();
      if (begun - started + 2 * longestMs > limitMs) break;
      await player.liveDay(plan, day);
      longestMs = Math.max(longestMs, performance.now() - begun);
    }
    await player.end("SIGTERM");
    return player.lived();
  } finally {
    await player.end("SIGKILL");
  }
}

class Player {
  readonly #stage: Stage;
  readonly #program: string;
  readonly #compiled: string;
  readonly #from: number;
  #life: Life | null = null;
  #lives = 0;
  #now: number;
  /** Until then polls have something to find, or nobody to ask. */
  #loudUntil = 0;
  readonly #evenings: Evening[] = [];
  readonly #incidents = new Map<number, Incident>();
  readonly #faults: string[] = [];
  readonly #complaints = new Map<string, number>();

  constructor(stage: Stage, compiled: string, from: number) {
    this.#stage = stage;
    this.#program = `${stage.folder}/program/bitrix24-bot`;
    this.#compiled = compiled;
    this.#from = from;
    this.#now = from;
  }

  /** Puts a new file in the place of the program, as an installation does. */
  install(): void {
    Deno.copyFileSync(this.#compiled, `${this.#program}.new`);
    Deno.renameSync(`${this.#program}.new`, this.#program);
  }

  async start(): Promise<void> {
    const { telegram, folder, env } = this.#stage;
    let hasPolled = false;
    const stop = telegram.onCall((it) => hasPolled ||= it.method === "getupdates" && it.ok);
    this.#life = new Life(this.#program, { env, folder, from: this.#now });
    await telegram.until(() => hasPolled, "the first poll");
    stop();
    this.#loudUntil = this.#stage.minute + ANSWER;
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const life = this.#life;
    this.#life = null;
    if (life === null) return;
    const { code, errors } = await life.end(signal);
    const wanted = signal === "SIGTERM" ? 0 : 137;
    if (code !== wanted) this.#faults.push(`exit code ${code} after ${signal}:\n${errors}`);
    this.#lives++;
    for (const [what, count] of life.complaints) {
      this.#complaints.set(what, (this.#complaints.get(what) ?? 0) + count);
    }
  }

  async liveDay(plan: readonly Event[], day: number): Promise<void> {
    const acts = plan.filter((it) => Math.floor(it.at / DAY) === day)
      .flatMap((it) => this.#actsOf(it)).sort((a, b) => a.at - b.at);
    for (const { at, act } of acts) {
      await this.#liveUntil(at);
      await act();
    }
    await this.#liveUntil((day + 1) * DAY);
    const figures = this.#alive.figures(this.#stage.ports);
    this.#evenings.push({ ...figures, files: this.#stage.files(), life: this.#lives });
    for (const it of readHistory(this.#stage.database)) this.#incidents.set(it.id, it);
    // Tests of other kinds want them; of a year there would be too many.
    (this.#stage.bitrix24.requests as unknown[]).length = 0;
  }

  lived(): Lived {
    return {
      evenings: this.#evenings,
      incidents: [...this.#incidents.values()],
      remembered: readHistory(this.#stage.database),
      faults: this.#faults,
      complaints: this.#complaints,
      endedAt: this.#now,
    };
  }

  get #alive(): Life {
    if (this.#life === null) throw new Error("The program does not run");
    return this.#life;
  }

  async #liveUntil(minute: number): Promise<void> {
    const stage = this.#stage;
    while (stage.minute < minute) {
      const isQuiet = stage.minute >= this.#loudUntil;
      const next = isQuiet ? stage.minute + STEP : Math.min(this.#loudUntil, stage.minute + STEP);
      const goal = Math.min(minute, next);
      this.#now = await this.#alive.until(this.#from + goal * MINUTE_MS, { isQuiet });
      stage.minute = goal;
    }
  }

  #actsOf(event: Event): Act[] {
    const { telegram, bitrix24 } = this.#stage;
    switch (event.kind) {
      case "outage": {
        const text = textOf(event);
        return [
          {
            at: event.at,
            act: () =>
              event.isDegraded ? bitrix24.degraded("ru", text) : bitrix24.outage("ru", text),
          },
          { at: event.until, act: () => bitrix24.well("ru") },
        ];
      }
      case "status host away":
        return [
          { at: event.at, act: () => bitrix24.fault("json", HOST_FAULTS[event.how]) },
          { at: event.until, act: () => bitrix24.fault("json", undefined) },
        ];
      case "Telegram away":
        return [
          {
            at: event.at,
            act: () => {
              telegram.away(true);
              this.#loudUntil = event.until + ANSWER;
            },
          },
          { at: event.until, act: () => telegram.away(false) },
        ];
      case "portal silent": {
        const link = event.how === "unseen" ? "dead" : "good";
        return this.#lasting(event, () => {
          this.#stage.see({ portal: "timeout", link });
          return () => this.#stage.see({ portal: "alive", link: "good" });
        });
      }
      case "lock":
        return this.#lasting(event, () => holdDatabase(this.#stage.database, event));
      case "full disk":
        return this.#stage.noDisk === null
          ? this.#lasting(event, () => this.#stage.fillDisk())
          : [];
      case "upgrade":
        return [
          { at: event.at, act: () => this.install() },
          { at: event.until, act: () => this.#restart("SIGTERM") },
        ];
      case "restart":
        return [{ at: event.at, act: () => this.#restart(event.signal) }];
      case "question":
        return [{
          at: event.at,
          act: () => {
            this.#stage.ask();
            this.#loudUntil = this.#stage.minute + ANSWER;
          },
        }];
    }
  }

  /** Something that is begun, and ended in the way that its beginning returned. */
  #lasting({ at, until }: { at: number; until: number }, begin: () => () => void): Act[] {
    let end = () => {};
    return [{ at, act: () => void (end = begin()) }, { at: until, act: () => end() }];
  }

  async #restart(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    await this.end(signal);
    await this.start();
  }
}

interface Act {
  readonly at: number;
  readonly act: () => void | Promise<void>;
}

/** What the status host says of an outage; no two are alike. */
export function textOf({ number }: Outage): string {
  return `Недоступна CRM, случай ${number + 1}.`;
}
