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

/** Starts it; the bot speaks `lang`. Its page answers when this resolves. */
export async function startDemo(
  { lang, port = 0 }: { lang: "ru" | "en"; port?: number },
): Promise<Demo> {
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
    // Somebody has to read what it prints: it would wait for that.
    demo.printed(/(?!)/).catch(() => {});
    return { url, end };
  } catch (error) {
    await end().catch(() => {});
    throw error;
  }
}
