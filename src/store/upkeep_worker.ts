// The thread that checks and copies the database. It is started by its name, not imported; the
// compiler must be told to embed it (scripts/compile.ts).
import "../deps/runtime.ts";
import { type BackupJob, type BackupOutcome, checkAndBackUp } from "./upkeep_work.ts";

/** The part of a worker's global scope that is used; its types exclude those of the window. */
interface WorkerScope {
  onmessage: (event: MessageEvent<BackupJob>) => void;
  postMessage(outcome: BackupOutcome): void;
}

const scope = globalThis as unknown as WorkerScope;
scope.onmessage = async ({ data }) => scope.postMessage(await checkAndBackUp(data));
