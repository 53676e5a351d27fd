import type { Texts } from "./ru.ts";

/** News of incidents, and of regions that cannot be read. */
export const alert: Texts["alert"] = {
  outage: "Bitrix24 outage",
  degraded: "Bitrix24: delays are possible",
  over: { outage: "Over: Bitrix24 outage", degraded: "Over: Bitrix24 delays" },
  region: "region",
  relapse: "Again, soon after the previous one ended.",
  affected: "Affected",
  since: "Since",
  was: "it was",
  topicLost:
    "ℹ️ The topic for alerts is gone or closed, so I write in the general one. To choose another: /subscribe in that topic.",
  worsened: (region) => `🔴 It got worse: this is an outage now (${region}).`,
  recovered: (region) => `✅ Bitrix24 works again (${region}).`,
  recoveredAfter: (duration) => `It lasted ${duration}.`,
  blinded: (region) => `🙈 The Bitrix24 status (${region}) cannot be read since`,
  blindedAdvice: "Until it can, incidents neither open nor close, and /status answers “unknown”.",
  sighted: (region) => `👀 The Bitrix24 status (${region}) can be read again. It could not since`,
};
