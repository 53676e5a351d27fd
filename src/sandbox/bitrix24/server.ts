import { Hono } from "hono";
import { endlessBody, statusPage } from "./pages.ts";
import type { Bitrix24Sandbox, FeedState, HostAnswer, HostFault, HostRequest } from "./types.ts";
import { brokenResponse, HeldRequests, Listeners, Waiters } from "../telegram/until.ts";

const WELL: FeedState = {
  result: "notice",
  info: "",
  statusTitle: "Всё отлично работает",
  statusInfo: "",
  id: 0,
};

const REQUESTS_DUMPED = 10;

/**
 * Starts a stand-in of a Bitrix24 status host with the JSON feed of Bitrix24's own messenger and the HTML
 * page for people. The region `ru` is well at first; others are unknown until set. Close it when done.
 */
export function createBitrix24Sandbox({ port = 0 }: { port?: number } = {}): Bitrix24Sandbox {
  return new StatusHost(port);
}

class StatusHost implements Bitrix24Sandbox {
  readonly url: string;
  etag = false;
  readonly requests: HostRequest[] = [];
  readonly #states = new Map<string, FeedState>([["ru", WELL]]);
  /** Faults by page, by page and region, or by page, region and language. */
  readonly #faults = new Map<string, HostFault>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #stop = new AbortController();
  readonly #held = new HeldRequests();
  readonly #answers = new Listeners<HostAnswer>();
  readonly #waiters = new Waiters(() => this.#dump());
  #page: string | undefined;
  #lastId = 4710;

  constructor(port: number) {
    const app = new Hono();
    app.use(async (c, next) => {
      const query = c.req.query();
      const request: HostRequest = {
        method: c.req.method,
        path: c.req.path,
        region: query["reg"] ?? "",
        lang: query["userLang"] ?? "",
        headers: c.req.raw.headers,
        at: Date.now(),
      };
      this.requests.push(request);
      this.#waiters.poke();
      const fault = this.#faultOf(placesOf(request))?.kind;
      await next();
      this.#answers.tell({ request, status: c.res.status, fault });
    });
    app.get("/json_status.php", (c) => {
      const { reg: region = "", userLang: lang = "" } = c.req.query();
      return this.#answer(c.req.raw, placesOf({ path: c.req.path, region, lang }), () => {
        // The real host answers unknown regions with an empty page.
        const state = this.#states.get(region);
        if (state === undefined) return "";
        const { translated, ...said } = state;
        return JSON.stringify({ ...said, ...translated?.[lang] });
      });
    });
    app.get("/", (c) =>
      this.#answer(
        c.req.raw,
        placesOf({ path: c.req.path, region: "", lang: "" }),
        () => this.#page ?? statusPage(this.#states.get("ru") ?? WELL),
      ));
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port, signal: this.#stop.signal, onListen: () => {} },
      app.fetch,
    );
    this.url = `http://127.0.0.1:${this.#server.addr.port}`;
  }

  set(region: string, state: FeedState): void {
    this.#states.set(region, state);
    this.#lastId = Math.max(this.#lastId, state.id ?? 0);
    this.#waiters.poke();
  }

  well(region: string): void {
    this.set(region, WELL);
  }

  degraded(region: string, info = "Почта, Телефония: возможны задержки до 16:00"): void {
    this.#announce(region, {
      result: "warning",
      info: "Плановые работы",
      statusTitle: "Возможны задержки",
      statusInfo: info,
    });
  }

  outage(region: string, info = "Недоступны: CRM, Почта."): void {
    this.#announce(region, {
      result: "error",
      info: "Временный сбой",
      statusTitle: "ВРЕМЕННЫЙ СБОЙ",
      statusInfo: `${info} Пожалуйста, подождите, мы уже работаем над решением.`,
    });
  }

  translate(region: string, lang: string, { title, info }: { title: string; info: string }): void {
    const state = this.#states.get(region) ?? WELL;
    const texts = { statusTitle: title, statusInfo: info };
    this.set(region, { ...state, translated: { ...state.translated, [lang]: texts } });
  }

  page(html: string | undefined): void {
    this.#page = html;
  }

  fault(
    path: "json" | "html",
    fault: HostFault | undefined,
    region?: string,
    lang?: string,
  ): void {
    const place = [path, region, lang].filter((it) => it !== undefined).join("/");
    if (fault === undefined) this.#faults.delete(place);
    else this.#faults.set(place, fault);
  }

  onAnswer(listener: (answer: HostAnswer) => void): () => void {
    return this.#answers.add(listener);
  }

  until<T>(predicate: () => T | undefined | null | false, what: string, timeoutMs?: number) {
    return this.#waiters.until(predicate, what, timeoutMs);
  }

  async close(): Promise<void> {
    this.#held.releaseAll();
    this.#stop.abort();
    await this.#server.finished;
    this.#waiters.close();
  }

  #announce(region: string, state: FeedState): void {
    const before = this.#states.get(region);
    const isSame = before?.result === state.result && before.statusInfo === state.statusInfo;
    this.set(region, { ...state, id: isSame ? before.id ?? 0 : this.#lastId + 1 });
  }

  #faultOf(places: readonly string[]): HostFault | undefined {
    return places.map((it) => this.#faults.get(it)).find((it) => it !== undefined);
  }

  async #answer(
    request: Request,
    places: readonly string[],
    content: () => string,
  ): Promise<Response> {
    const fault = this.#faultOf(places);
    const faulty = fault === undefined ? undefined : await this.#applyFault(fault, request);
    if (faulty !== undefined) return faulty;
    const body = content();
    const headers = new Headers({ "content-type": "text/html; charset=UTF-8" });
    if (this.etag) {
      const tag = `"${await digest(body)}"`;
      headers.set("etag", tag);
      // Deno marks the tags of compressed answers as weak: `W/"…"` is the same page.
      if (request.headers.get("if-none-match")?.replace(/^W\//, "") === tag) {
        return new Response(null, { status: 304, headers });
      }
    }
    return new Response(body, { headers });
  }

  /** The answer of a fault; undefined when the usual answer follows. */
  async #applyFault(fault: HostFault, request: Request): Promise<Response | undefined> {
    switch (fault.kind) {
      case "status":
        return new Response(fault.body ?? null, {
          status: fault.code,
          headers: { ...fault.headers },
        });
      case "hang":
        await this.#held.hold(request);
        return brokenResponse();
      case "delay":
        return await this.#held.hold(request, fault.ms) ? undefined : brokenResponse();
      case "body":
        return new Response(fault.body, {
          headers: { "content-type": "text/html; charset=UTF-8", ...fault.headers },
        });
      case "reset":
        return brokenResponse();
      case "redirect":
        return new Response(null, { status: 302, headers: { location: fault.to } });
      case "endless":
        return new Response(endlessBody(), { headers: { "content-type": "text/html" } });
    }
  }

  #dump(): string {
    const requests = this.requests.slice(-REQUESTS_DUMPED)
      .map(({ method, path, region, lang }) => `  ${method} ${path} ${region} ${lang}`);
    return ["Last requests:", ...requests].join("\n");
  }
}

/** Keys of the faults that apply to a request. */
function placesOf({ path, region, lang }: Pick<HostRequest, "path" | "region" | "lang">): string[] {
  return path === "/" ? ["html"] : ["json", `json/${region}`, `json/${region}/${lang}`];
}

async function digest(body: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(body));
  return [...new Uint8Array(hash)].map((it) => it.toString(16).padStart(2, "0")).join("");
}
