import { orElse } from "../time/pause.ts";
import { type Answer, type Asking, type BotDeps, show } from "./action_contract.ts";
import { DATABASE_PATIENCE_MS } from "./remembering.ts";
import { ruleFor } from "./rules/standing.ts";
import { historyScreen, incidentsScreen } from "./screens.ts";
import { statusScreen } from "./status_screen.ts";

/** Longest wait for a fresh status, in seconds. */
const MAX_PATIENCE = 10;
const RECENT_CLOSED = 5;
const OPEN_SHOWN = 20;
const HISTORY_LENGTH = 5;

/** The newest incidents: those of regions that the chat hears, and all others. */
async function sharesOf(deps: BotDeps, { chat }: Asking) {
  const { regions } = await ruleFor(deps, chat.id);
  const of = (are: "these" | "others") =>
    regions === null ? {} : { regions: { are, names: regions } };
  return { regions, own: of("these"), others: of("others") };
}

/** The answer to /incidents: open incidents, and those that ended lately. */
export async function incidents(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { store, voice } = deps;
  const { regions, own, others } = await sharesOf(deps, asking);
  const two = async (of: typeof own) => ({
    open: await store.incidents({ open: true, limit: OPEN_SHOWN, ...of }),
    closed: await store.incidents({ open: false, limit: RECENT_CLOSED, ...of }),
  });
  const rest = regions === null ? { open: [], closed: [] } : await two(others);
  return show(incidentsScreen(voice, {
    ...await two(own),
    regions,
    others: [...rest.open, ...rest.closed],
    now: deps.now(),
  }));
}

/** The answer to /history: the newest incidents. */
export async function history(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { store, voice } = deps;
  const { regions, own, others } = await sharesOf(deps, asking);
  return show(historyScreen(voice, {
    incidents: await store.incidents({ limit: HISTORY_LENGTH, ...own }),
    regions,
    others: regions === null ? [] : await store.incidents({ limit: HISTORY_LENGTH, ...others }),
    now: deps.now(),
  }));
}

/** The answer to /status: the present state of the regions. */
export async function status(deps: BotDeps, { chat }: Asking): Promise<Answer> {
  const { settings, monitor, store } = deps;
  const patienceSeconds = Math.min(settings.requestTimeoutSeconds, MAX_PATIENCE);
  const [views, manualIncidents, { regions }] = await Promise.all([
    monitor.freshViews({ patienceMs: patienceSeconds * 1000 }),
    // The status is answered even when the database cannot count the incidents that people entered.
    orElse(DATABASE_PATIENCE_MS, store.countManualOpen(), 0),
    ruleFor(deps, chat.id),
  ]);
  return show(statusScreen(deps.voice, {
    views,
    regions,
    manualIncidents,
    monitoringOn: monitor.isOn,
    patienceSeconds,
    thresholds: settings.thresholds,
    pageUrl: deps.pageUrl,
  }));
}
