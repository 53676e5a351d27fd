import { makePrivateFolder, withPrivateTemp } from "../../src/deps/private_folder.ts";
import { isOpenToOthers } from "../../src/deps/user.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { withFolder } from "../support.ts";

const STRANGER = 61_234;
const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;

Deno.test("native code is unpacked where nobody else can put or exchange anything", async (t) => {
  await withFolder(async (folder) => {
    // Not the process's own, which the tests beside this one look into.
    const env = new Map([["TMPDIR", folder]]);
    await t.step("a folder of its own, of no name that can be foreseen", async () => {
      const names = new Set<string>();
      for (let time = 0; time < 2; time++) {
        const seen = await withPrivateTemp(() => {
          const own = env.get("TMPDIR") ?? "";
          assertEquals((Deno.statSync(own).mode ?? 0) & 0o777, 0o700);
          Deno.writeTextFileSync(`${own}/driver.node`, "native");
          return Promise.resolve(own);
        }, env);
        assert(seen.startsWith(`${folder}/`));
        names.add(seen);
      }
      assertEquals(names.size, 2);
    });
    await t.step("of which nothing stays, also when it cannot be loaded", async () => {
      await withPrivateTemp(() => Promise.reject(new Error("noexec")), env).catch(() => {});
      assertEquals([...Deno.readDirSync(folder)], []);
      assertEquals(env.get("TMPDIR"), folder);
    });
  });
});

Deno.test("a temporary folder that others can exchange is passed over for the next one", async (t) => {
  await withFolder(async (folder) => {
    const ours = `${folder}/ours`;
    const used = (parent: string) => {
      const made = makePrivateFolder([parent, ours]);
      Deno.removeSync(made);
      return made.slice(0, made.lastIndexOf("/"));
    };
    const make = async (name: string, mode: number, owner?: number) => {
      await Deno.mkdir(`${folder}/${name}`);
      await Deno.chmod(`${folder}/${name}`, mode);
      if (owner !== undefined) await Deno.chown(`${folder}/${name}`, owner, owner);
      return `${folder}/${name}`;
    };
    await make("ours", 0o755);
    await t.step("everybody may write to it", async () => {
      assertEquals(used(await make("open", 0o777)), ours);
    });
    await t.step("so may they above it", async () => {
      await Deno.mkdir(`${folder}/open/below`);
      assertEquals(used(`${folder}/open/below`), ours);
    });
    await t.step("it is not there, or a file", async () => {
      assertEquals(used(`${folder}/nowhere`), ours);
      await Deno.writeTextFile(`${folder}/file`, "");
      assertEquals(used(`${folder}/file`), ours);
    });
    await t.step("but sticky, as /tmp: used", async () => {
      const sticky = await make("sticky", 0o1777);
      assertEquals(used(sticky), sticky);
    });
    await t.step({
      name: "it is another user's",
      ignore: !isRoot,
      fn: async () => assertEquals(used(await make("theirs", 0o755, STRANGER)), ours),
    });
    await t.step({
      name: "a link to another user's",
      ignore: !isRoot,
      async fn() {
        await Deno.symlink(`${folder}/theirs`, `${folder}/link`);
        assertEquals(used(`${folder}/link`), ours);
      },
    });
    await t.step("and without any place it says what to do", () => {
      const error = assertThrows(() => makePrivateFolder([`${folder}/open`])) as Error;
      assertStringIncludes(error.message, "Let TMPDIR name a folder of your own");
    });
  });
});

Deno.test("a file of secrets is open to others by its mode, where they get at it at all", async (t) => {
  await withFolder(async (folder) => {
    const file = `${folder}/.env`;
    await Deno.chmod(folder, 0o755);
    await Deno.writeTextFile(file, "");
    const rows: [number, number, boolean][] = [
      [0o755, 0o644, true],
      [0o755, 0o602, true],
      [0o755, 0o640, false],
      [0o755, 0o600, false],
      [0o700, 0o644, false],
    ];
    for (const [ofFolder, ofFile, isOpen] of rows) {
      await t.step(`${ofFolder.toString(8)} ${ofFile.toString(8)}`, async () => {
        await Deno.chmod(folder, ofFolder);
        await Deno.chmod(file, ofFile);
        assertEquals(isOpenToOthers(file), isOpen);
      });
    }
    await t.step("none", () => assertEquals(isOpenToOthers(`${folder}/none`), false));
  });
});
