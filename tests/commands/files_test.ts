import { fillNew } from "../../src/commands/files.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { withFolder } from "../support.ts";

Deno.test("a file in the making is where nobody else can leave a link to write through", async (t) => {
  await withFolder(async (folder) => {
    await t.step("a folder of its own, beside the file", async () => {
      const seen: string[] = [];
      await fillNew(`${folder}/copy.db`, async (partial) => {
        seen.push(partial);
        const { mode } = await Deno.stat(partial.slice(0, partial.lastIndexOf("/")));
        assertEquals((mode ?? 0) & 0o777, 0o700);
        await Deno.writeTextFile(partial, "all of it");
      });
      assert(seen[0]?.startsWith(`${folder}/`) && seen[0] !== `${folder}/copy.db.partial`, seen[0]);
      assertEquals(await Deno.readTextFile(`${folder}/copy.db`), "all of it");
    });
    await t.step("and nothing of it stays, however it ends", async () => {
      await assertRejects(() =>
        fillNew(`${folder}/other.db`, async (partial) => {
          await Deno.writeTextFile(partial, "half");
          throw new Error("full");
        })
      );
      const left = [...Deno.readDirSync(folder)].map((it) => it.name);
      assertEquals(left, ["copy.db"]);
    });
  });
});
