import { assertEquals } from "../assert.ts";

/** The page's own script; it is plain JavaScript for browsers, with their types. */
const COPYING = new URL("../../src/demo/page/copying.js", import.meta.url).href;

Deno.test("page: a press on a copy button copies its text and says so; without a clipboard the text is shown", async () => {
  const { copy } = await import(COPYING);
  const { T } = await import(new URL("texts.js", COPYING).href);
  const happened: string[] = [];
  const doubles = (writeText: (text: string) => Promise<void>) => ({
    clipboard: { writeText },
    say: (text: string) => happened.push(`said ${text}`),
    show: (text: string) => happened.push(`shown ${text}`),
  });
  await copy("два\nряда", doubles((text) => Promise.resolve(void happened.push(text))));
  assertEquals(happened, ["два\nряда", `said ${T.copied}`]);
  happened.length = 0;
  await copy("текст", doubles(() => Promise.reject(new Error("denied"))));
  await copy("текст", { ...doubles(() => Promise.resolve()), clipboard: undefined });
  assertEquals(happened, ["shown текст", "shown текст"]);
});
