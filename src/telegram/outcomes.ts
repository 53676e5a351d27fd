import type { Outcome } from "../domain/delivery.ts";
import { reasonOf } from "./reason.ts";
import { refusalOf } from "./refusals.ts";

/**
 * The outcome of a delivery for an error of its call, by the meaning that {@linkcode refusalOf}
 * gives.
 */
export function outcomeOf(error: unknown, redact: (text: string) => string): Outcome {
  const text = reasonOf(error, redact);
  const refusal = refusalOf(error);
  switch (refusal.means) {
    case "later":
      return { kind: "retry after", seconds: refusal.seconds };
    case "chat moved":
      return { kind: "chat moved", to: refusal.to, error: `${text}; new id ${refusal.to}` };
    case "chat unreachable":
      return { kind: "chat unreachable", why: refusal.why, error: text };
    case "no files":
      return { kind: "chat unreachable", why: "may not write", error: text };
    case "topic gone":
      return { kind: "topic gone", error: text };
    case "uncertain":
      return { kind: "uncertain", error: text };
    default:
      return { kind: "rejected", error: text };
  }
}
