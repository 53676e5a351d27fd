import { messageOf } from "../../src/demo/page_view.ts";
import { assertEquals } from "../assert.ts";
import { ALICE, call, withSandbox } from "../sandbox/telegram/support.ts";

Deno.test("messageOf() marks the commands in what the bot says, but not in code", async () => {
  await withSandbox(async (sandbox) => {
    const text = "Send /help or /status, not /usr or /var";
    const entities = [
      { type: "bold", offset: 0, length: 10 },
      { type: "code", offset: text.indexOf("/usr"), length: 4 },
      { type: "text_link", offset: text.indexOf("/var"), length: 4, url: "https://example.org" },
    ];
    await call(sandbox, "sendMessage", { chat_id: ALICE, text, entities });
    const [said, answer] = sandbox.messages(ALICE).map(messageOf);
    const command = (it: string) => ({
      type: "bot_command" as const,
      offset: text.indexOf(it),
      length: it.length,
    });
    assertEquals(said?.entities, [{ type: "bot_command", offset: 0, length: 6 }]);
    const commands = answer?.entities.filter((it) => it.type === "bot_command");
    assertEquals(commands, [command("/help"), command("/status")]);
  });
});
