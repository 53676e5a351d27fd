import type { Evening } from "./live.ts";
import { DAY, type Event } from "./plan.ts";

/** Descriptors and memory on each evening, with what the day brought. */
export function tableOf(evenings: readonly Evening[], plan: readonly Event[]): string {
  const rows = evenings.map(({ descriptors, calls, memoryMiB, files, life }, day) => {
    const events = plan.filter((it) => Math.floor(it.at / DAY) === day)
      .map((it) => it.kind === "restart" ? it.signal : it.kind)
      .filter((it) => it !== "outage" && it !== "question");
    return [day + 1, life + 1, descriptors.length, calls, memoryMiB.toFixed(0), files.length]
      .map((it) => String(it).padStart(6)).join(" | ") + ` | ${events.join(", ")}`;
  });
  return ["   day |   life |    fds |  calls |    MiB |  files | besides an outage", ...rows]
    .join("\n");
}
