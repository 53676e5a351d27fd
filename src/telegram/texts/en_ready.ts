import type { Texts } from "./ru.ts";

export const ready: Texts["ready"] = {
  title: "📋 What to tell people",
  labels: {
    colleagues: "👥 To colleagues",
    clients: "🤝 To clients",
    support: "🛟 To support",
    over: "✅ Works again",
  },
  lasting: {
    colleagues: `Bitrix24 reports: {what} ({regions}).
Affected: {components}.
Began: {since}.
Status: {page}`,
    clients: `Hello! Bitrix24, a service that we work with, reports: {what}. \
Our answers may take longer than usual.
Began: {since}.`,
    support: `Bitrix24 {regions}: {what}
from {since}
{components}
Portal {portal}
{answer}`,
  },
  doubtful: {
    colleagues: `Bitrix24 had reported: {what} ({regions}).
Began: {since}.
{now}
Status: {page}`,
    clients: `Hello! Bitrix24, a service that we work with, had reported: {what}.
Began: {since}.
{now}`,
    support: `Bitrix24 {regions}: {what}
from {since}
{now}
Portal {portal}
{answer}`,
  },
  over: `Bitrix24 works again ({regions}).
Was affected: {components}.
Began: {since}.
Ended: {until}.
Duration: {duration}.`,
  what: { outage: "outage", degraded: "delays" },
  now: {
    unreadable: "At present its status cannot be read.",
    recovering: "The last check found it well; not yet confirmed.",
    over: (until) => `Over since ${until}.`,
  },
  notOver: {
    unreadable:
      "No text that it works again: the incident is closed, but the status cannot be read at present.",
    bad: "No text that it works again: the last check sees trouble there once more.",
  },
  more: (left) => `and ${left} more`,
  noRegion: "no region given",
  hint: "A button copies the whole text.",
};
