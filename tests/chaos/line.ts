import { brokenResponse } from "../../src/sandbox/telegram/until.ts";

/**
 * The way between the bot and the sandbox, on which answers take their time: without it a call is over
 * before a kill can come amid it. A client that hangs up takes its call back if it is still open.
 */
export class Line {
  readonly url: string;
  /** Calls without those for updates, which are always under way. */
  underWay = 0;
  /** Calls so far, of any kind. */
  count = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #client = Deno.createHttpClient({ poolMaxIdlePerHost: 64 });

  /** How long this answer is on its way. */
  answerMs: (method: string, chatId: number) => number = () => 0;

  constructor(target: string) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const { pathname } = new URL(request.url);
        const method = pathname.slice(pathname.lastIndexOf("/") + 1).toLowerCase();
        const isPoll = method === "getupdates";
        this.count++;
        if (!isPoll) this.underWay++;
        try {
          const body = await request.arrayBuffer();
          const answer = await fetch(target + pathname, {
            method: request.method,
            headers: { "content-type": request.headers.get("content-type") ?? "" },
            body: body.byteLength === 0 ? null : body,
            signal: request.signal,
            client: this.#client,
          });
          const content = await answer.arrayBuffer();
          // Who is told to wait cannot obey before it is told.
          const isRefused = answer.status === 429;
          if (!isPoll && !isRefused) await pause(this.answerMs(method, chatOf(body)));
          return new Response(content, {
            status: answer.status,
            headers: { ...headersOf(answer) },
          });
        } catch {
          return brokenResponse();
        } finally {
          if (!isPoll) this.underWay--;
        }
      },
    );
    this.url = `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async close(): Promise<void> {
    await this.#server.shutdown();
    this.#client.close();
  }
}

function headersOf(answer: Response): Record<string, string> {
  return Object.fromEntries(
    ["content-type", "retry-after"].flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** 0 when a call is about no chat, or about a file. */
function chatOf(body: ArrayBuffer): number {
  try {
    return Number(JSON.parse(new TextDecoder().decode(body)).chat_id ?? 0);
  } catch {
    return 0;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
