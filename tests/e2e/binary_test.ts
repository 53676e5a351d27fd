// What is inside the compiled program, and where it runs. For BITRIX24_BOT_BINARY alone.
import manifest from "../../deno.json" with { type: "json" };
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { withFolder } from "../support.ts";
import { withWorld } from "../world.ts";

const BINARY = Deno.env.get("BITRIX24_BOT_BINARY");
const ROOT = new URL("../..", import.meta.url).pathname;
const decoder = new TextDecoder();
const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;

/** Without a binary there is nothing to test; some of it takes root as well. */
function binaryTest(name: string, test: () => Promise<void>, options = { asRoot: false }): void {
  if (BINARY) Deno.test({ name, fn: test, ignore: options.asRoot && !isRoot });
}

/** Where the runtime keeps what it was given: permissions, flags and the names of all files. */
async function metadata(): Promise<string> {
  const bytes = await Deno.readFile(BINARY ?? "");
  const text = new TextDecoder("latin1").decode(bytes.subarray(80_000_000));
  return text.slice(text.indexOf('{"argv":'));
}

binaryTest("the compiled program may what it needs, and asks nobody for more", async () => {
  const found = /"permissions":(\{[^}]*\})/.exec(await metadata())?.[1] ?? "{}";
  const permissions = JSON.parse(found);
  const given = Object.keys(permissions).filter((it) =>
    it.startsWith("allow_") && permissions[it] !== null && permissions[it] !== false
  );
  assertEquals(given.sort(), [
    "allow_env",
    "allow_ffi",
    "allow_import",
    "allow_net",
    "allow_read",
    "allow_run",
    "allow_write",
  ]);
  // Some hosts may be imported from by default, hence the refusal of all.
  assertEquals([permissions.deny_import, permissions.prompt], [[], false]);
});

binaryTest(
  "the compiled program holds one database driver, no types, nothing of the tests",
  async () => {
    const text = await metadata();
    const isInside = (name: string) => text.includes(`{"n":"${name}"`);
    for (const name of ["linux-x64-gnu", "main.js", "index.html"]) {
      assert(isInside(name), name);
    }
    // What is bundled is not there once more as a package.
    const bundled = ["grammy", "hono", "croner", "@logtape"];
    const foreign = ["linux-x64-musl", "darwin-arm64", "@types", "undici-types", "fast-check"];
    for (const name of [...bundled, ...foreign]) assert(!isInside(name), name);
  },
);

binaryTest("the compiled program tells its version, commit and Deno", async () => {
  const { stdout } = await new Deno.Command(BINARY ?? "", { args: ["--version"] }).output();
  const line = decoder.decode(stdout);
  const form =
    /^bitrix24-bot (\S+) \(commit ([0-9a-f]{12}(?: with changes)?|unknown), Deno (\d\S+)\)\n$/;
  assertMatch(line, form);
  assertEquals(form.exec(line)?.[1], manifest.version);
});

binaryTest("two compilations of the same sources are the same, byte by byte", async () => {
  await withFolder(async (folder) => {
    const hashes: string[] = [];
    for (const name of ["first", "second"]) {
      const root = `${folder}/${name}`;
      await Deno.mkdir(root);
      const { success } = await new Deno.Command("cp", {
        args: ["-r", "src", "deno.json", "deno.lock", root],
        cwd: ROOT,
      }).output();
      assert(success);
      const compiling = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", `${ROOT}scripts/compile.ts`, "--root", root],
        env: { SOURCE_COMMIT: "0123456789ab" },
      }).output();
      assert(compiling.success, decoder.decode(compiling.stderr));
      const bytes = await Deno.readFile(`${root}/dist/bitrix24-bot`);
      hashes.push(String(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))));
    }
    assertEquals(hashes[0], hashes[1]);
  });
});

/** Runs a script as another user in a mount namespace of its own. */
async function confined(script: string, env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["--mount", "bash", "-euc", script],
    env,
  }).output();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

binaryTest(
  "it runs for anybody, anywhere, with all but its data folder and the temporary one read-only",
  async () => {
    await withWorld(async (world) => {
      await Deno.chown(world.folder, 65534, 65534);
      const child = new Deno.Command("unshare", {
        args: [
          "--mount",
          "bash",
          "-euc",
          // Everything read-only, then back what a service has of its own.
          `mount --bind "${world.folder}" "${world.folder}"
         mount -t tmpfs -o mode=1777 tmpfs /dev/shm
         mount -o remount,ro,bind /
         cd /
         exec setpriv --reuid=65534 --regid=65534 --clear-groups "$BINARY"`,
        ],
        clearEnv: true,
        env: {
          ...world.env,
          BINARY: await readableCopy(world.folder),
          TMPDIR: "/dev/shm",
          PATH: "/usr/bin:/bin",
        },
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const log = new Response(child.stderr).text();
      await world.ask("/start");
      child.kill("SIGTERM");
      const { code } = await child.status;
      assertEquals(code, 0, await log);
      await child.stdout.cancel();
    }, { isStarted: false });
  },
  { asRoot: true },
);

binaryTest(
  "without a temporary folder that it can load its driver from, it says so in a sentence",
  async () => {
    await withFolder(async (folder) => {
      const { code, output } = await confined(
        `mount -t tmpfs -o noexec tmpfs "${folder}"; cd "${folder}"; "$BINARY" run`,
        {
          BINARY: await Deno.realPath(BINARY ?? ""),
          TMPDIR: folder,
          BOT_TOKEN: "123456789:AAE-sandbox_token_that_is_no_secret",
          HEALTH_PORT: "0",
        },
      );
      assertEquals(code, 1, output);
      assertStringIncludes(output, "TMPDIR");
      assert(!/^\s+at /m.test(output), output);
    });
  },
  { asRoot: true },
);

/** Where every user may read it; the checkout need not be such a place. */
async function readableCopy(folder: string): Promise<string> {
  const copy = `${folder}/bitrix24-bot`;
  await Deno.copyFile(BINARY ?? "", copy);
  await Deno.chmod(copy, 0o755);
  return copy;
}
