import { GrammyError, HttpError } from "grammy";
import { PaceError } from "../../src/delivering/pacer.ts";
import { outcomeOf } from "../../src/telegram/outcomes.ts";
import { assertEquals, assertObjectMatch } from "../assert.ts";

function refusal(error_code: number, description: string, parameters = {}) {
  const answer = { ok: false, error_code, description, parameters } as const;
  return new GrammyError("Call failed", answer, "sendMessage", {});
}

const OUTCOMES: [unknown, Record<string, unknown>][] = [
  [refusal(429, "Too Many Requests: retry after 7", { retry_after: 7 }), {
    kind: "retry after",
    seconds: 7,
  }],
  [refusal(429, "Too Many Requests", { retry_after: "abc" }), { kind: "retry after", seconds: 1 }],
  [new PaceError(34), { kind: "retry after", seconds: 34 }],
  [refusal(403, "Forbidden: bot was blocked by the user"), {
    kind: "chat unreachable",
    why: "blocked",
    error: "403 Forbidden: bot was blocked by the user",
  }],
  [refusal(400, "Bad Request: CHAT_SEND_MEDIA_FORBIDDEN"), { kind: "chat unreachable" }],
  [
    refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", {
      migrate_to_chat_id: -1005,
    }),
    { kind: "chat moved", to: -1005 },
  ],
  [refusal(400, "Bad Request: message thread not found"), { kind: "topic gone" }],
  [refusal(400, "Bad Request: message is too long"), { kind: "rejected" }],
  [refusal(502, "Bad Gateway"), { kind: "uncertain" }],
  [new HttpError("Network request failed", new TypeError("reset")), {
    kind: "uncertain",
    error: "reset",
  }],
];

for (const [error, expected] of OUTCOMES) {
  const name = error instanceof Error ? error.message : String(error);
  Deno.test(`outcomeOf() takes “${name}” for ${expected["kind"]}`, () => {
    assertObjectMatch(outcomeOf(error, (text) => text), expected);
  });
}

Deno.test("outcomeOf() lets no secret into what is stored", () => {
  const outcome = outcomeOf(
    new HttpError("failed", new TypeError("https://x/bot123:secret/sendMessage")),
    (text) => text.replaceAll("secret", "***"),
  );
  assertEquals(JSON.stringify(outcome).includes("secret"), false);
});
