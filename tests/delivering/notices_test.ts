import { Notices } from "../../src/delivering/notices.ts";
import type { Outcome } from "../../src/domain/delivery.ts";
import { assertEquals } from "../assert.ts";
import { arrayLogger, deferred } from "./doubles.ts";

const SENT: Outcome = { kind: "sent", messageId: 1, isAlert: false, shown: null, told: null };

function given(
  store: (text: string) => Promise<void>,
  tell: (chatId: number) => Outcome = () => SENT,
) {
  const told: [number, string][] = [];
  const over = deferred();
  const pauses: number[] = [];
  const notices = new Notices({
    administrators: [1, 2],
    store,
    tellNow: (chatId, text) => {
      const outcome = tell(chatId);
      if (outcome.kind === "sent") told.push([chatId, text]);
      if (told.length === 2) over.resolve();
      return Promise.resolve(outcome);
    },
    logger: arrayLogger(),
    stop: new AbortController().signal,
    pause: (ms) => Promise.resolve(void pauses.push(ms)),
  });
  return { notices, told, over: over.promise, pauses };
}

Deno.test("Notices go by way of the outbox", async () => {
  const stored = deferred<string>();
  const it = given((text) => Promise.resolve(stored.resolve(text)));
  it.notices.raise("Диск полон.");
  assertEquals(await stored.promise, "Диск полон.");
  assertEquals(it.told, []);
});

Deno.test("Notices go past the outbox when that cannot be written", async () => {
  const it = given(() => Promise.reject(new Error("disk full")));
  it.notices.raise("Диск полон.");
  await it.over;
  assertEquals(it.told, [[1, "Диск полон."], [2, "Диск полон."]]);
});

Deno.test("Notices do not try again where nobody can be told, and keep their order", async () => {
  const stored: string[] = [];
  const second = deferred();
  const it = given((text) => {
    if (text === "first") return Promise.reject(new Error("disk full"));
    stored.push(text);
    second.resolve();
    return Promise.resolve();
  }, () => ({ kind: "chat unreachable", why: "blocked", error: "403" }));
  it.notices.raise("first");
  it.notices.raise("second");
  await second.promise;
  assertEquals([it.told, stored], [[], ["second"]]);
});

Deno.test("Notices go on trying whoever could not be told yet, and nobody else", async () => {
  let attempts = 0;
  const it = given(() => Promise.reject(new Error("disk full")), (chatId) => {
    if (chatId === 1 || ++attempts > 3) return SENT;
    return attempts % 2 === 1
      ? { kind: "uncertain", error: "no answer" }
      : { kind: "retry after", seconds: 3 };
  });
  it.notices.raise("Диск полон.");
  await it.over;
  assertEquals(it.told, [[1, "Диск полон."], [2, "Диск полон."]]);
  assertEquals(it.pauses, [5_000, 10_000, 20_000]);
});
