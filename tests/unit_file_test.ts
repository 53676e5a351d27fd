import { assert, assertEquals } from "./assert.ts";

const UNIT = new URL("../systemd/bitrix24-bot.service", import.meta.url);

Deno.test("systemd starts the bot again whatever ended it, but not with wrong settings", async () => {
  const lines = (await Deno.readTextFile(UNIT)).split("\n");
  const valuesOf = (name: string) =>
    lines.filter((it) => it.startsWith(`${name}=`)).map((it) => it.slice(name.length + 1));
  assertEquals(valuesOf("Restart"), ["always"]);
  assertEquals(valuesOf("RestartPreventExitStatus"), ["78"]);
  assertEquals(valuesOf("StartLimitIntervalSec"), ["0"]);
  assert(valuesOf("ExecReload").some((it) => it.includes("kill -HUP ${MAINPID}")));
});
