// Commands, buttons and alerts: how long people wait.
import { Database } from "../../src/store/database.ts";
import type { Programs } from "./build.ts";
import { ask, Crowd, p50, p99, press } from "./crowd.ts";
import { median, type Running, sleep, Stage, TOKEN } from "./stage.ts";
import type { Row } from "./table.ts";

const CHATS = 200;
/** As far away as Telegram's servers are. */
const FAR_MS = 60;

/** Commands, buttons, and both again with Telegram far away. */
export async function waiting(programs: Programs, deeds: number, repeats: number): Promise<Row[]> {
  const near = await compare(programs, { deeds, repeats, delayMs: 0 });
  const far = await compare(programs, { deeds, repeats, delayMs: FAR_MS });
  const row = (
    name: string,
    { ours, bare }: { ours: number; bare: number },
    value: number,
    how: string,
  ): Row => ({
    name,
    figure: `${ours.toFixed(1)} ms`,
    yardstick: `${bare.toFixed(1)} ms`,
    ratio: ours / bare,
    target: { is: "at most", value },
    how,
  });
  const crowd = `${CHATS} chats at once, each again when answered; ${deeds} times, medians of ` +
    `${repeats}; a bare bot with runner that answers a constant`;
  const distant = `the same with ${FAR_MS} ms added to every answer of Telegram`;
  return [
    row("command answered, p50", near.command.p50, 1.5, crowd),
    row("command answered, p99", near.command.p99, 1.5, "the same"),
    row("button pressed to message edited, p99", near.button.p99, 1.5, "the same"),
    row("command answered from afar, p50", far.command.p50, 1.2, distant),
    row("command answered from afar, p99", far.command.p99, 1.2, "the same"),
    row("button pressed to message edited from afar, p99", far.button.p99, 1.2, "the same"),
  ];
}

async function compare(
  { unlimited, yardstick }: Programs,
  { deeds, repeats, delayMs }: { deeds: number; repeats: number; delayMs: number },
) {
  const measured = {
    ours: { command: [] as number[][], button: [] as number[][] },
    bare: { command: [] as number[][], button: [] as number[][] },
  };
  for (let round = 0; round < repeats; round++) {
    for (const who of ["ours", "bare"] as const) {
      await using stage = new Stage();
      const { telegram } = stage;
      if (delayMs > 0) {
        telegram.fault = (method) =>
          method === "getupdates" ? undefined : { kind: "delay", ms: delayMs };
      }
      const crowd = new Crowd(telegram, CHATS);
      await stage.start(who === "ours" ? unlimited : yardstick, {
        args: who === "ours" ? [] : ["constant"],
      });
      await telegram.until(() => telegram.isPolled, "the first poll", 30_000);
      // Everybody is known, and everything compiled.
      await crowd.each(2 * CHATS, ask("/start"));
      measured[who].command.push(await crowd.each(deeds, ask("/status")));
      await crowd.each(CHATS, ask("/menu"));
      measured[who].button.push(await crowd.each(deeds, press(/Меню/, /Статус/)));
    }
  }
  const of = (what: "command" | "button", quantile: (times: readonly number[]) => number) => ({
    ours: median(measured.ours[what].map(quantile)),
    bare: median(measured.bare[what].map(quantile)),
  });
  return {
    command: { p50: of("command", p50), p99: of("command", p99) },
    button: { p50: of("button", p50), p99: of("button", p99) },
  };
}

/** From the answer of the feed that carried the news to the first message. */
export async function news({ bot, yardstick }: Programs, outages: number): Promise<Row> {
  const times = { ours: [] as number[], bare: [] as number[] };
  const chat = 5_000;
  for (const who of ["ours", "bare"] as const) {
    await using stage = new Stage();
    const { telegram, bitrix24 } = stage;
    telegram.addUser({ id: chat, first_name: "Анна" });
    telegram.say(chat, chat, "/start");
    bitrix24.well("ru");
    await stage.start(who === "ours" ? bot : yardstick, {
      args: who === "ours" ? [] : ["sequence"],
      env: {
        ADMIN_CHAT_ID: String(chat),
        CHECK_INTERVAL: "1",
        PAUSE_MS: "1000",
        CHAT: String(chat),
      },
    });
    await sleep(4_000);
    let isNews = false;
    let askedAt = 0;
    bitrix24.onAnswer(({ request }) => {
      if (!isNews || request.path !== "/json_status.php" || askedAt > 0) return;
      askedAt = performance.now();
    });
    for (let round = 0; round < outages; round++) {
      const told = new Promise<number>((resolve) => {
        const stop = telegram.onEvent((event) => {
          if (event.kind !== "sent" || event.by !== "bot" || askedAt === 0) return;
          stop();
          resolve(performance.now() - askedAt);
        });
      });
      askedAt = 0;
      isNews = true;
      bitrix24.outage("ru", `Недоступна CRM (${round}).`);
      times[who].push(await told);
      isNews = false;
      bitrix24.well("ru");
      await sleep(3_500);
    }
  }
  const [ours, bare] = [median(times.ours), median(times.bare)];
  return {
    name: "news in the feed to the first message",
    figure: `${ours.toFixed(1)} ms`,
    yardstick: `${bare.toFixed(1)} ms`,
    ratio: ours / bare,
    target: { is: "at most", value: 1.5 },
    how: `from the answer that carried it; ${outages} outages; bare fetch, then sendMessage`,
  };
}

