// Time that runs faster: all clocks and timers of the process, so many times. To be imported first.
const speed = Number(Deno.env.get("SPEED") ?? "1");
const { setTimeout, setInterval, Date } = globalThis;
const elapsed = performance.now.bind(performance);
const startedAt = Date.now();
const startedElapsed = elapsed();

const now = () => startedAt + (Date.now() - startedAt) * speed;
performance.now = () => startedElapsed + (elapsed() - startedElapsed) * speed;
globalThis.Date = new Proxy(Date, {
  construct: (target, args) => Reflect.construct(target, args.length === 0 ? [now()] : args),
  get: (target, name) => name === "now" ? now : Reflect.get(target, name),
});
// deno-lint-ignore no-explicit-any -- whatever a timer takes
type Timer = (work: () => void, ms?: number, ...args: any[]) => unknown;
const faster = (timer: unknown): Timer => (work, ms = 0, ...args) =>
  (timer as Timer)(work, ms / speed, ...args);
globalThis.setTimeout = faster(setTimeout) as typeof setTimeout;
globalThis.setInterval = faster(setInterval) as typeof setInterval;
