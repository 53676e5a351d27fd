import type { Portal } from "../../domain/portal.ts";
import type { BotDeps } from "../action_contract.ts";
import { blocks, code, cutText, lines, type Rich, rich } from "../rich.ts";
import type { ActionButton, Keyboard } from "../screen.ts";

const MAX_LABEL = 40;

/** The portals of a chat, with buttons to remove each. */
export function portalsScreen(
  { voice: { texts: { rules, watch } }, settings }: BotDeps,
  portals: readonly Portal[],
): { hint: Rich; keyboard: Keyboard } {
  const where = ({ region }: Portal) =>
    region === null ? rules.portals.unknown : rules.portals.of(region) +
      (settings.regions.includes(region) ? "" : rules.portals.isUnwatched);
  return {
    hint: blocks(
      portals.length === 0 ? rules.portals.none : lines(
        ...portals.map((it) =>
          rich(code(it.address), where(it), it.isWatched ? watch.isWatched : "")
        ),
      ),
      rules.portals.add,
    ),
    keyboard: portals.map(({ address, region, addedAt, isWatched }): ActionButton[] => [
      {
        label: rules.portals.drop(cutText(address, MAX_LABEL)),
        action: "portal_drop",
        argument: String(addedAt),
      },
      ...(region === null
        ? [{ label: rules.portals.choose, action: "portal_is", argument: String(addedAt) } as const]
        : []),
      ...(isWatched || (region !== null && settings.regions.includes(region))
        ? [
          {
            label: (isWatched ? rules.on : rules.off)(watch.button),
            action: "portal_watch",
            argument: `${addedAt}:${isWatched ? "off" : "on"}`,
          } as const,
        ]
        : []),
    ]),
  };
}
