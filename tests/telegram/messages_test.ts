import { type Api, GrammyError } from "grammy";
import { editToScreen } from "../../src/telegram/messages.ts";
import { rich } from "../../src/telegram/rich.ts";
import { assertEquals, assertRejects } from "../assert.ts";

/** An Api whose edits are refused in these words. */
function refusing(description: string): Api {
  const answer = { ok: false, error_code: 400, description } as const;
  const editMessageText = () => Promise.reject(new GrammyError("", answer, "editMessageText", {}));
  return { editMessageText } as unknown as Api;
}

Deno.test("an edit that changes nothing has done what it was to do; any other refusal is passed on", async () => {
  const edit = (words: string) =>
    editToScreen(refusing(words), 1, 2, { text: rich("a"), keyboard: null });
  await edit("Bad Request: message is not modified: specified new message content is the same");
  const error = await assertRejects(() => edit("Bad Request: message to edit not found"));
  assertEquals(error instanceof GrammyError, true);
});
