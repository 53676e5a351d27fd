import { Hono } from "hono";
import type { Health } from "./health.ts";
import { HttpListener, type ListenerOptions } from "./http_listener.ts";

export interface HealthServerDeps {
  /** Answers from memory, because it must work while everything else hangs. */
  health(): Health;
  /** The metrics in Prometheus' text format, also from memory. */
  metrics(): string;
}

export type HealthServer = HttpListener;

/** Routes of the health server: `GET` or `HEAD` of /health, /live and /metrics. */
export function createHealthRoutes(state: HealthServerDeps): Hono {
  const app = new Hono({ strict: false });
  app.use(async (context, next) => {
    if (context.req.method !== "GET" && context.req.method !== "HEAD") {
      return context.text("Only GET and HEAD are answered here\n", 405, {
        Allow: "GET, HEAD",
        "Cache-Control": "no-store",
      });
    }
    await next();
    context.header("Cache-Control", "no-store");
  });
  app.get("/health", (context) => {
    const body = state.health();
    return context.json(body, body.status === "failing" ? 503 : 200);
  });
  app.get("/live", (context) => context.text("alive\n"));
  app.get("/metrics", (context) =>
    context.body(state.metrics(), 200, {
      "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
    }));
  app.notFound((context) =>
    context.text("There is nothing here; try /health, /live or /metrics\n", 404)
  );
  return app;
}

/** Starts the health server. Throws when it can never listen there; see {@linkcode HttpListener}. */
export function startHealthServer(
  deps: HealthServerDeps,
  options: Omit<ListenerOptions, "handle">,
): HttpListener {
  return new HttpListener({ ...options, handle: createHealthRoutes(deps).fetch });
}
