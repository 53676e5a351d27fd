import { DatabaseSync, type SQLInputValue } from "node:sqlite";

// A libSQL server by the Hrana protocol over HTTP, versions 2 and 3 in JSON (tursodatabase/libsql,
// docs/HRANA_2_SPEC.md and HRANA_3_SPEC.md), on a file. It can be slow, lose what it answers, and have
// a clock of its own.

/** What becomes of a request. `lost`: it is done, and its answer does not arrive. */
export type Fault = "hang" | "refuse" | "lost";

export interface HranaServer {
  readonly url: string;
  /** Called for each request with its statements; null for none. */
  fault: (sql: readonly string[]) => Fault | null;
  /** Added before each answer, in milliseconds. */
  delayMs: number;
  /** By how many seconds its clock is ahead of this machine's. */
  clockAheadSeconds: number;
  /** Requests so far. */
  readonly requests: number;
  /** Lets go of what hangs; they are answered with an error. */
  letGo(): void;
  close(): Promise<void>;
}

/** How long a transaction may be left alone; sqld gives it ten seconds. */
const STREAM_IDLE_MS = 5_000;
const BUSY_PAUSE_MS = 20;
const BUSY_PATIENCE_MS = 5_000;

interface Stmt {
  readonly sql?: string;
  readonly sql_id?: number;
  readonly args?: readonly HranaValue[];
  readonly named_args?: readonly { readonly name: string; readonly value: HranaValue }[];
}

type HranaValue =
  | { readonly type: "null" }
  | { readonly type: "integer"; readonly value: string }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "text"; readonly value: string }
  | { readonly type: "blob"; readonly base64: string };

interface Condition {
  readonly type: string;
  readonly step?: number;
  readonly cond?: Condition;
  readonly conds?: readonly Condition[];
}

interface Step {
  readonly stmt: Stmt;
  readonly condition?: Condition | null;
}

interface Request {
  readonly type: string;
  readonly stmt?: Stmt;
  readonly batch?: { readonly steps: readonly Step[] };
  readonly sql?: string;
  readonly sql_id?: number;
}

/** One connection, which a baton leads to. */
class Stream {
  readonly database: DatabaseSync;
  readonly texts = new Map<number, string>();
  isInTransaction = false;
  idle: ReturnType<typeof setTimeout> | undefined;

  constructor(file: string) {
    this.database = new DatabaseSync(file);
  }

  close(): void {
    clearTimeout(this.idle);
    this.database.close();
  }
}

export function startHranaServer(file: string, { port = 0 } = {}): HranaServer {
  const streams = new Map<string, Stream>();
  const over = new AbortController();
  let hanging: (() => void)[] = [];
  let batons = 0;
  const it = {
    fault: (_sql: readonly string[]): Fault | null => null,
    delayMs: 0,
    clockAheadSeconds: 0,
    requests: 0,
  };

  async function pipeline(body: { baton?: string | null; requests: Request[] }): Promise<Response> {
    const known = body.baton ? streams.get(body.baton) : undefined;
    if (body.baton && !known) {
      return Response.json({ message: "The stream has expired" }, { status: 400 });
    }
    if (body.baton) streams.delete(body.baton);
    const stream = known ?? new Stream(file);
    clearTimeout(stream.idle);
    const results: unknown[] = [];
    let isOpen = true;
    for (const request of body.requests) {
      try {
        if (request.type === "close") isOpen = false;
        const result = await answer(stream, request);
        results.push({ type: "ok", response: { type: request.type, ...result } });
      } catch (error) {
        results.push({ type: "error", error: problemOf(error) });
      }
    }
    if (!isOpen) {
      stream.close();
      return Response.json({ baton: null, base_url: null, results });
    }
    const baton = `baton ${++batons}`;
    streams.set(baton, stream);
    stream.idle = setTimeout(() => {
      streams.delete(baton);
      stream.close();
    }, STREAM_IDLE_MS);
    return Response.json({ baton, base_url: null, results });
  }

  async function answer(stream: Stream, request: Request): Promise<Record<string, unknown>> {
    switch (request.type) {
      case "execute":
        return { result: await execute(stream, request.stmt ?? {}) };
      case "batch":
        return { result: await batch(stream, request.batch?.steps ?? []) };
      case "sequence":
        stream.database.exec(textOf(stream, request));
        return {};
      case "describe":
        return { result: { params: [], cols: [], is_explain: false, is_readonly: false } };
      case "store_sql":
        stream.texts.set(request.sql_id ?? 0, request.sql ?? "");
        return {};
      case "close_sql":
        stream.texts.delete(request.sql_id ?? 0);
        return {};
      case "get_autocommit":
        return { is_autocommit: !stream.isInTransaction };
      case "close":
        return {};
      default:
        throw new Error(`Unknown request ${request.type}`);
    }
  }

  async function batch(stream: Stream, steps: readonly Step[]) {
    const step_results: unknown[] = [];
    const step_errors: unknown[] = [];
    const holds = (condition: Condition): boolean => {
      switch (condition.type) {
        case "ok":
          return step_results[condition.step ?? 0] != null;
        case "error":
          return step_errors[condition.step ?? 0] != null;
        case "not":
          return !holds(condition.cond ?? condition);
        case "and":
          return (condition.conds ?? []).every(holds);
        case "or":
          return (condition.conds ?? []).some(holds);
        case "is_autocommit":
          return !stream.isInTransaction;
        default:
          throw new Error(`Unknown condition ${condition.type}`);
      }
    };
    for (const { stmt, condition } of steps) {
      let result: unknown = null;
      let problem: unknown = null;
      if (!condition || holds(condition)) {
        try {
          result = await execute(stream, stmt);
        } catch (error) {
          problem = problemOf(error);
        }
      }
      step_results.push(result);
      step_errors.push(problem);
    }
    return { step_results, step_errors };
  }

  async function execute(stream: Stream, stmt: Stmt) {
    const sql = textOf(stream, stmt).replaceAll(
      "'now'",
      `'now', '${it.clockAheadSeconds} seconds'`,
    );
    const begun = performance.now();
    while (true) {
      try {
        return executeNow(stream, sql, stmt);
      } catch (error) {
        const isBusy = error instanceof Error && /database is locked/.test(error.message);
        if (!isBusy || performance.now() - begun > BUSY_PATIENCE_MS) throw error;
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
      }
    }
  }

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port,
    onListen: () => {},
    signal: over.signal,
  }, async (request) => {
    const path = new URL(request.url).pathname;
    if (/^\/v[23]$/.test(path)) return new Response("yes");
    if (!/^\/v[23]\/pipeline$/.test(path)) return new Response("no", { status: 404 });
    const body = await request.json();
    it.requests++;
    const fault = it.fault(sqlIn(body.requests));
    if (fault === "hang") {
      await new Promise<void>((resolve) => hanging.push(resolve));
      return new Response("late", { status: 502 });
    }
    if (fault === "refuse") return new Response("Bad Gateway", { status: 502 });
    const response = await pipeline(body);
    if (it.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, it.delayMs));
    if (fault !== "lost") return response;
    return new Response(
      new ReadableStream({ start: (controller) => controller.error(new Error("cut")) }),
    );
  });

  return Object.assign(it, {
    url: `http://127.0.0.1:${server.addr.port}`,
    letGo() {
      for (const resolve of hanging) resolve();
      hanging = [];
    },
    async close() {
      for (const resolve of hanging) resolve();
      over.abort();
      await server.finished;
      for (const stream of streams.values()) stream.close();
    },
  });
}

