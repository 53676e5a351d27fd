import { createBitrix24Sandbox } from "../../../src/sandbox/bitrix24/server.ts";
import type { Bitrix24Sandbox } from "../../../src/sandbox/bitrix24/types.ts";
import {
  assert,
  assertEquals,
  assertGreater,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "../../assert.ts";

async function withHost(run: (host: Bitrix24Sandbox) => Promise<void>): Promise<void> {
  const host = createBitrix24Sandbox();
  try {
    await run(host);
  } finally {
    await host.close();
  }
}

async function feed(host: Bitrix24Sandbox, region = "ru"): Promise<Record<string, unknown>> {
  const response = await fetch(`${host.url}/json_status.php?reg=${region}&userLang=ru`);
  return await response.json();
}

async function page(host: Bitrix24Sandbox): Promise<string> {
  return await (await fetch(`${host.url}/`)).text();
}

Deno.test("createBitrix24Sandbox() answers the feed per region", async () => {
  await withHost(async (host) => {
    assertEquals(await feed(host), {
      result: "notice",
      info: "",
      statusTitle: "Всё отлично работает",
      statusInfo: "",
      id: 0,
    });
    host.outage("ru", "Недоступны: CRM.");
    host.degraded("com");
    const { result, statusInfo, id } = await feed(host);
    assertEquals(result, "error");
    assertStringIncludes(String(statusInfo), "Недоступны: CRM.");
    assertEquals((await feed(host, "com"))["result"], "warning");
    host.outage("ru", "Недоступны: CRM.");
    assertEquals((await feed(host))["id"], id);
    host.outage("ru", "Недоступны: CRM, Почта.");
    assertNotEquals((await feed(host))["id"], id);
    host.set("eu", { result: "notice", id: 5 });
    assertEquals(await feed(host, "eu"), { result: "notice", id: 5 });
    const unknown = await fetch(`${host.url}/json_status.php?reg=xx`);
    assertEquals([unknown.status, await unknown.text()], [200, ""]);
    assertStringIncludes(unknown.headers.get("content-type") ?? "", "text/html");
    assertEquals(
      await fetch(`${host.url}/other`).then((it) => it.body?.cancel(), String),
      undefined,
    );
  });
});

Deno.test("createBitrix24Sandbox() shows a page that goes with the feed", async () => {
  await withHost(async (host) => {
    const visible = async () => (await page(host)).replace(/<script>.*<\/script>/, "");
    assertStringIncludes(await visible(), "ВСЕ ОТЛИЧНО РАБОТАЕТ");
    host.outage("ru");
    const text = await visible();
    assertStringIncludes(text, "ВРЕМЕННЫЙ СБОЙ Недоступны: CRM, Почта. Пожалуйста, подождите");
    assert(!text.includes("ВСЕ ОТЛИЧНО РАБОТАЕТ"));
    host.page("<div id=app></div>");
    assertEquals(await page(host), "<div id=app></div>");
    host.page(undefined);
    assertStringIncludes(await visible(), "ВРЕМЕННЫЙ СБОЙ");
  });
});

Deno.test("requests records who asked for what, and until() waits for it", async () => {
  await withHost(async (host) => {
    const asked = host.until(() => host.requests.find((it) => it.region === "kz"), "kz");
    const headers = { "user-agent": "bitrix24-bot/1" };
    await (await fetch(`${host.url}/json_status.php?reg=kz&userLang=en`, { headers })).text();
    const { method, path, lang, headers: sent } = await asked;
    assertEquals([method, path, lang], ["GET", "/json_status.php", "en"]);
    assertEquals(sent.get("user-agent"), "bitrix24-bot/1");
    const error = await assertRejects(() => host.until(() => false, "more", 1));
    assertStringIncludes(error.message, "GET /json_status.php kz en");
  });
});

Deno.test("etag lets a client revalidate", async () => {
  await withHost(async (host) => {
    const ask = (headers: Record<string, string> = {}) =>
      fetch(`${host.url}/json_status.php?reg=ru`, { headers });
    const bare = await ask();
    await bare.text();
    assertEquals(bare.headers.get("etag"), null);
    host.etag = true;
    const first = await ask();
    await first.text();
    const tag = first.headers.get("etag") ?? "";
    const second = await ask({ "if-none-match": tag });
    assertEquals([second.status, await second.text()], [304, ""]);
    host.outage("ru");
    const third = await ask({ "if-none-match": tag });
    assertEquals(third.status, 200);
    await third.text();
  });
});

Deno.test("fault() breaks one page, for one region or all", async () => {
  await withHost(async (host) => {
    const url = `${host.url}/json_status.php?reg=ru`;
    const retry = { "retry-after": "9" };
    host.fault("json", { kind: "status", code: 503, headers: retry, body: "later" }, "ru");
    const throttled = await fetch(url);
    assertEquals([throttled.status, await throttled.text()], [503, "later"]);
    assertEquals(throttled.headers.get("retry-after"), "9");
    host.well("com");
    assertEquals((await feed(host, "com"))["result"], "notice");
    assertStringIncludes(await page(host), "ОТЛИЧНО");
    host.fault("json", undefined, "ru");
    host.fault("json", { kind: "body", body: new Uint8Array([0xff]), headers: { "x-y": "z" } });
    const body = await fetch(url);
    assertEquals(new Uint8Array(await body.arrayBuffer()), new Uint8Array([0xff]));
    assertEquals(body.headers.get("x-y"), "z");
    host.fault("json", { kind: "reset" });
    await assertRejects(() => feed(host));
    host.fault("json", { kind: "redirect", to: "https://example.org/" });
    const redirect = await fetch(url, { redirect: "manual" });
    assertEquals([redirect.status, redirect.headers.get("location")], [
      302,
      "https://example.org/",
    ]);
    await redirect.body?.cancel();
    host.fault("json", { kind: "delay", ms: 1 });
    assertEquals((await feed(host))["result"], "notice");
    host.fault("json", { kind: "hang" });
    const client = new AbortController();
    const hanging = fetch(url, { signal: client.signal });
    client.abort();
    await assertRejects(() => hanging);
  });
});

Deno.test("fault() can send a body that never ends, which close() cuts off", async () => {
  await withHost(async (host) => {
    host.fault("html", { kind: "endless" });
    const read = async () => {
      const { body } = await fetch(`${host.url}/`);
      let size = 0;
      for await (const chunk of body ?? []) {
        size += chunk.length;
        if (size > 1024 * 1024) break;
      }
      return size;
    };
    assertGreater(await read(), 1024 * 1024);
    const { body } = await fetch(`${host.url}/`);
    const reader = body?.getReader();
    await reader?.read();
    await host.close();
    const drain = async () => {
      while (!(await reader?.read())?.done);
    };
    await assertRejects(drain);
  });
});
