import type { Reading } from "../domain/reading.ts";
import { messageOf } from "../text/errors.ts";
import { inTime } from "../time/pause.ts";
import type { ServiceCheck } from "./screens.ts";
import type { Voice } from "./texts/format.ts";

export interface ConnectionTests {
  readonly api: { getMe(): Promise<unknown> };
  readonly regions: readonly string[];
  readonly source: { read(region: string, signal: AbortSignal): Promise<Reading> };
  readonly store: { ping(now: number): Promise<unknown> };
  readonly now: () => number;
  /** Time limit of each test, in milliseconds. */
  readonly timeoutMs: number;
  readonly voice: Voice;
  readonly redact: (text: string) => string;
}

/** Tests all services at the same time: whether each answers, and how fast. Never rejects. */
export async function testConnections(tests: ConnectionTests): Promise<ServiceCheck[]> {
  const { problems } = tests.voice.texts;
  const signal = AbortSignal.timeout(tests.timeoutMs);
  return await Promise.all([
    timed(tests, "telegram", "", () => tests.api.getMe()),
    ...tests.regions.map((region) =>
      timed(tests, "bitrix24", `.${region}`, async () => {
        const reading = await tests.source.read(region, signal);
        if (reading.problem) throw new Error(problems[reading.problem]);
      })
    ),
    timed(tests, "database", "", () => tests.store.ping(tests.now())),
  ]);
}

async function timed(
  { timeoutMs, redact, voice }: ConnectionTests,
  service: ServiceCheck["service"],
  name: string,
  work: () => Promise<unknown>,
): Promise<ServiceCheck> {
  const started = performance.now();
  const done = (ok: boolean, detail: string): ServiceCheck => ({
    service,
    ok,
    detail,
    latencyMs: performance.now() - started,
  });
  try {
    await inTime(timeoutMs, work(), () => {
      throw new Error(voice.texts.problems.timeout);
    });
    return done(true, name);
  } catch (error) {
    const reason = redact(messageOf(error));
    return done(false, name === "" ? reason : `${name}: ${reason}`);
  }
}