function sqlIn(requests: readonly Request[]): string[] {
  return requests.flatMap((it) => [
    it.sql ?? "",
    it.stmt?.sql ?? "",
    ...(it.batch?.steps ?? []).map(({ stmt }) => stmt.sql ?? ""),
  ]).filter((it) => it !== "");
}

function textOf(stream: Stream, { sql, sql_id }: { sql?: string; sql_id?: number }): string {
  return sql ?? stream.texts.get(sql_id ?? 0) ?? "";
}

function executeNow(stream: Stream, sql: string, stmt: Stmt) {
  const statement = stream.database.prepare(sql);
  statement.setReadBigInts(true);
  const named = Object.fromEntries(
    (stmt.named_args ?? []).map(({ name, value }) => [name, sqlValue(value)]),
  );
  const args = (stmt.args ?? []).map(sqlValue);
  const rows = stmt.named_args?.length ? statement.all(named) : statement.all(...args);
  if (/^\s*BEGIN/i.test(sql)) stream.isInTransaction = true;
  if (/^\s*(COMMIT|END|ROLLBACK)/i.test(sql)) stream.isInTransaction = false;
  const names = statement.columns().map((it) => it.name ?? "");
  return {
    cols: names.map((name) => ({ name, decltype: null })),
    rows: rows.map((row) =>
      names.map((name) => hranaValue((row as Record<string, unknown>)[name]))
    ),
    affected_row_count: 0,
    last_insert_rowid: null,
  };
}

function sqlValue(value: HranaValue): SQLInputValue {
  switch (value.type) {
    case "null":
      return null;
    case "integer":
      return BigInt(value.value);
    case "blob":
      return Uint8Array.from(atob(value.base64), (it) => it.charCodeAt(0));
    default:
      return value.value;
  }
}

function hranaValue(value: unknown): HranaValue {
  if (value === null || value === undefined) return { type: "null" };
  if (typeof value === "bigint") return { type: "integer", value: String(value) };
  if (typeof value === "number") return { type: "float", value };
  if (value instanceof Uint8Array) {
    return { type: "blob", base64: btoa(String.fromCharCode(...value)).replace(/=+$/, "") };
  }
  return { type: "text", value: String(value) };
}

function problemOf(error: unknown) {
  const { message = String(error), errcode } = error as { message?: string; errcode?: number };
  const codes: Record<number, string> = {
    5: "SQLITE_BUSY",
    19: "SQLITE_CONSTRAINT",
    13: "SQLITE_FULL",
  };
  return { message, code: codes[(errcode ?? 1) & 0xff] ?? "SQLITE_ERROR" };
}
