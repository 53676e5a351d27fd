// The time of a compiled program that lives through months in minutes; tests/year/program.ts puts it
// before everything else in a copy of the sources. All clocks (wall and monotonic together) and timers
// of the process are replaced. While anything is under way, time passes as it does; whenever nothing
// is, it leaps to the next timer. Lines on standard input say until when, in milliseconds since 1970,
// and whether nobody writes meanwhile, so that polls need not leave the process; it answers with the
// time when it is there, and lets time pass as it does until it is told more.
const from = Deno.env.get("YEAR_FROM");

/** With nothing under way, ticks of a second may come together, and two polls. */
const LEAP_MS = 90_000;
/** What is due so much later has its turn after what the earlier one set going. */
const APART_MS = 2_000;
/** Real time after an answer, for what is written to files and read from them because of it. */
const SETTLING_MS = 2;
/** Turns of the event loop after that, in which what follows is begun. */
const SETTLING_TURNS = 4;
/** In as many after that time goes by little: pauses between attempts, the pace of messages. */
const CAREFUL_TURNS = 10;
const CAREFUL_MS = 3_000;
/** Whoever has not answered after this, really, does not answer: the bot's own limits are to pass. */
const LONGEST_ANSWER_MS = 20_000;

/** What a line on standard input says. */
export interface Order {
  readonly until: number;
  /** Whether there is nothing for a poll until then. */
  readonly isQuiet: boolean;
}

interface Timer {
  due: number;
  readonly everyMs: number | null;
  readonly work: () => void;
}

// The program also starts itself for the heavy work on the database: that takes the time it takes.
if (from !== undefined && Deno.args.length === 0) warp(Number(from));

