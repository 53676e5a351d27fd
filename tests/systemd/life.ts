import { assert, assertEquals } from "../assert.ts";
import { GROUP } from "../world.ts";
import { test } from "./setup.ts";

const ALERT = "Сбой Bitrix24";

test("a stop under load is clean within ten seconds, and what was owed is sent afterwards", async (server) => {
  const people = Array.from({ length: 40 }, (_, n) => 5_000 + n);
  await server.standIns.do(async ({ telegram }, people) => {
    for (const id of people) {
      telegram.addUser({ id, first_name: `N${id}` });
      telegram.say(id, id, "/start");
    }
    const isAnswered = (id: number) =>
      telegram.messages(id).some((it) => it.from?.id === telegram.bot.id);
    await telegram.until(() => people.every(isAnswered), "all answers", 60_000);
  }, people);
  await server.change("TimeoutStopSec=10");
  await server.standIns.do(({ telegram, bitrix24 }) => {
    let count = 0;
    telegram.fault = (method) => {
      if (method !== "sendmessage") return undefined;
      return count++ % 2 ? { kind: "delay", ms: 300 } : { kind: "hang" };
    };
    bitrix24.fault("json", { kind: "delay", ms: 1_000 });
  });
  await server.outage(5_001);
  await server.standIns.do(async ({ telegram }, people) => {
    // Every other one hangs; that some were sent shows that the alert is being told.
    const isTold = (id: number) =>
      telegram.messages(id).some((it) =>
        it.from?.id === telegram.bot.id && it.text?.includes("Сбой Bitrix24")
      );
    await telegram.until(() => people.some(isTold), "the alert", 60_000);
    for (const id of people) telegram.say(id, id, "/status");
  }, people);
  const from = server.journal.lines.length;
  await server.sh("systemctl stop bitrix24-bot");
  assertEquals(await server.state(), "inactive dead success 0");
  await server.journal.until("INFO app Stopped", from);
  await server.restore();

  await server.standIns.do(({ telegram, bitrix24 }) => {
    telegram.fault = undefined;
    bitrix24.fault("json", undefined);
  });
  await server.sh("systemctl start bitrix24-bot");
  for (const chat of [GROUP, ...people]) await server.heard(chat, ALERT);
  const counts = await Promise.all([GROUP, ...people].map((chat) => server.count(chat, ALERT)));
  assert(counts.every((it) => it <= 2), counts.join(" "));
  await server.standIns.do(({ bitrix24 }) => bitrix24.well("ru"));
  await server.heard(GROUP, "снова работает");
});

test("after kill -9 it is back by itself, and what was owed arrives once", async (server) => {
  const from = server.journal.lines.length;
  await server.standIns.do(({ telegram }) => {
    telegram.fault = (method) => method === "sendmessage" ? { kind: "hang" } : undefined;
  });
  await server.outage(5_002);
  await server.journal.until("Change kind=opened", from);
  const pid = await server.show("MainPID");
  await server.sh(`kill -KILL ${pid}`);
  await server.journal.until("Scheduled restart job", from);
  await server.standIns.do(({ telegram }) => void (telegram.fault = undefined));
  await server.heard(GROUP, "CRM (5002)");
  await server.checks(3);
  assertEquals(await server.count(GROUP, "CRM (5002)"), 1);
  assertEquals(await server.state(), "active running success 0");
  assert(pid !== await server.show("MainPID"));
  assertEquals(await server.show("NRestarts"), "1");
});

test("the watchdog lets a bot live that works, and bites one that was stopped", async (server) => {
  // No less: for two seconds a busy machine may let nobody work.
  await server.change("WatchdogSec=5");
  await server.sh("systemctl restart bitrix24-bot");
  await server.checks(7);
  assertEquals(await server.show("NRestarts"), "0");
  const from = server.journal.lines.length;
  await server.sh(`kill -STOP ${await server.show("MainPID")}`);
  await server.journal.until("Watchdog timeout", from);
  await server.journal.until("Failed with result 'watchdog'", from);
  await server.journal.until("INFO app Started", from);
  await server.checks(3);
  assertEquals(await server.show("NRestarts"), "1");
  await server.restore();
});

test("without a network it starts, says why it hears nothing, and works when there is one", async (server) => {
  await server.network(false);
  await server.sh("systemctl restart bitrix24-bot");
  assertEquals(await server.state(), "active running success 0");
  await server.untilStatus(/Telegram unreachable: .*telegram\.test/);
  await server.network(true);
  await server.untilStatus(/Telegram answers$/);

  await server.change("", "TELEGRAM_API_ROOT=http://192.0.2.1\n");
  await server.sh("systemctl restart bitrix24-bot");
  await server.untilStatus(/Telegram unreachable: .*(unreachable|refused)/i);
  await server.restore();
});
