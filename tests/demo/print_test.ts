import { eventText } from "../../src/demo/print.ts";
import { assertStringIncludes } from "../assert.ts";
import { ALICE, call, withSandbox } from "../sandbox/telegram/support.ts";

Deno.test("eventText() tells how long ago it was where the bot has asked for that, in its line alone", async () => {
  await withSandbox(async (sandbox) => {
    const told: string[] = [];
    const names = { chat: String, user: String, ago: (ms: number) => `${ms} ms ago` };
    const button = (_: number, data: string) => data;
    sandbox.onEvent((it) => {
      told.push(eventText(it, { ...names, button }, new Date(5_000)) ?? "");
    });
    const text = "1 January\nfrom 1 January, 2 January";
    const times = [
      { offset: 0, unix_time: 1, date_time_format: "D" },
      { offset: 15, unix_time: 1, date_time_format: "r" },
      { offset: 26, unix_time: 2, date_time_format: "r" },
    ];
    const entities = times.map((it) => ({ ...it, type: "date_time", length: 9 }));
    await call(sandbox, "sendMessage", { chat_id: ALICE, text, entities });
    assertStringIncludes(told.join(""), "│ 1 January\n  │ from 4000 ms ago, 3000 ms ago\n");
  });
});