function warp(start: number): void {
  const { setTimeout, clearTimeout, Date, fetch } = globalThis;
  const { Command } = Deno;
  const realElapsed = performance.now.bind(performance);
  const startedAt = realElapsed();
  let leaptMs = 0;
  /** Milliseconds of the simulated life so far. */
  const elapsed = () => realElapsed() - startedAt + leaptMs;
  const now = () => start + elapsed();

  const timers = new Map<number, Timer>();
  let lastId = 0;
  let alarm: ReturnType<typeof setTimeout> | undefined;
  let alarmDue = Infinity;

  function next(): [number, Timer] | null {
    let found: [number, Timer] | null = null;
    for (const it of timers) if (found === null || it[1].due < found[1].due) found = it;
    return found;
  }

  function rearm(): void {
    const due = next()?.[1].due ?? Infinity;
    if (due === alarmDue) return;
    clearTimeout(alarm);
    alarmDue = due;
    alarm = due === Infinity
      ? undefined
      : setTimeout(ring, Math.min(Math.max(0, due - elapsed()), 2 ** 31 - 1));
  }

  /** One at a time, as the event loop would: what waits for promises has its turn in between. */
  function ring(): void {
    alarmDue = Infinity;
    const found = next();
    if (found !== null && found[1].due <= elapsed()) {
      const [id, timer] = found;
      if (timer.everyMs === null) timers.delete(id);
      else timer.due = elapsed() + timer.everyMs;
      try {
        timer.work();
      } finally {
        rearm();
      }
    } else rearm();
  }

  // deno-lint-ignore no-explicit-any -- whatever a timer takes
  type Work = (...args: any[]) => void;
  const add = (everyMs: number | null, work: Work, ms: number, args: unknown[]) => {
    const id = ++lastId;
    timers.set(id, { due: elapsed() + Math.max(ms, 1), everyMs, work: () => work(...args) });
    rearm();
    return id;
  };
  const remove = (id?: number) => {
    if (id !== undefined && timers.delete(id)) rearm();
  };
  const schedule = (work: Work, ms?: number, ...args: unknown[]) =>
    add(null, work, Number(ms) || 0, args);
  const repeat = (work: Work, ms?: number, ...args: unknown[]) =>
    add(Math.max(Number(ms) || 0, 1), work, Number(ms) || 0, args);

  performance.now = elapsed;
  globalThis.Date = new Proxy(Date, {
    construct: (target, args, as) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, as),
    get: (target, name) => name === "now" ? () => Math.floor(now()) : Reflect.get(target, name),
  });
  Object.assign(globalThis, {
    setTimeout: schedule,
    setInterval: repeat,
    clearTimeout: remove,
    clearInterval: remove,
  });
  AbortSignal.timeout = (ms) => {
    const end = new AbortController();
    schedule(() => end.abort(new DOMException("Signal timed out.", "TimeoutError")), ms);
    return end.signal;
  };

  /** When each question was asked that is not answered yet, by the real clock. */
  const asked = new Set<{ readonly at: number }>();
  let children = 0;
  let turns = 0;
  let isQuiet = false;
  let onAnswer = () => {};
  const answered = () => {
    turns = 0;
    onAnswer();
  };
  globalThis.fetch = async (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    const isPoll = url.endsWith("/getUpdates");
    if (isPoll && isQuiet && pollMs(init) > 0) {
      await sleep(pollMs(init), init?.signal);
      return Response.json({ ok: true, result: [] });
    }
    const question = { at: realElapsed() };
    asked.add(question);
    try {
      const response = await fetch(input, init);
      if (!isPoll) {
        // Until all of it is there, it is not answered.
        await response.clone().arrayBuffer().catch(() => {});
        return response;
      }
      const body = await response.text();
      // The stand-in answers at once that there is nothing; the real one, when the time is over.
      if (/"result":\[\]/.test(body)) {
        asked.delete(question);
        onAnswer();
        await sleep(pollMs(init), init?.signal);
      }
      return new Response(body, response);
    } finally {
      asked.delete(question);
      answered();
    }
  };

  /** How long a call is to wait for something new. */
  function pollMs(init?: RequestInit): number {
    return Number(/"timeout":(\d+)/.exec(String(init?.body ?? ""))?.[1] ?? 0) * 1_000;
  }

  /** Rejects when the signal is aborted, as a call does. */
  function sleep(ms: number, signal?: AbortSignal | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        remove(timer);
        reject(signal?.reason);
      };
      const timer = schedule(() => {
        signal?.removeEventListener("abort", leave);
        resolve();
      }, ms);
      signal?.addEventListener("abort", leave, { once: true });
      if (signal?.aborted) leave();
    });
  }

  Deno.Command = class extends Command {
    override spawn(): Deno.ChildProcess {
      const child = super.spawn();
      children++;
      void child.status.finally(() => {
        children--;
        answered();
      });
      return child;
    }
  };

  /** Resolves when nobody is waited for any more who is still to answer. */
  async function quiet(): Promise<void> {
    while (true) {
      const since = realElapsed() - LONGEST_ANSWER_MS;
      if (children === 0 && ![...asked].some(({ at }) => at > since)) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LONGEST_ANSWER_MS / 10);
        onAnswer = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  // A message to oneself takes a tenth of what setImmediate does, which is a timer of a millisecond.
  const { port1, port2 } = new MessageChannel();
  const turn = () =>
    new Promise<void>((resolve) => {
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });

  async function leapTo(goal: number): Promise<void> {
    while (true) {
      await turn();
      await quiet();
      if (turns === 0) await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
      if (turns++ < SETTLING_TURNS) continue;
      const left = goal - now();
      if (left <= 0) return;
      const untilDue = Math.max(0, (next()?.[1].due ?? Infinity) - elapsed());
      const leap = Math.max(untilDue, turns < CAREFUL_TURNS ? CAREFUL_MS : LEAP_MS);
      leaptMs += Math.min(leap, left);
      let lastDue = Infinity;
      for (let it = next(); it !== null && it[1].due <= elapsed(); it = next()) {
        if (it[1].due > lastDue + APART_MS) await turn();
        lastDue = it[1].due;
        ring();
        await null;
      }
    }
  }

  async function obey(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const bytes of Deno.stdin.readable) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const order: Order = JSON.parse(line);
        isQuiet = order.isQuiet;
        turns = 0;
        await leapTo(order.until);
        Deno.stdout.writeSync(new TextEncoder().encode(`${Math.floor(now())}\n`));
      }
    }
  }
  void obey();
}
