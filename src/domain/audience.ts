import type { Change, IncidentChange } from "./incident.ts";
import type { Severity } from "./reading.ts";

/** Which changes are announced, from the settings. */
export interface AnnouncementPolicy {
  readonly issues: boolean;
  readonly degraded: boolean;
  readonly recovery: boolean;
}

/** Who must hear of a change, with a sound (`notify`) or only by an edit of their alert. */
export interface Audience {
  /** `alerted`: the recipients who have, or are owed, the alert of this incident. */
  readonly who: "everyone" | "alerted" | "administrators" | "whoever wants everything";
  readonly notify: boolean;
  /** Why the audience is this one. */
  readonly ground: AudienceGround;
}

/** On what ground an audience was chosen. */
export type AudienceGround =
  | "announced"
  | "an edit is enough"
  | "no incident"
  | "for administrators"
  | "ALERT_ON_ISSUES is off"
  | "ALERT_ON_DEGRADED is off"
  | "ALERT_ON_RECOVERY is off";

/** The part of a change that decides who must hear of it. */
export type Announced =
  | { readonly kind: Exclude<Change["kind"], IncidentChange["kind"]> }
  | {
    readonly kind: IncidentChange["kind"];
    readonly incident: { readonly severity: Severity };
  };

/** Decides who must hear of a change. */
export function audienceOf(change: Announced, policy: AnnouncementPolicy): Audience {
  switch (change.kind) {
    case "blinded":
    case "sighted":
      return { who: "administrators", notify: true, ground: "for administrators" };
    case "announced":
      return { who: "whoever wants everything", notify: false, ground: "no incident" };
    case "opened":
    case "worsened": {
      const isOutage = change.incident.severity === "outage";
      if (isOutage ? policy.issues : policy.degraded) {
        return { who: "everyone", notify: true, ground: "announced" };
      }
      const ground = isOutage ? "ALERT_ON_ISSUES is off" : "ALERT_ON_DEGRADED is off";
      return { who: "alerted", notify: false, ground };
    }
    case "eased":
    case "updated":
      return { who: "alerted", notify: false, ground: "an edit is enough" };
    case "closed":
      return {
        who: "alerted",
        notify: policy.recovery,
        ground: policy.recovery ? "announced" : "ALERT_ON_RECOVERY is off",
      };
  }
}
