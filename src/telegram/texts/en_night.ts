import type { night as ru } from "./ru_night.ts";

export const night: typeof ru = {
  title: "🌅 Last night:",
  more: (count: number) => `…and ${count} more. All of them are in /history`,
  well: "Everything works now.",
  still: { outage: "🌅 Still an outage", degraded: "🌅 Still delays" },
  stillSilent: "🌅 Still no answer from here:",
  stillMore: (count: number) => `…and ${count} more. How things are now: /status`,
  since: "since",
  announced: "📣 Bitrix24 announces",
  unwatched: (regions: string, watched: string) =>
    `📭 This chat listens to ${regions}, and the bot now watches only ${watched}: no alerts come here. To choose other regions: /settings`,
};
