import { Hono } from "hono";
import { ADMINISTRATOR, CONFIGURED_GROUP } from "./cast.ts";
import { act, type Stage } from "./page_actions.ts";
import type { LogEntry, PageChat, PageEvent, PageState } from "./page_types.ts";
import { chatOf, messageOf } from "./page_view.ts";

export interface PageServer {
  /** Address of the page, such as `http://127.0.0.1:8090`. */
  readonly url: string;
  /** Adds an entry to the page's log. */
  log(entry: Omit<LogEntry, "id">): void;
  /** To be called when the desk or a chat may have changed. */
  refresh(): void;
  /** Ends the streams and stops listening. */
  close(): Promise<void>;
}

const FOLDER = new URL("./page/", import.meta.url);
const MIME_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};
/** Content security policy: the page may only use its own files and this server. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const LOG_KEPT = 300;
const MESSAGES_SHOWN = 300;
/** Interval of pings that keep a quiet stream alive. */
const PING_MS = 15_000;

/**
 * Serves the chat page on loopback. Requests from pages of another origin are refused, also with a foreign
 * host name that resolves to 127.0.0.1. Throws `Deno.errors.AddrInUse` when the port is taken.
 */
export function startPageServer(stage: Stage, { port }: { port: number }): PageServer {
  const { telegram, desk } = stage;
  const streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const encoder = new TextEncoder();
  const entries: LogEntry[] = [];
  const stop = new AbortController();
  let lastId = 0;
  let told = { chats: "", desk: "" };

  const app = new Hono();
  app.use(async (c, next) => {
    const refusal = refusalOf(c.req.raw, server.addr.port);
    if (refusal !== null) return c.text(`${refusal}\n`, 403);
    await next();
    c.header("Content-Security-Policy", POLICY);
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Referrer-Policy", "no-referrer");
    c.header("Cross-Origin-Resource-Policy", "same-origin");
    c.header("Cache-Control", "no-store");
  });
  app.get("/events", (c) => {
    let mine: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        mine = controller;
        streams.add(mine);
        mine.enqueue(encoded({ kind: "state", state: state() }));
      },
      cancel: () => void streams.delete(mine),
    });
    return c.body(stream, 200, { "Content-Type": "text/event-stream" });
  });
  app.post("/act", async (c) => {
    const isJson = c.req.header("content-type")?.split(";")[0] === "application/json";
    if (!isJson) return c.json({ error: "Send an action as application/json" }, 400);
    try {
      return c.json(await act(stage, await c.req.json()) ?? {});
    } catch (error) {
      return c.json({ error: error instanceof Error ? error.message : String(error) }, 400);
    } finally {
      refresh();
    }
  });
  app.get("/files/:id", (c) => {
    const file = telegram.document(c.req.param("id"));
    if (file === undefined) return c.text("There is no such file\n", 404);
    const name = encodeURIComponent(file.file_name);
    return c.body(file.bytes as Uint8Array<ArrayBuffer>, 200, {
      "Content-Type": file.mime_type,
      "Content-Disposition": `attachment; filename*=UTF-8''${name}`,
    });
  });
  app.get("/:name?", async (c) => {
    const [, name, ending = ""] =
      /^([a-z_]+\.([a-z]+))$/.exec(c.req.param("name") ?? "index.html") ?? [];
    const type = MIME_TYPES[ending];
    const bytes = name && type ? await contentOf(name) : null;
    return bytes && type ? c.body(bytes, 200, { "Content-Type": type }) : c.notFound();
  });
  app.notFound((c) => c.text("There is nothing here; the page is at /\n", 404));
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, signal: stop.signal, onListen: () => {} },
    app.fetch,
  );

  const ping = setInterval(() => send(encoder.encode(": still here\n\n")), PING_MS);
  const unlisten = telegram.onEvent((event) => {
    if ("message" in event) tell({ kind: "message", message: messageOf(event.message) });
    refresh();
  });

  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    log(entry) {
      const full = { id: ++lastId, ...entry };
      entries.push(full);
      if (entries.length > LOG_KEPT) entries.shift();
      tell({ kind: "log", entry: full });
    },
    refresh,
    async close() {
      clearInterval(ping);
      unlisten();
      for (const it of streams) it.close();
      streams.clear();
      stop.abort();
      await server.finished;
    },
  };

  function chats(): PageChat[] {
    const configured = [ADMINISTRATOR, CONFIGURED_GROUP];
    return telegram.chats().map((it) => chatOf(it, configured)).filter((it) => it !== null);
  }

  function state(): PageState {
    const { id, first_name: name, username } = telegram.bot;
    const all = chats();
    const people = all.filter((it) => it.type === "private").map((it) => ({
      id: it.id,
      name: it.title,
      isAdministrator: it.id === ADMINISTRATOR,
    }));
    const messages = all.flatMap((it) => telegram.messages(it.id).slice(-MESSAGES_SHOWN));
    return {
      bot: { id, name, username },
      people,
      chats: all,
      messages: messages.map(messageOf),
      desk: desk.state,
      log: entries,
    };
  }

  function refresh(): void {
    const now = { chats: chats(), desk: desk.state };
    const texts = { chats: JSON.stringify(now.chats), desk: JSON.stringify(now.desk) };
    if (texts.chats !== told.chats) tell({ kind: "chats", chats: now.chats });
    if (texts.desk !== told.desk) tell({ kind: "desk", desk: now.desk });
    told = texts;
  }

  function tell(event: PageEvent): void {
    if (streams.size > 0) send(encoded(event));
  }

  function send(bytes: Uint8Array): void {
    for (const it of streams) it.enqueue(bytes);
  }

  function encoded(event: PageEvent): Uint8Array {
    return encoder.encode(`data: ${JSON.stringify(event)}\n\n`);
  }
}

/** The reason to refuse a request that does not come from this page; null for none. */
function refusalOf(request: Request, port: number): string | null {
  const own = ["127.0.0.1", "localhost"].map((it) => `${it}:${port}`);
  const host = request.headers.get("host") ?? "";
  if (!own.includes(host)) return `This is the demo's page; open http://${own[0]}`;
  const origin = request.headers.get("origin");
  const isOurs = origin === null || origin === `http://${host}`;
  return isOurs ? null : "Pages of other origins are not answered here";
}

async function contentOf(name: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await Deno.readFile(new URL(name, FOLDER));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
