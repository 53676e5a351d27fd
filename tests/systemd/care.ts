import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { GROUP, TOKEN } from "../world.ts";
import { test } from "./setup.ts";

const DATABASE = "/var/lib/bitrix24-bot/bot.db";
const COPIES = "/var/lib/bitrix24-bot-backup";

test("each night there is a sound copy, where the bot cannot write; thirty are kept", async (server) => {
  assertEquals(await server.sh("systemctl is-active bitrix24-bot-backup.timer"), "active");
  assertMatch(
    await server.machine.show("bitrix24-bot-backup.timer", "NextElapseUSecRealtime"),
    /\d/,
  );
  const old = Array.from(
    { length: 30 },
    (_, day) => `bot-2020-01-${String(day + 1).padStart(2, "0")}T03-30-00Z.db`,
  );
  await server.sh("systemctl start bitrix24-bot-backup.service");
  await server.sh(
    `cd ${COPIES} && touch ${old.join(" ")} bot-2020-01-01T03-30-00Z.db.partial notes.txt`,
  );
  await server.sh("rm -f /var/lib/bitrix24-bot-backup/bot-202[1-9]*");
  for (const running of [true, false]) {
    if (!running) await server.sh("systemctl stop bitrix24-bot");
    await server.sh("systemctl start bitrix24-bot-backup.service");
    const [newest = ""] = (await server.sh(`ls -r ${COPIES}/bot-*.db`)).split("\n");
    assert(!newest.includes("2020"), newest);
    assertEquals(await server.sh(`sqlite3 ${newest} "PRAGMA integrity_check"`), "ok");
    const rows = (file: string) =>
      server.sh(`sqlite3 -cmd '.timeout 5000' ${file} "SELECT * FROM incidents, subscribers"`);
    assertEquals(await rows(newest), await rows(DATABASE));
    assertEquals(await server.sh(`stat -c %a ${newest}`), "600");
    // The next one may be made in the same second.
    if (running) await server.sh(`rm ${newest}`);
  }
  const left = (await server.sh(`ls ${COPIES}`)).split("\n");
  assertEquals(left.length, 31, left.join(" "));
  assertEquals([left[0], left.at(-1)], [old[1], "notes.txt"]);

  await server.sh("systemctl start bitrix24-bot");
  const inside = `nsenter -t ${await server.show("MainPID")} -m --`;
  const touched = await server.sh(`${inside} touch ${COPIES}/mine 2>&1 || true`);
  // Not even seen from there: systemd shows a unit of its other folders nothing.
  assertStringIncludes(touched, "No such file or directory");
});

test("the token can be a credential; a second one elsewhere is refused in a sentence", async (server) => {
  await server.type("settings=");
  assertEquals(await server.state(), "active running success 0");
  await server.untilStatus(/Telegram answers$/);
  const environment = await server.sh(
    `tr '\\0' '\\n' < /proc/${await server.show("MainPID")}/environ`,
  );
  assert(!environment.includes(TOKEN), "the token is in the environment");
  assertMatch(environment, /^BOT_TOKEN_FILE=.*\/bot_token$/m);
  assertEquals(await server.sh("stat -c %a /etc/bitrix24-bot/bot_token"), "600");
  await server.paste("settings=");
  assertEquals(await server.sh("cat /etc/bitrix24-bot/bot_token"), TOKEN);

  const from = server.journal.lines.length;
  await server.change("", `BOT_TOKEN=${TOKEN}\n`);
  await assertRejects(() => server.sh("systemctl restart bitrix24-bot"));
  assertEquals(await server.state(), "failed failed exit-code 78");
  await server.journal.until("is set together with BOT_TOKEN; keep only one", from);
  await server.restore();
  await server.sh("systemctl start bitrix24-bot");
});

