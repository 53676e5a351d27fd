import type { Texts } from "./ru.ts";

const SUPPORT = "Bitrix24's support or your partner";
const YOURS = "Most likely the cause is on your side: network, browser, permissions. " +
  `If nobody can log in, write to ${SUPPORT}.`;
const SEND = `If you see the same, these facts can be sent to ${SUPPORT}:`;
const PAGE = "Whether an outage is announced is on the status page.";
const UNKNOWN = "Try the portal from your own device, and ask again in a few minutes.";

/** The answer to “Is it them or us?”. */
export const evidence: Texts["evidence"] = {
  button: "🔎 Is it them or us?",
  verdicts: {
    "outage": {
      bold: "🔴 It is Bitrix24.",
      more: " An outage is announced",
      next: "No need to write to support: they know.",
    },
    "delays": { bold: "🟠 Delays are announced" },
    "unreachable": {
      bold: "🟠 From here the portal does not answer, and Bitrix24 has reported no outage.",
      next: SEND,
    },
    "ill": {
      bold: "🟠 From here the portal answers with an error, and Bitrix24 has reported no outage.",
      next: SEND,
    },
    "fails, unreadable": {
      bold:
        "🟠 From here something is wrong with the portal, and Bitrix24's status cannot be read.",
      next: SEND,
    },
    "fails, unwatched": {
      bold:
        "🟠 From here something is wrong with the portal, and I do not watch the status of its region.",
      next: `${PAGE} ${SEND}`,
    },
    "fails, half": {
      bold:
        "⚪ From here the portal did not answer as it should, but my own link is in doubt as well.",
      next: `I draw no conclusion: the cause may be me. ${UNKNOWN}`,
    },
    "no link": { bold: "⚪ I cannot judge: my own link is cut off.", next: UNKNOWN },
    "none": {
      bold: "🔎 There is no portal at this address.",
      next: "Check the address: it is mistyped, or the portal was deleted. " +
        "Bitrix24 deletes free ones after 50 days without a login.",
    },
    "closed": {
      bold: "🔒 The public part of the portal was closed by its administrator.",
      next: "Its administrator can open it again.",
    },
    "renamed": { bold: "➡️ The portal was renamed.", next: "Open it at its new address." },
    "slow": {
      bold: "🟡 From here the portal answers slowly, and no outage is announced.",
      next: `Ask again in a few minutes. If it is slow for everybody, write to ${SUPPORT}.`,
    },
    "limits": {
      bold: "⚪ The portal answered, but refused my question.",
      next: "That is a limit of requests or of the plan, and no sign of an outage. " +
        `If nobody can log in, write to ${SUPPORT}.`,
    },
    "answers, unreadable": {
      bold: "❓ The portal answered, but Bitrix24's status cannot be read.",
      next:
        `I do not know whether an outage is announced. If nobody can log in, write to ${SUPPORT}.`,
    },
    "answers, unwatched": {
      bold: "❓ The portal answered, but I do not watch the status of its region.",
      next: `${PAGE} If nobody can log in, write to ${SUPPORT}.`,
    },
    "answers, half": {
      bold: "⚪ The portal answered, but I could check only half of my own link.",
      next: "So I draw no conclusion. Ask again in a minute.",
    },
    "unasked, unreadable": {
      bold:
        "❓ Nothing to say: Bitrix24's status cannot be read, and of the portal nothing is known.",
      next: UNKNOWN,
    },
    "unasked, unwatched": {
      bold:
        "❓ Nothing to say: I do not watch the status of the region, and of the portal nothing is known.",
      next: PAGE,
    },
    "unasked": { bold: "⚪ No outage is announced, but of the portal I can say nothing." },
    "alive, text": {
      bold: "✅ The portal answers",
      more: "; no outage is announced, but Bitrix24 has an announcement.",
      next: `It may be about your case. If not: ${YOURS[0]?.toLowerCase()}${YOURS.slice(1)}`,
    },
    "alive": { bold: "✅ The portal answers", more: "; no outage is announced.", next: YOURS },
  },
  portal: {
    alive: (seconds) => `answered in ${seconds} s`,
    slow: (seconds) => `answered in ${seconds} s, which is long`,
    renamed: () => "renamed to",
    none: () => "there is no portal at this address",
    closed: () => "its public part was closed by the administrator",
    ill: () => "answered with an error",
    "5xx": () => "answered with an error",
    timeout: () => "no answer",
    tls: () => "no secure connection",
    dns: () => "the name was not found",
    limits: () => "refused the question",
    unasked: () => "not asked",
  },
  unclear: "gave an unclear answer",
  details: { "its name cannot be resolved": "" },
  attempts: (bad) => `${bad} of ${bad}`,
  status: (of) => `status of ${of}`,
  statusUnknown: "the portal's region is not chosen: /portal",
  region: {
    well: "no outage announced",
    text: "no outage announced, there is an announcement",
    delays: "delays",
    outage: "outage",
    unreadable: "cannot be read",
    unwatched: "not watched",
  },
  works: "operational",
  link: {
    good: (vendor) => `my link: Telegram and ${vendor} answered`,
    half: (vendor) => `my link: Telegram answered, ${vendor} did not`,
    dead: (vendor) => `my link: neither Telegram nor ${vendor} answered`,
  },
  hints: {
    dns: "Check the address as well: there is no such name.",
    tls: "Open the portal in a browser: it says what is wrong with the certificate.",
  },
  whichPortal: "To check a portal: /check company.bitrix24.com",
  remember: (address) => `💾 Remember ${address}`,
  rememberBy: (address) => `To remember it: /portal ${address}`,
  remembered: "The new address is remembered.",
  full: "I remember ten portals at most. Remove one first: /portal",
  more: (left) => `…and ${left} more`,
  tooOften: "I check once in 5 seconds at most. Please ask again.",
  busy: "Many are checking at the moment. Ask again in half a minute.",
  type: "Type, for example, /check company.bitrix24.com",
};
