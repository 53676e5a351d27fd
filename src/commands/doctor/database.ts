import { asConfigError, botIdOf } from "../../app/turn.ts";
import { freeBytes } from "../../deps/machine.ts";
import { ConfigError } from "../../settings/config.ts";
import {
  type Database,
  DatabaseDamagedError,
  databasePath,
  databaseProblem,
} from "../../store/database.ts";
import { NoDatabaseError, openToRead } from "../../store/open_existing.ts";
import { compareOwner } from "../../store/owner.ts";
import { MIGRATIONS } from "../../store/schema.ts";
import { databaseHolder } from "../../store/take_database.ts";
import { BackupFolder } from "../../store/upkeep/files.ts";
import { lostBackup } from "../../store/upkeep/rescue.ts";
import { backupProblem } from "../../store/upkeep/work.ts";
import type { Finding } from "./finding.ts";
import { folderOf, folderProblem, obstacle, type Scene } from "./scene.ts";
import { messageOf } from "../../text/errors.ts";

/** Size limit for the check of the whole file, which takes long for larger ones. */
const MAX_CHECKED_BYTES = 128 * 1024 * 1024;
const MIN_FREE_BYTES = 32 * 1024 * 1024;

export interface DatabaseFindings {
  readonly findings: readonly Finding[];
  /** Description of the bot that works on the database; null for none, undefined when unknown. */
  readonly holder: string | null | undefined;
}

/** Examines the database without changes and locks, also beside a running bot. */
export async function examineDatabase(scene: Scene): Promise<DatabaseFindings> {
  const { config: { databaseUrl: url }, voice } = scene;
  const { database: texts } = voice.texts.doctor;
  const path = databasePath(url);
  const where = path ?? url;
  const before = path === null ? [] : await placeFindings(scene, path);
  const size = path === null ? null : await sizeOf(path);
  // A missing or empty file is normal before the first start.
  if (path !== null && !size) {
    if (before.some(({ mark }) => mark === "wrong")) return { findings: before, holder: null };
    const lost = await lostBackup(url);
    const orphans: Finding[] = lost
      ? [{ mark: "odd", text: texts.orphans(lost.backup, lost.subscribers) }]
      : [];
    return {
      findings: [{ mark: "well", text: texts.isNew(where) }, ...before, ...orphans],
      holder: null,
    };
  }
  let database: Database | null = null;
  try {
    database = await openToRead({
      url,
      authToken: scene.config.databaseAuthToken,
      busyPatienceMs: 0,
    });
    await compareOwner(database, botIdOf(scene.config));
    const damage = size !== null && size <= MAX_CHECKED_BYTES && path !== null
      ? await backupProblem(path, MIGRATIONS.length)
      : null;
    if (damage !== null) throw new DatabaseDamagedError(damage);
    const holder = await databaseHolder(url, database);
    const free = path === null ? null : freeBytes(folderOf(path)) ?? null;
    const text = texts.well(
      where,
      size === null ? null : voice.bytes(size),
      free === null ? null : voice.bytes(free),
    );
    return {
      findings: [
        { mark: "well", text },
        ...before,
        {
          mark: holder === undefined ? "odd" : "well",
          text: holder === undefined
            ? texts.holderUnknown
            : holder === null
            ? texts.free
            : texts.holder(holder),
        },
        ...path === null ? [] : [await backupFinding(scene, path)],
      ],
      holder,
    };
  } catch (error) {
    return { findings: [failure(scene, where, error), ...before], holder: undefined };
  } finally {
    await database?.detach();
  }
}

function failure({ config, voice, redact }: Scene, where: string, error: unknown): Finding {
  const { doctor: { database: texts }, notices } = voice.texts;
  const isOther = asConfigError(error, config);
  if (isOther instanceof ConfigError) return { mark: "settings", text: isOther.report() };
  const reason = redact(messageOf(error));
  if (error instanceof NoDatabaseError) {
    // A server's database exists before the bot's first start.
    const isNew = databasePath(config.databaseUrl) === null && !/newer/.test(reason);
    return isNew
      ? { mark: "well", text: texts.isNew(where) }
      : { mark: "wrong", text: texts.unusable(where, reason) };
  }
  const problem = databaseProblem(error);
  if (problem === "damaged") return { mark: "wrong", text: texts.damaged(where, reason) };
  const words = notices.database[problem].replace(/^\P{L}+/u, "");
  return { mark: "wrong", text: texts.failing(where, words, reason) };
}

/** Findings about write access to the file and its folder, and about free space. */
async function placeFindings(scene: Scene, path: string): Promise<Finding[]> {
  const { database: texts } = scene.voice.texts.doctor;
  const findings: Finding[] = [];
  const folder = folderOf(await Deno.realPath(path).catch(() => path));
  const problem = await folderProblem(folder);
  if (problem !== null) {
    findings.push({ mark: "wrong", text: texts.folder(folder, obstacle(scene, problem)) });
  }
  try {
    (await Deno.open(path, { read: true, write: true })).close();
  } catch (error) {
    const isPlain = error instanceof Deno.errors.NotFound || problem !== null;
    if (!isPlain) findings.push({ mark: "wrong", text: texts.file(path, obstacle(scene, error)) });
  }
  const free = freeBytes(folder);
  if (free !== undefined && free < MIN_FREE_BYTES) {
    findings.push({ mark: "wrong", text: texts.full(scene.voice.bytes(free)) });
  }
  return findings;
}

/** Size of a file; null when it is missing or inaccessible. */
async function sizeOf(path: string): Promise<number | null> {
  return await Deno.stat(path).then(({ size }) => size, () => null);
}

async function backupFinding({ voice }: Scene, path: string): Promise<Finding> {
  const { database: texts } = voice.texts.doctor;
  const folder = new BackupFolder(await Deno.realPath(path));
  const [newest, ...others] = await folder.backups();
  const text = newest
    ? texts.backups(others.length + 1, folder.path, voice.time(newest.madeAt).text)
    : texts.noBackups;
  return { mark: "well", text };
}
