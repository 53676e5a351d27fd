/** How well a region does, worst last. */
export const SEVERITIES = ["operational", "degraded", "outage"] as const;

/** One of {@linkcode SEVERITIES}. */
export type Severity = typeof SEVERITIES[number];

/** Why a reading is unreadable; the texts shown to people are looked up by it. */
export type Problem =
  | "no_connection" // DNS, refused, reset, TLS
  | "timeout"
  | "http_error" // an HTTP status other than 200 or 304
  | "throttled" // 429, or the host asked for a pause that is not over
  | "unavailable" // 503, by which the host asked for a pause that is not over
  | "contradictory" // all is well, it says, under the headline of an outage
  | "redirected" // to another host, or in a circle
  | "too_large"
  | "bad_encoding"
  | "empty"
  | "not_understood";

/** The result of one check of one region, also of a failed one (`status` "unreadable"). */
export interface Reading {
  /** Licence region, lower case, as in the settings. */
  readonly region: string;
  readonly status: Severity | "unreadable";
  /** Headline as plain text; empty when the host gave none. */
  readonly title: string;
  /** Announcement as plain text with line breaks; empty when the host gave none. */
  readonly details: string;
  /** Canonical names of the components named in the texts; empty unless degraded or outage. */
  readonly components: readonly string[];
  /** The host's own timestamp, in milliseconds since the epoch. */
  readonly hostTime: number | null;
  /** The host's identity of the announcement. */
  readonly announcementId: number | null;
  /** Where the status was read: the host's feed (JSON) or its page (HTML); null when unreadable. */
  readonly source: "json" | "html" | null;
  /** Set exactly when the status is unreadable. */
  readonly problem: Problem | null;
  /** One technical line for the log, such as "HTTP 503"; empty when readable. */
  readonly problemDetail: string;
  /** When the reading was complete, in milliseconds since the epoch. */
  readonly at: number;
}
