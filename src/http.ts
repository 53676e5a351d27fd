import { Hono } from "hono";
import type { Health } from "./core/health.ts";

export interface HealthServerDeps {
  /** From memory alone: it must answer while everything else hangs. */
  health(): Health;
  /** Prometheus' text format; from memory as well. */
  metrics(): string;
}

export interface HealthServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Routes of the health server: `GET` or `HEAD` of /health, /live and /metrics. */
export function createHealthRoutes(vitals: HealthServerDeps): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    if (context.req.method !== "GET" && context.req.method !== "HEAD") {
      return context.text("Only GET and HEAD are answered here\n", 405, { Allow: "GET, HEAD" });
    }
    await next();
    context.header("Cache-Control", "no-store");
  });
  app.get("/health", (context) => {
    const body = vitals.health();
    return context.json(body, body.status === "failing" ? 503 : 200);
  });
  app.get("/live", (context) => context.text("alive\n"));
  app.get("/metrics", (context) =>
    context.body(vitals.metrics(), 200, {
      "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
    }));
  app.notFound((context) =>
    context.text("There is nothing here; try /health, /live or /metrics\n", 404)
  );
  return app;
}

/** Starts the server. Throws when the port cannot be listened on. */
export function startHealthServer(
  deps: HealthServerDeps,
  { host, port }: { host: string; port: number },
): HealthServer {
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: host, port, signal: stop.signal, onListen: () => {} },
    createHealthRoutes(deps).fetch,
  );
  return {
    port: server.addr.port,
    async stop() {
      // Answers take no time, so whoever is connected now is only keeping the connection open.
      stop.abort();
      await server.finished;
    },
  };
}
