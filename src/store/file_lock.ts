import { type Hold, holderLine, type HoldOptions, NEVER_LOST } from "./lease.ts";
import { isLocked } from "../deps/machine.ts";
import type { Log } from "../log/log.ts";
import { pause, within } from "../time/pause.ts";
import { cut, oneLine } from "../text/lines.ts";

/** A lock that is free is granted at once. */
const FREE_MS = 300;
const LOOK_MS = 2_000;
const MAX_WORDS = 200;

/**
 * Takes the lock of the operating system on `path`, a file of its own beside the database; waits for
 * it as long as another bot has it. The system lets go of it when its holder dies, however it dies.
 * Whoever removes the file or puts another one there takes the lock from it: it is made and locked
 * again, or lost when another bot was faster. Where files cannot be locked, that is one warning, and
 * it counts as taken.
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
        // A file system that hiccups has taken no lock away.
      }
    }
  }
}

/**
 * Opens the file of that name and locks it; `onWait` is called when others have it, and then it is
 * waited for. Rejects when a stop comes first.
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
    // Somebody may have removed the file while it was waited for: the next bot would lock another one.
    if (await isNamed(file, path)) return file;
    file.close();
  }
}

/**
 * Who has the lock on `path`, in its own words; null for nobody, undefined where the system does not
 * tell. Neither takes it nor waits for it.
 */
export async function holderOfFile(path: string): Promise<string | null | undefined> {
  if (!await isNamedFile(path)) return null;
  const locked = isLocked(path);
  return locked ? await words(path) : locked === false ? null : undefined;
}

async function isNamedFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Rejects when a stop comes first; the lock is let go of then as soon as it is granted. */
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

async function isNamed(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    const [held, named] = await Promise.all([file.stat(), Deno.stat(path)]);
    return held.dev === named.dev && held.ino === named.ino;
  } catch {
    return false;
  }
}

/** What the holder says of itself. */
async function words(path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return oneLine(cut(text, MAX_WORDS)) || "another process";
}

/** For people; that it cannot be written is no reason not to work. */
async function write(file: Deno.FsFile, text: string): Promise<void> {
  try {
    await file.truncate();
    await file.seek(0, Deno.SeekMode.Start);
    await file.write(new TextEncoder().encode(text));
  } catch {
    // A full disk.
  }
}
