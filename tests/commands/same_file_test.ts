import { refuseSameFile } from "../../src/commands/same_file.ts";
import { ConfigError, parseConfig } from "../../src/settings/config.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { withFolder } from "../support.ts";

const BOT_TOKEN = "987654321:AAF-k3yForTests_only0123456789abcdefg";

Deno.test("a log that would be written into another file of the settings stops the start", async (t) => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/data`);
    await Deno.writeTextFile(`${folder}/data/there.db`, "");
    await Deno.writeTextFile(`${folder}/token`, BOT_TOKEN);
    await Deno.symlink("there.db", `${folder}/data/link`);
    await Deno.symlink("later.db", `${folder}/data/dangling`);
    await Deno.symlink("data", `${folder}/other`);
    await Deno.link(`${folder}/data/there.db`, `${folder}/data/second`);
    const check = (log: string, database: string, token?: string) =>
      refuseSameFile(
        parseConfig({
          BOT_TOKEN,
          LOG_FILE: `${folder}/${log}`,
          DATABASE_URL: `file:${folder}/${database}`,
        }, () => ""),
        token && `${folder}/${token}`,
      );
    const same: [string, string, string?][] = [
      ["data/there.db", "data/there.db"],
      ["data/later.db", "data/later.db"],
      ["data/../data/later.db", "data/./later.db"],
      ["nowhere/as/yet.db", "nowhere/as/yet.db"],
      ["data/there.db-wal", "data/there.db"],
      ["data/later.db-wal", "data/later.db"],
      ["data/link", "data/there.db"],
      ["data/there.db", "data/link"],
      ["data/second", "data/there.db"],
      ["data/dangling", "data/later.db"],
      ["other/later.db", "data/later.db"],
      ["data/bot", "data/bot.1"],
      ["token", "data/later.db", "token"],
    ];
    for (const [log, database, token] of same) {
      await t.step(`${log} and ${token ?? database}`, () => {
        const error = assertThrows(() => check(log, database, token));
        assert(error instanceof ConfigError);
        assertEquals(error.problems.map((it) => it.variable), ["LOG_FILE"]);
        assertMatch(
          error.report(),
          /^LOG_FILE: names the same file as (DATABASE_URL|BOT_TOKEN_FILE)/,
        );
      });
    }
    for (const [log, database] of [["data/bot.log", "data/there.db"], ["bot.db", "data/bot.db"]]) {
      await t.step(`${log} beside ${database}`, () => check(log ?? "", database ?? ""));
    }
    await t.step("beside a server", () => {
      const env = { BOT_TOKEN, LOG_FILE: `${folder}/bot.log`, DATABASE_URL: "libsql://bot.db" };
      refuseSameFile(parseConfig(env, () => ""), undefined);
    });
    await t.step("no log at all", () => {
      const env = { BOT_TOKEN, LOG_FILE: "none", DATABASE_URL: "file:null", BOT_TOKEN_FILE: "" };
      refuseSameFile(parseConfig(env, () => ""), "null");
    });
  });
});
