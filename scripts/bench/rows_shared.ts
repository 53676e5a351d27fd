import type { Bench } from "./bench.ts";
import type { Runnable } from "./compiled.ts";
import { prepare, subscribe } from "./database.ts";
import { Program } from "./program.ts";
import { tell } from "./rows_told.ts";
import { FIRST_CHAT } from "./scenes.ts";
import { StandIns } from "./stand_ins_client.ts";
import { quantile, type Row } from "./table.ts";

const CHATS = 1_000;
const CROWD = { askers: 20, everyMs: 3_000, command: "/status", pressers: 4 };
/** As long as telling all of them takes without a crowd, or about that. */
const ALONE_MS = 35_000;

/** Telegram's limits shared by an outage that is told to many and a crowd that asks meanwhile. */
export async function shared({ compiled: { product } }: Bench): Promise<Row[]> {
  const alone = await tell(product, { chats: CHATS, ms: ALONE_MS, hasLimits: true });
  const quiet = await share(product, false);
  const both = await share(product, true);
  const crowd =
    `${CROWD.askers} people ask ${CROWD.command} every ${CROWD.everyMs / 1_000} s and ` +
    `${CROWD.pressers} press buttons without end`;
  return [{
    name: "broadcast while people ask",
    about: `${CHATS} chats told while ${crowd}, ${both.refused} refused; the same without them`,
    unit: "a second",
    figure: both.rate,
    yardstick: alone.rate,
    target: { atLeast: 0.5 },
  }, {
    name: "answers while all are told, p99",
    about: `these ${CROWD.askers} people; the same while nobody is told anything`,
    unit: "ms",
    figure: quantile(both.waits, 0.99),
    yardstick: quantile(quiet.waits, 0.99),
    target: { atMost: 1.5 },
  }];
}

async function share(it: Runnable, hasOutage: boolean) {
  await using standIns = await StandIns.start({ hasLimits: true });
  await standIns.play("meet", { chats: CHATS });
  await using database = await prepare((it) => subscribe(it, FIRST_CHAT, CHATS));
  await using _program = new Program(it, {
    folder: database.folder,
    env: { ...standIns.env, CHECK_INTERVAL: "1" },
  });
  await standIns.play("polled", {});
  return await standIns.play("share", { chats: CHATS, ms: ALONE_MS, hasOutage, crowd: CROWD });
}
