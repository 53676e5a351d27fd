import type { Reading } from "../../src/domain/reading.ts";

/** A reading as the tests need it: whatever is not said is plain. */
export function reading(status: Reading["status"], more: Partial<Reading> = {}): Reading {
  const isReadable = status !== "unreadable";
  return {
    region: "ru",
    status,
    title: "",
    details: "",
    components: [],
    hostTime: null,
    announcementId: null,
    source: isReadable ? "json" : null,
    problem: isReadable ? null : "timeout",
    problemDetail: isReadable ? "" : "no answer within 10 s",
    at: 0,
    ...more,
  };
}
