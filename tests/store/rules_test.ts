import { edited } from "../../src/domain/rule_edit.ts";
import { Rules } from "../../src/store/rules.ts";
import { assertEquals } from "../assert.ts";
import { withStore } from "../support.ts";

Deno.test("change(): what several people press at once all happens", async () => {
  await withStore(async ({ database, chats }) => {
    const rules = await Rules.load(database, chats);
    const watched = ["ru", "kz", "de", "fr", "pl"];
    const context = { watched, zone: "Europe/Moscow" };
    await rules.change(1, (rule) => ({ ...rule, regions: ["ru"] }), 0);
    await Promise.all(watched.map((value) =>
      rules.change(1, (rule) => {
        const next = edited(rule, { name: "region_on", value }, context);
        return typeof next === "string" ? rule : next;
      }, 0)
    ));
    assertEquals((await rules.rule(1)).regions?.toSorted(), watched.toSorted());
    // Another connection, as after a restart, reads the same.
    const [row] = await database.rows(`SELECT rule FROM chats WHERE chat_id = 1`);
    assertEquals(row?.["rule"], '{"regions":["de","fr","kz","pl","ru"]}');
  });
});
