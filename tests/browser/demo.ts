// The demo as a process, as a person starts it: from source, or the compiled binary when
// BITRIX24_BOT_BINARY names it.
import { assertEquals } from "../assert.ts";
import { start } from "../e2e/program.ts";

/** A demo that runs. */
export interface Demo {
  /** Where its page is, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Ends it like an operator. Throws unless it ends well and silently. A second call does nothing. */
  end(): Promise<void>;
}

/** How it is started. */
export interface DemoOptions {
  /** What the bot speaks. */
  readonly lang: "ru" | "en";
  readonly port?: number;
  /** Leaves running what plays by itself at the start; otherwise it ends after its first words. */
  readonly isShowWanted?: boolean;
}

/** Starts it. Its page answers when this resolves, and what was said at the start is answered. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  while (true) {
    const demo = await tryToStart(options);
    if (options.isShowWanted || await isUntouched(demo.url)) return demo;
    // The show was stopped too late, which a busy machine may do once.
    await demo.end();
  }
}

async function tryToStart({ lang, port = 0, isShowWanted = false }: DemoOptions): Promise<Demo> {
  const demo = start(["demo", "--port", String(port)], { env: { BOT_LANG: lang } });
  let isEnded = false;
  const end = async () => {
    if (isEnded) return;
    isEnded = true;
    const { code, stderr } = await demo.end("SIGTERM");
    assertEquals([code, stderr], [0, ""], "the demo ends with 0, and had nothing to complain of");
  };
  try {
    const [, url = ""] = await demo.printed(/(http:\/\/127\.0\.0\.1:\d+)/);
    if (!isShowWanted) {
      await demo.printed(/^— /m);
      await stopShow(url);
      // On a machine that is very slow the status is not known in time.
      await demo.printed(/👋[^]*[✅❓]|[✅❓][^]*👋/u);
    }
    // Somebody has to read what it prints: it would wait for that.
    demo.printed(/(?!)/).catch(() => {});
    return { url, end };
  } catch (error) {
    await end().catch(() => {});
    throw error;
  }
}

/** Like the page's button, and before a browser could press it: an outage follows soon. */
async function stopShow(url: string): Promise<void> {
  const response = await fetch(`${url}/act`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ do: "stop" }),
  });
  assertEquals([response.status, await response.json()], [200, {}]);
}

/** Nothing has been broken yet, as the page is told first of all. */
async function isUntouched(url: string): Promise<boolean> {
  const { body } = await fetch(`${url}/events`);
  let told = "";
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    told += text;
    if (told.endsWith("\n\n")) break;
  }
  const { state } = JSON.parse(told.split("\n\n")[0]?.slice("data: ".length) ?? "");
  return state.desk.regions.every((it: { mode: string }) => it.mode === "well");
}
