import { type Hold, holderLine, type HoldOptions, NEVER_LOST } from "./lease.ts";
import { isLocked } from "../deps/machine.ts";
import type { Log } from "../log/log.ts";
import { pause, within } from "../time/pause.ts";
import { cut, oneLine } from "../text/lines.ts";

/** Time after which a lock counts as taken: a free one is granted at once. */
const FREE_MS = 300;
const LOOK_MS = 2_000;
const MAX_WORDS = 200;

/**
 * Takes the operating system's lock on `path`, a lock file beside the database, and waits while another
 * bot has it. The system releases the lock when its holder ends, even by a crash. When the lock file is
 * removed or replaced, it is made and locked again; if another bot was faster, the hold is lost. Where
 * files cannot be locked, a warning is logged and the lock counts as taken.
 */
export async function takeFile(
  path: string,
  { self, onStandby, stop, logger, lookMs = LOOK_MS }: HoldOptions & {
    readonly logger: Log;
    readonly lookMs?: number;
  },
): Promise<Hold> {
  let isToldOf = false;
  let file: Deno.FsFile;
  try {
    file = await lock(path, async () => {
      if (!isToldOf) onStandby(await words(path));
      isToldOf = true;
    }, stop);
  } catch (error) {
    stop?.throwIfAborted();
    logger.warning("The database cannot be locked: see that no second bot works on it", {
      path,
      error,
    });
    return { isHeld: true, lost: NEVER_LOST, release: () => Promise.resolve() };
  }
  await write(file, `${holderLine(self)}\n`);

  const over = new AbortController();
  const lost = new AbortController();
  const watching = watch();
  return {
    get isHeld() {
      return !lost.signal.aborted;
    },
    lost: new Promise((resolve) => lost.signal.addEventListener("abort", () => resolve())),
    async release() {
      over.abort();
      await watching;
      file.close();
    },
  };

  async function watch(): Promise<void> {
    while (!lost.signal.aborted) {
      await pause(lookMs, over.signal);
      if (over.signal.aborted) return;
      if (await isNamed(file, path)) continue;
      try {
        const next = await lock(path, () => {
          logger.error("Another bot has taken the database over", { path });
          lost.abort();
        }, lost.signal);
        file.close();
        file = next;
        await write(file, `${holderLine(self)}\n`);
      } catch {
        // An error of the file system does not mean that the lock is lost.
      }
    }
  }
}

/**
 * Opens and locks a file. While another process has the lock, calls `onWait` once per attempt and waits.
 * Rejects with the reason of `stop` when that is aborted first.
 */
async function lock(
  path: string,
  onWait: () => void | Promise<void>,
  stop: AbortSignal | undefined,
): Promise<Deno.FsFile> {
  while (true) {
    stop?.throwIfAborted();
    const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
    const granted = file.lock(true);
    let isGranted = false;
    await within(FREE_MS, granted.then(() => isGranted = true));
    if (!isGranted) {
      await onWait();
      await orStopped(file, granted, stop);
    }
    // If the file was replaced during the wait, the next bot would lock another file: try again.
    if (await isNamed(file, path)) return file;
    file.close();
  }
}

/**
 * Description of the lock's holder, as it wrote it into the file; null for no holder, undefined where the
 * system does not show locks. Does not take the lock.
 */
export async function holderOfFile(path: string): Promise<string | null | undefined> {
  if (!await isNamedFile(path)) return null;
  const locked = isLocked(path);
  return locked ? await words(path) : locked === false ? null : undefined;
}

async function isNamedFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Waits for a lock. Rejects when `stop` is aborted first; the lock is then released once granted. */
async function orStopped(
  file: Deno.FsFile,
  granted: Promise<void>,
  stop: AbortSignal | undefined,
): Promise<void> {
  const stopped = Promise.withResolvers<never>();
  const onStop = () => stopped.reject(stop?.reason);
  stop?.addEventListener("abort", onStop);
  if (stop?.aborted) onStop();
  try {
    await Promise.race([granted, stopped.promise]);
  } catch (error) {
    void granted.catch(() => {}).finally(() => file.close());
    throw error;
  } finally {
    stop?.removeEventListener("abort", onStop);
  }
}

/** Whether a path leads to an open file. */
async function isNamed(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    const [held, named] = await Promise.all([file.stat(), Deno.stat(path)]);
    return held.dev === named.dev && held.ino === named.ino;
  } catch {
    return false;
  }
}

/** The holder's description of itself in the lock file. */
async function words(path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return oneLine(cut(text, MAX_WORDS)) || "another process";
}

/** Writes the holder's description into the lock file; errors do not matter. */
async function write(file: Deno.FsFile, text: string): Promise<void> {
  try {
    await file.truncate();
    await file.seek(0, Deno.SeekMode.Start);
    await file.write(new TextEncoder().encode(text));
  } catch {
    // The disk may be full; the description is only for people.
  }
}
