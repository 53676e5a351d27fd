import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { ANNA } from "../world.ts";
import { test } from "./setup.ts";

const DATABASE = "/var/lib/bitrix24-bot/bot.db";

test("the README's lines take it from a file to a running service", async (server) => {
  await server.type("systemctl enable --now");
  // The line returned, so the start was done, and Telegram had answered.
  assertEquals(await server.state(), "active running success 0");
  assertEquals(await server.show("NRestarts"), "0");
  await server.untilStatus(/^Watching ru: operational; Telegram answers$/);
  await server.journal.until("INFO app Started");
  const enabled = await server.sh("systemctl is-enabled bitrix24-bot bitrix24-bot-backup.timer");
  assertEquals(enabled, "enabled\nenabled");
  await server.standIns.do(({ telegram }, ANNA) => void telegram.say(ANNA, ANNA, "/start"), ANNA);
  await server.heard(ANNA, "Здравствуйте");
});

test("the doctor sees what the service sees, beside it and as its user", async (server) => {
  // Nobody but the administrator of the settings may be missing.
  const said = await server.type(
    "/usr/local/bin/bitrix24-bot doctor",
    (block) => `${block.trimEnd()} || true\n`,
  );
  const pid = await server.show("MainPID");
  assertMatch(said, new RegExp(`С базой данных сейчас работает бот: process ${pid} on `));
  assertMatch(said, /✅ Бот работает, 127\.0\.0\.1:8080 отвечает: ok/);
  assertMatch(said, /✅ Telegram \(.*токен принят/);
  assertMatch(said, /✅ Лог \/var\/lib\/bitrix24-bot\/bot\.log: писать можно/);
  assertEquals(await server.sh("stat -L -c %a /var/lib/bitrix24-bot"), "700");
  await server.untilStatus(/^Watching ru: operational; Telegram answers$/);
});

test("the README's lines, pasted once more, keep the settings", async (server) => {
  const settings = "cat /etc/bitrix24-bot/bitrix24-bot.env";
  const before = await server.sh(`echo LOG_LEVEL=INFO > /root/settings; ${settings}`);
  await server.paste("systemctl enable --now");
  assertEquals(await server.sh(settings), `${before}\nLOG_LEVEL=INFO`);
  await server.sh("sed -i '$d' /etc/bitrix24-bot/bitrix24-bot.env");
});

test("the units are sound, and give little to an attacker", async (server) => {
  const units = "/etc/systemd/system/bitrix24-bot*.service /etc/systemd/system/bitrix24-bot*.timer";
  assertEquals(await server.sh(`systemd-analyze verify ${units} 2>&1`), "");
  for (const unit of ["bitrix24-bot", "bitrix24-bot-backup"]) {
    const report = await server.sh(`systemd-analyze security --no-pager ${unit}.service`);
    const [, score] = /Overall exposure level for .*: ([\d.]+)/.exec(report) ?? [];
    assert(Number(score) <= 1.5, `${unit}: ${score}`);
  }
});

test("the data is the bot's alone, and of nobody who can log in", async (server) => {
  const owner = await server.sh(`stat -L -c %u /var/lib/bitrix24-bot`);
  // What systemd takes for users that come and go (systemd.exec(5), DynamicUser=).
  assert(Number(owner) >= 61_184 && Number(owner) <= 65_519, owner);
  assertEquals(await server.sh("stat -L -c %a /var/lib/bitrix24-bot"), "700");
  const stat = "find /var/lib/bitrix24-bot/ -type f -printf '%m %U\\n' | sort -u";
  assertEquals(await server.sh(stat), `600 ${owner}`);
  const pid = await server.show("MainPID");
  assertMatch(await server.sh(`grep ^Uid: /proc/${pid}/status`), new RegExp(`\\b${owner}\\b`));
});

test("root's sqlite3 reads and writes beside the bot and without it, and the bot goes on", async (server) => {
  const insert = (description: string) =>
    server.sh(
      `sqlite3 -cmd '.timeout 5000' ${DATABASE} "INSERT INTO incidents (region, components, description, ` +
        `status, start_time) VALUES ('ru', 'CRM', '${description}', 'active', datetime('now'));"`,
    );
  const own = `find /var/lib/bitrix24-bot/ -uid 0`;
  await insert("beside");
  assertEquals(await server.sh(own), "");
  await server.sh("systemctl stop bitrix24-bot");
  await insert("without");
  assertEquals(await server.sh(own), "", "nothing of root's may be left behind");
  // In the middle of a session the log and its index are there, and root has made them.
  const during =
    `sqlite3 ${DATABASE} "SELECT COUNT(*) FROM incidents; UPDATE incidents SET title = '';"` +
    ` ".shell ${own}"`;
  assertEquals(await server.sh(during), "2");
  await server.sh("systemctl start bitrix24-bot");
  const before = await server.count(ANNA, "without");
  await server.standIns.do(({ telegram }, ANNA) => void telegram.say(ANNA, ANNA, "/history"), ANNA);
  await server.heard(ANNA, "without");
  assertEquals(before, 0);
  await server.sh(
    `sqlite3 -cmd '.timeout 5000' ${DATABASE} "UPDATE incidents SET status = 'resolved'"`,
  );
});

test("wrong settings end it with 78 and a sentence for each, and it is not started again", async (server) => {
  const from = server.journal.lines.length;
  await server.change("", "CHECK_INTERVAL=soon\nREGIONS=russia\n");
  await assertRejects(() => server.sh("systemctl restart bitrix24-bot"));
  assertEquals(await server.state(), "failed failed exit-code 78");
  assertEquals(await server.show("NRestarts"), "0");
  await server.journal.until('CHECK_INTERVAL: is "soon"', from);
  await server.journal.until('REGIONS: has "russia"', from);
  await server.restore();

  const file = "/etc/bitrix24-bot/bitrix24-bot.env";
  await server.sh(`mv ${file} ${file}.away`);
  await assertRejects(() => server.sh("systemctl restart bitrix24-bot"));
  assertEquals(await server.state(), "failed failed exit-code 78");
  await server.journal.until("BOT_TOKEN: is not set", from);
  await server.sh(`mv ${file}.away ${file} && systemctl start bitrix24-bot`);
});
