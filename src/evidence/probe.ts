import { type Outcome, outcomeOfTwo, type PortalAnswer, wantsRepeat } from "../domain/sight.ts";
import { pause } from "../time/pause.ts";
import { withTimeLimit } from "../time/time_limit.ts";
import { closeQuietly, writeAll } from "./connections.ts";
import { readAnswer } from "./http_answer.ts";
import { GarbledError } from "./incoming.ts";
import {
  connectProblem,
  connectTo,
  lookUp,
  type Progress,
  UnreachedError,
  type Ways,
} from "./road.ts";

const ATTEMPT_MS = 3_000;
const REPEAT_MS = 2_000;

export interface ProbeOptions {
  readonly ways: Ways;
  /** Value of the header User-Agent. */
  readonly userAgent: string;
  readonly elapsed: () => number;
  /** Limit of one question with name, connection, TLS and answer, in milliseconds; 3 s by default. */
  readonly attemptMs?: number;
  /** Pause before the second question, in milliseconds; 2 s by default. */
  readonly repeatMs?: number;
}

/** One or two questions to a host, and what they came to. */
export interface Probed {
  readonly outcome: Outcome;
  readonly attempts: 0 | 1 | 2;
}

/**
 * Asks `https://<host><path>` without following redirects, and once more after a pause where the first answer
 * is a bad one. Answers within twice the limit and the pause; rejects only when `signal` is aborted.
 */
export async function probe(
  host: string,
  path: string,
  judge: (answer: PortalAnswer, ms: number) => Outcome,
  { ways, userAgent, elapsed, attemptMs = ATTEMPT_MS, repeatMs = REPEAT_MS }: ProbeOptions,
  signal: AbortSignal,
): Promise<Probed> {
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${userAgent}\r\n` +
    "Accept: application/json\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n";
  /** Resolved once for both questions; undefined until that was possible. */
  let addresses: readonly string[] | null | undefined;

  async function ask(): Promise<Outcome> {
    let since = elapsed();
    const progress: Progress = { stage: "name" };
    const failed = (sight: Outcome["sight"], detail: string, isAsked = true): Outcome => ({
      sight,
      detail,
      renamedTo: null,
      ms: isAsked ? Math.round(elapsed() - since) : null,
    });
    return await withTimeLimit(attemptMs, signal, async (limited, limit) => {
      const aborted = new Promise<never>((_, reject) =>
        limited.addEventListener("abort", () => reject(limited.reason))
      );
      try {
        return await Promise.race([aborted, work(limited)]);
      } catch (error) {
        signal.throwIfAborted();
        if (limit.isOver) return late(progress.stage);
        if (error instanceof UnreachedError) {
          return failed(error.sight, error.detail, error.isAsked);
        }
        if (error instanceof GarbledError) return failed("unasked", error.message);
        return failed("timeout", connectProblem(error));
      }
    });

    async function work(limited: AbortSignal): Promise<Outcome> {
      if (addresses === undefined) addresses = await lookUp(host, ways, limited);
      // Behind a proxy the lookup is only a precaution.
      if (addresses === null) since = elapsed();
      const connection = await connectTo(host, addresses, ways, limited, progress);
      try {
        await writeAll(connection, request);
        return judge(await readAnswer(connection), Math.round(elapsed() - since));
      } finally {
        closeQuietly(connection);
      }
    }

    function late(stage: Progress["stage"]): Outcome {
      const seconds = attemptMs / 1_000;
      if (stage === "name") return failed("dns", `its name was not resolved within ${seconds} s`);
      return stage === "proxy"
        ? failed("unasked", `the proxy did not answer within ${seconds} s`)
        : failed("timeout", `no answer within ${seconds} s`);
    }
  }

  const first = await ask();
  if (!wantsRepeat(first)) return { outcome: first, attempts: first.ms === null ? 0 : 1 };
  await pause(repeatMs, signal);
  const second = await ask();
  return { outcome: outcomeOfTwo(first, second), attempts: 2 };
}
