// Subscribes chats past the program, in a process of its own: the driver frees no connection when it is
// closed (src/store/file_link.ts). One that is left in the process of the tests, where node:sqlite undoes
// its locks, would fold and remove the log of another life whenever the garbage is collected.
import "../../src/deps/runtime.ts";
import { Database } from "../../src/store/database.ts";
import type { Subscriber } from "../../src/domain/facts.ts";
import type { Rule } from "../../src/domain/rule.ts";
import { Rules } from "../../src/store/rules.ts";
import { storesOf } from "../support.ts";

/** Makes the database `file` with these subscribers and rules. Throws when it cannot be done. */
export async function makeDatabase(
  file: string,
  subscribers: readonly Subscriber[],
  rules: readonly (readonly [chatId: number, rule: Rule])[],
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename!, file, JSON.stringify({ subscribers, rules })],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

if (import.meta.main) {
  const [file = "", given = "{}"] = Deno.args;
  const { subscribers, rules } = JSON.parse(given);
  const database = await Database.open({ url: `file:${file}` });
  const { chats } = await storesOf(database);
  for (const it of subscribers) await chats.subscribe(it);
  const stored = await Rules.load(database, chats);
  for (const [chatId, rule] of rules) await stored.change(chatId, () => rule, Date.now());
  await database.close();
}
