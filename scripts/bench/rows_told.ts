import type { Bench } from "./bench.ts";
import type { Runnable } from "./compiled.ts";
import { prepare, rule, subscribe } from "./database.ts";
import { Program } from "./program.ts";
import { FIRST_CHAT } from "./scenes.ts";
import { StandIns } from "./stand_ins_client.ts";
import { median, type Row } from "./table.ts";

const CHATS = 10_000;
const SHORT_CHATS = 1_000;
/** Telegram's (core.telegram.org/bots/faq). */
const LIMIT_PER_SECOND = 30;
/** All of them would take six minutes, and the rate stays what it is. */
const LIMITED_MS = 30_000;
/** All of them, where that takes no longer. */
const FREE_MS = 15_000;
/** As many as the product has under way at most. */
const CONCURRENCY = 500;
const REPEATS = 2;

/** An outage told to very many chats: at Telegram's pace, and as fast as it goes. */
export async function told({ compiled, isShort }: Bench): Promise<Row[]> {
  const chats = isShort ? SHORT_CHATS : CHATS;
  const free: number[] = [];
  const bare: number[] = [];
  for (let repeat = 0; repeat < (isShort ? 1 : REPEATS); repeat++) {
    const { rate } = await tell(compiled.variant, { chats, ms: FREE_MS, env: { UNLIMITED: "1" } });
    free.push(rate);
    bare.push(await bareRate(compiled.bare, chats));
  }
  const floor = isShort ? undefined : await bareRate(compiled.floor, chats);
  const rows: Row[] = [{
    name: "broadcast without a limit",
    about:
      `${chats} chats told of an outage; grammY's sendMessage to as many, ${CONCURRENCY} at once`,
    unit: "a second",
    figure: median(free),
    yardstick: median(bare),
    floor,
    target: { atLeast: isShort ? 0.03 : 0.7 },
  }];
  if (isShort) return rows;
  const limited = await tell(compiled.product, { chats, ms: LIMITED_MS, hasLimits: true });
  return [{
    name: "broadcast under Telegram's limit",
    about: `the first ${
      LIMITED_MS / 1_000
    } s of ${chats} chats, ${limited.refused} refused; ${LIMIT_PER_SECOND} a second are the limit`,
    unit: "a second",
    figure: limited.rate,
    yardstick: LIMIT_PER_SECOND,
    target: { atLeast: 0.95 },
  }, ...rows];
}

/** The product tells subscribers of an outage. */
export async function tell(
  it: Runnable,
  { chats, ruled = 0, ms, env = {}, hasLimits = false }: {
    chats: number;
    /** So many of them have rules of their own. */
    ruled?: number;
    ms?: number;
    env?: Readonly<Record<string, string>>;
    hasLimits?: boolean;
  },
) {
  await using standIns = await StandIns.start({ hasLimits });
  await standIns.play("meet", { chats });
  await using database = await prepare(async (it) => {
    await subscribe(it, FIRST_CHAT, chats);
    await rule(it, FIRST_CHAT, ruled);
  });
  await using program = new Program(it, {
    folder: database.folder,
    env: { ...standIns.env, CHECK_INTERVAL: "1", ...env },
  });
  await standIns.play("polled", {});
  const memory = program.memoryMiB();
  const result = await standIns.play("tell", {
    chats,
    hasOutage: true,
    ...(ms === undefined ? {} : { ms }),
  });
  return { ...result, idleMiB: memory, peakMiB: program.memoryMiB("VmHWM") };
}

const RULED = { chats: 100_000, ms: 3_000, hasLimits: true };

/** What it costs that a tenth of the chats have rules of their own. */
export async function ruled({ compiled: { product } }: Bench): Promise<Row[]> {
  const plain = await tell(product, RULED);
  const it = await tell(product, { ...RULED, ruled: RULED.chats / 10 });
  const about = `an outage read by ${RULED.chats} chats, a tenth with thousands of rules`;
  return [{
    name: "first of many told, some by rules",
    about: `${about}; the same without rules`,
    unit: "ms",
    figure: it.firstMs,
    yardstick: plain.firstMs,
    target: { atMost: 1.5 },
  }, {
    name: "memory for rules",
    about: `${about}; peak of resident memory above the same without rules`,
    unit: "MiB",
    figure: it.peakMiB - plain.peakMiB,
    yardstick: null,
    target: { atMost: 32 },
  }];
}

async function bareRate(it: Runnable, chats: number): Promise<number> {
  await using standIns = await StandIns.start();
  await standIns.play("meet", { chats });
  const telling = standIns.play("tell", { chats, ms: FREE_MS, hasOutage: false });
  await using _program = new Program(it, {
    env: {
      ...standIns.env,
      CHATS: String(chats),
      FIRST_CHAT: String(FIRST_CHAT),
      CONCURRENCY: String(CONCURRENCY),
    },
  });
  return (await telling).rate;
}