test("an upgrade as the README has it, and the way back, also from a newer database", async (server) => {
  const inode = "stat -c %i /usr/local/bin/bitrix24-bot";
  const [before, pid] = [await server.sh(inode), await server.show("MainPID")];
  await server.type("systemctl start bitrix24-bot-backup");
  const [copy = ""] = (await server.sh(`ls -r ${COPIES} | grep bot-`)).split("\n");
  assert(before !== await server.sh(inode), "it is the old file");
  assert(pid !== await server.show("MainPID"), "it is the old process");
  await server.untilStatus(/Telegram answers$/);

  // What a newer version would leave behind.
  const newer = "PRAGMA user_version = 999; DELETE FROM subscribers;";
  await server.sh(`systemctl stop bitrix24-bot && sqlite3 ${DATABASE} "${newer}"`);
  const from = server.journal.lines.length;
  const back = "install -m 755 /usr/local/bin/bitrix24-bot.old";
  await assertRejects(() => server.type(back));
  await server.journal.until("The database was written by a newer version of the bot", from);
  assertStringIncludes(
    await server.show("StatusText"),
    "Cannot start: The database was written by",
  );
  // The time that a reader forgets to put in.
  assertStringIncludes(await server.paste("copy="), "bot-<time>.db");
  const kept = "ls -d /var/lib/bitrix24-bot/bot.db /var/lib/bitrix24-bot/newer 2>/dev/null || true";
  assertEquals(await server.sh(kept), DATABASE);
  assertEquals(await server.sh(`sqlite3 ${DATABASE} "PRAGMA user_version"`), "999");
  await server.type("copy=", (it) => it.replace("bot-<time>.db", copy));
  assertEquals(await server.state(), "active running success 0");
  const left = await server.sh(
    `sqlite3 -cmd '.timeout 5000' ${DATABASE} "SELECT COUNT(*) FROM subscribers"`,
  );
  assert(Number(left) > 40, left);
});

test("after a reboot it is back by itself, and announces nothing that was known", async (server) => {
  const from = server.journal.lines.length;
  await server.reboot();
  // Telegram is not there yet; that keeps the start from nothing.
  assertEquals(await server.state(), "active running success 0");
  await server.untilStatus(/Telegram unreachable/);
  await server.journal.until("Open incident recalled", from);
  server.startStandIns();
  await server.outage(5_002);
  await server.untilStatus(/^Watching ru: outage; Telegram answers$/);
  await server.checks(5);
  const before = await server.standIns.do(
    ({ telegram }, GROUP) => telegram.messages(GROUP).length,
    GROUP,
  );
  assertEquals(before, 0, "the restart was announced");
  await server.standIns.do(({ bitrix24 }) => bitrix24.well("ru"));
  await server.heard(GROUP, "снова работает");
});

test("the journal tells it all, and no token", async (server) => {
  const journal = await server.sh("journalctl --no-pager -o cat");
  for (const line of ["INFO main Starting", "Change kind=opened", "INFO app Stopped"]) {
    assertStringIncludes(journal, line);
  }
  const secret = TOKEN.slice(TOKEN.indexOf(":") + 1);
  const kept = `journalctl --no-pager --all -o export; systemctl status --no-pager bitrix24-bot;
    systemctl show bitrix24-bot bitrix24-bot-backup; cat /var/lib/bitrix24-bot/bot.log*`;
  assertEquals(await server.sh(`{ ${kept}; } | grep -ac -- '${secret}' || true`), "0");
});

test("the predecessor's database is taken over as the README has it, by the service's own user", async (server) => {
  await server.sh(`mkdir -p /opt/old-bot/data && sqlite3 /opt/old-bot/data/bot.db "
    CREATE TABLE subscribers (chat_id INTEGER PRIMARY KEY, subscribed_at TEXT);
    INSERT INTO subscribers VALUES (770077, '2026-01-01 00:00:00');"`);
  // In a folder of root's own: where the program is run without systemd.
  assertMatch(await server.type("bitrix24-bot import"), /1/);
  assertMatch(await server.type("/usr/local/bin/bitrix24-bot import"), /1/);
  const taken =
    `sqlite3 -cmd '.timeout 5000' ${DATABASE} "SELECT COUNT(*) FROM subscribers WHERE chat_id = 770077"`;
  assertEquals(await server.sh(taken), "1");
  const owners = await server.sh(
    `stat -Lc %u ${DATABASE} /var/lib/bitrix24-bot/. | sort -u | wc -l`,
  );
  assertEquals(owners, "1");
  assertEquals(await server.sh("stat -L -c %a /var/lib/bitrix24-bot"), "700");
  assertEquals(await server.state(), "active running success 0");
});
