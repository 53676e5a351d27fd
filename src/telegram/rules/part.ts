/** The screens of a rule, by the argument of the button that opens them. */
export const PARTS = [
  "regions",
  "level",
  "components",
  "night",
  "zones",
  "portals",
  "link",
] as const;
export type Part = (typeof PARTS)[number];
