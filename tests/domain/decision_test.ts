import { assertEquals } from "../assert.ts";
import { type Decision, resultOf } from "../../src/domain/decision.ts";

const ALERT: Decision = {
  at: 0,
  kind: "opened",
  region: "ru",
  severity: "outage",
  audience: { who: "everyone", notify: true, ground: "announced" },
  delivery: { state: "sent", isAlert: true, isHeard: true, silence: null },
};
const edit = { state: "sent", isAlert: false, isHeard: false, silence: null } as const;
const alerted = { who: "alerted", notify: false, ground: "an edit is enough" } as const;

const ROWS: readonly [string, Partial<Decision>, ReturnType<typeof resultOf>][] = [
  ["an alert", {}, "with a sound"],
  ["an alert sent anew", { delivery: { ...edit, isAlert: true } }, "silently"],
  ["an end", { kind: "closed", delivery: { ...edit, isHeard: true } }, "a reply and an edit"],
  ["a changed text", { kind: "updated", audience: alerted, delivery: edit }, "an edit"],
  ["a notice", { kind: "blinded", delivery: edit }, "with a sound"],
  ["what waits", { delivery: { ...edit, state: "due" } }, "pending"],
  ["what waits for the chat", { delivery: { ...edit, state: "paused" } }, "paused"],
  ["what Telegram refuses", { delivery: { ...edit, state: "failed" } }, "failed"],
  ["what came too late", { delivery: { ...edit, state: "expired" } }, "expired"],
  [
    "what was seen already",
    { delivery: { ...edit, state: "skipped", silence: "known already" } },
    "known already",
  ],
  ["what an older bot skipped", { delivery: { ...edit, state: "skipped" } }, "unknown"],
  ["a chat that was not subscribed", { delivery: null }, "no recipient"],
  [
    "delays that are not announced",
    { delivery: null, audience: { ...alerted, ground: "ALERT_ON_DEGRADED is off" } },
    "ALERT_ON_DEGRADED is off",
  ],
  [
    "the end of what was not announced",
    {
      kind: "closed",
      delivery: null,
      audience: { ...alerted, ground: "ALERT_ON_RECOVERY is off" },
    },
    "beginning not told",
  ],
  ["what an older bot decided", { delivery: null, audience: null }, "unknown"],
];

for (const [name, change, expected] of ROWS) {
  Deno.test(`resultOf() puts ${name} in one word`, () => {
    assertEquals(resultOf({ ...ALERT, ...change }), expected);
  });
}