/** An outage told to so many chats under Telegram's limit; it takes a while. */
export async function fanOutWithin({ bot }: Programs, chats: number): Promise<Row> {
  await using stage = new Stage({ limits: true });
  const { perSecond } = await fanOut(stage, bot, chats);
  const violations = stage.telegram.violations.length;
  return {
    name: `fan-out to ${chats} chats under Telegram's limit`,
    figure: `${perSecond.toFixed(1)} a second`,
    yardstick: "30 a second",
    ratio: perSecond / 30,
    target: { is: "at least", value: 0.95 },
    how: `from the first message to the last; ${violations} refused`,
  };
}

export async function fanOutFree(
  { unlimited, yardstick }: Programs,
  chats: number,
  atOnce: number,
): Promise<Row> {
  const rates = { ours: [] as number[], bare: [] as number[] };
  for (let round = 0; round < 3; round++) {
    await using stage = new Stage();
    rates.ours.push((await fanOut(stage, unlimited, chats)).perSecond);
    await using other = new Stage();
    rates.bare.push(await bareFanOut(other, yardstick, chats, atOnce));
  }
  const [ours, bare] = [median(rates.ours), median(rates.bare)];
  return {
    name: `fan-out to ${chats} chats, no limit`,
    figure: `${ours.toFixed(0)} a second`,
    yardstick: `${bare.toFixed(0)} a second`,
    ratio: ours / bare,
    target: { is: "at least", value: 0.7 },
    how: `bare sendMessage, ${atOnce} at once as well; medians of 3`,
  };
}

async function fanOut(
  stage: Stage,
  program: string,
  count: number,
): Promise<{ perSecond: number }> {
  const { telegram, bitrix24 } = stage;
  const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-bench-" });
  try {
    const chats = await populate(stage, count);
    await subscribe(folder, chats);
    const running = await stage.start(program, { folder, env: { CHECK_INTERVAL: "1" } });
    await running.live();
    await sleep(3_000);
    const rate = rateOf(stage, count);
    bitrix24.outage("ru", "Недоступна CRM.");
    const perSecond = await rate;
    await running.end();
    return { perSecond };
  } finally {
    telegram.away(false);
    await Deno.remove(folder, { recursive: true });
  }
}

async function bareFanOut(
  stage: Stage,
  program: string,
  count: number,
  atOnce: number,
): Promise<number> {
  const chats = await populate(stage, count);
  const rate = rateOf(stage, count);
  const running: Running = await stage.start(program, {
    args: ["fanOut"],
    env: { FIRST_CHAT: String(chats[0]), CHATS: String(count), AT_ONCE: String(atOnce) },
  });
  const perSecond = await rate;
  await running.end();
  return perSecond;
}

/** Chats that have written to the bot once, with nothing left to be answered. */
async function populate({ telegram }: Stage, count: number): Promise<number[]> {
  const chats = Array.from({ length: count }, (_, index) => 100_000 + index);
  for (const id of chats) {
    telegram.addUser({ id, first_name: "Анна" });
    telegram.say(id, id, "привет");
  }
  const drop = `${telegram.apiRoot}/bot${TOKEN}/deleteWebhook?drop_pending_updates=true`;
  await (await fetch(drop)).text();
  return chats;
}

/** A database in which these chats are subscribers. */
async function subscribe(folder: string, chats: readonly number[]): Promise<void> {
  await Deno.mkdir(`${folder}/data`);
  const database = await Database.open({ url: `file:${folder}/data/bot.db` });
  await database.write((connection) =>
    connection.rows(
      `INSERT INTO subscribers (chat_id) SELECT value FROM json_each(?)`,
      [JSON.stringify(chats)],
    )
  );
  await database.close();
}

/** Messages a second, from the first to the last of so many. */
function rateOf({ telegram }: Stage, count: number): Promise<number> {
  let told = 0;
  let firstAt = 0;
  return new Promise((resolve) => {
    const stop = telegram.onEvent((event) => {
      if (event.kind !== "sent" || event.by !== "bot") return;
      if (told++ === 0) firstAt = performance.now();
      if (told < count) return;
      stop();
      resolve((count - 1) / (performance.now() - firstAt) * 1_000);
    });
  });
}
