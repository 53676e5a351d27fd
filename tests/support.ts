import type { Subscriber } from "../src/domain/facts.ts";
import { storeClockSet } from "../src/store/clock_set.ts";
import { Database } from "../src/store/database.ts";
import { Chats } from "../src/store/chats.ts";
import type { ConfiguredChats } from "../src/store/named_chats.ts";
import { Outbox } from "../src/store/outbox.ts";
import { Store } from "../src/store/store.ts";

/** A folder of its own, gone afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-" });
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Everything that works on a database. */
export interface Stores {
  readonly store: Store;
  readonly chats: Chats;
  readonly outbox: Outbox;
  readonly database: Database;
}

/** With plain words for the administrators, and no log. */
export function loadChats(database: Database, configured: ConfiguredChats): Promise<Chats> {
  return Chats.load({
    database,
    configured,
    texts: {
      unreachable: ({ reason }) => reason,
      reachable: String,
      moved: (from, to) => `${from} is ${to}`,
      refusing: (chatId, error) => `${chatId} refuses: ${error}`,
    },
    logger: { debug() {}, info() {}, warning() {}, error() {} },
  });
}

/** Like the composition root does it. */
export async function storesOf(
  database: Database,
  configured: ConfiguredChats = { groups: [], administrators: [] },
  known?: Chats,
): Promise<Stores> {
  const chats = known ?? await loadChats(database, configured);
  return {
    store: new Store(database, chats),
    chats,
    outbox: new Outbox(database, chats),
    database,
  };
}

/** Somebody who wants to be told. */
export function subscriber(chatId: number, topicId: number | null = null): Subscriber {
  return { chatId, chatType: "private", topicId };
}

let emptyDatabase: Promise<Uint8Array> | null = null;

/** An empty database where none is yet: copied, which takes a fifth of what its making takes. */
export async function placeEmptyDatabase(file: string): Promise<void> {
  emptyDatabase ??= withFolder(async (folder) => {
    const made = `${folder}/empty.db`;
    await (await Database.open({ url: `file:${made}` })).close();
    return await Deno.readFile(made);
  });
  await Deno.writeFile(file, await emptyDatabase, { createNew: true, mode: 0o600 });
}

/** A real database file with its store, closed and removed afterwards. */
export async function withStore<T>(
  use: (it: Stores & { file: string; folder: string }) => Promise<T>,
  configured?: ConfiguredChats,
): Promise<T> {
  return await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    await placeEmptyDatabase(file);
    const database = await Database.open({ url: `file:${file}` });
    try {
      return await use({ ...await storesOf(database, configured), file, folder });
    } finally {
      await database.close();
    }
  });
}

/** Somebody set the clock, which had told every time that is stored. */
export async function setClock(database: Database, byMs: number): Promise<void> {
  const set = { byMs, from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
  await database.write((it) => storeClockSet(it, set, { after: 0, owed: "all" }));
}

/** The administrators' tool, or what stands in for it where it is not installed. */
const SQLITE3: readonly [string, ...string[]] = await hasSqlite3()
  ? ["sqlite3"]
  : [Deno.execPath(), "run", "-A", new URL("sqlite3.ts", import.meta.url).pathname];

async function hasSqlite3(): Promise<boolean> {
  try {
    return (await new Deno.Command("sqlite3", { args: ["-version"] }).output()).success;
  } catch {
    return false;
  }
}

/** The PATH of a shell that uses the tool; what stands in for it is put into `folder`. */
export async function pathWithSqlite3(folder: string): Promise<string> {
  const path = Deno.env.get("PATH") ?? "";
  // It waits for the bot, as a person tries again.
  const command = [...SQLITE3, "-cmd", ".timeout 5000"].map((it) => `'${it}'`).join(" ");
  const script = `#!/bin/sh\nPATH='${path}' exec ${command} "$@"\n`;
  await Deno.writeTextFile(`${folder}/sqlite3`, script, { mode: 0o755 });
  return `${folder}:${path}`;
}

/**
 * What the `sqlite3` tool of the administrators prints. Throws when it fails. By itself the tool does
 * not wait for a lock, and a bot that checks every second holds one for a moment every second.
 */
export async function sqlite3(
  file: string,
  sql: string,
  { waits = true }: { waits?: boolean } = {},
): Promise<string> {
  const [command, ...args] = SQLITE3;
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args, ...(waits ? ["-cmd", ".timeout 5000"] : []), file, sql],
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`sqlite3: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trim();
}

/** Keeps readers out, too. */
const EXCLUSIVELY = "PRAGMA locking_mode = EXCLUSIVE;\nBEGIN IMMEDIATE;";

/** The `sqlite3` tool with a write lock in its hands, until it is let go. */
export async function holdLock(
  file: string,
  { isExclusive = false } = {},
): Promise<{ release(): Promise<void> }> {
  const [command, ...args] = SQLITE3;
  const child = new Deno.Command(command, {
    args: [...args, file],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(
    new TextEncoder().encode(`${isExclusive ? EXCLUSIVELY : "BEGIN IMMEDIATE;"}\n.print locked\n`),
  );
  const output = child.stdout.getReader();
  let said = "";
  while (!said.includes("locked")) {
    const { value, done } = await output.read();
    if (done) throw new Error("No lock was taken");
    said += new TextDecoder().decode(value);
  }
  return {
    async release() {
      await input.write(new TextEncoder().encode("ROLLBACK;\n.quit\n"));
      await input.close();
      while (!(await output.read()).done);
      await child.status;
    },
  };
}

/** How many descriptors of this process lead into a folder; tests of other files run beside this one. */
export function openDescriptors(folder: string): number {
  return [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`).startsWith(`${folder}/`);
    } catch {
      return false;
    }
  }).length;
}

/**
 * A free port below those that the kernel hands out by itself: between the choice and the use of one of
 * those some other test's connection takes it.
 */
export function freePort(): number {
  while (true) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
