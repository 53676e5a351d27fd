import { type Rule, USUAL } from "../../src/domain/rule.ts";

/** A chat of the schedule that hears the alerts. */
export interface CastChat {
  readonly id: number;
  readonly kind: "private" | "group" | "supergroup" | "forum";
  /** Named in the settings rather than subscribed; a forum subscribes one of its topics. */
  readonly isConfigured: boolean;
  /** Of its own; null for what every chat hears. */
  readonly rule: Rule | null;
}

/**
 * Rules by which a chat hears of all that happens in a schedule, some of it without a sound: what is
 * promised to everybody is promised to these, too, and decided for them in another way.
 */
const RULES: readonly Rule[] = [
  { ...USUAL, level: "everything" },
  { ...USUAL, regions: ["qa", "qb", "qc", "qd", "qe", "qz"] },
  {
    ...USUAL,
    level: "everything",
    quiet: { from: 0, to: 24 * 60 - 1, zone: "UTC", night: "silent" },
  },
];

/** Who is a member of every group and asks there. */
export const MEMBER = 1101;

/** People who hear no alerts, and ask, press and flood. */
export const STRANGERS = Array.from({ length: 24 }, (_, index) => 8001 + index);

const FIRST_PRIVATE = 2001;
const SUPERGROUP_OF = -1_000_000;

/** The recipients of a schedule: so many private chats, and some groups of every kind. */
export function castOf(privateChats: number): CastChat[] {
  const privates = Array.from({ length: privateChats }, (_, index) => FIRST_PRIVATE + index)
    .map((id) => chat(id, "private"));
  return [
    ...privates,
    { ...chat(-1001, "supergroup"), isConfigured: true },
    { ...chat(-1003, "group"), isConfigured: true },
    chat(-2001, "group"),
    chat(-2002, "group"),
    chat(-2003, "supergroup"),
    chat(-3001, "forum"),
    chat(-3002, "forum"),
  ];
}

/** The id under which a group is a supergroup. */
export function supergroupOf(groupId: number): number {
  return SUPERGROUP_OF + groupId;
}

function chat(id: number, kind: CastChat["kind"]): CastChat {
  // Every other one, by its id: the same in each schedule.
  const rule = id % 2 === 0 ? null : RULES[Math.abs(id) % RULES.length] ?? null;
  return { id, kind, isConfigured: false, rule };
}
