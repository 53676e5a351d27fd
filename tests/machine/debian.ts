// A Debian of our own for tests that need a whole machine: made once by debootstrap, kept in the
// user's cache, and copied for whoever wants to change it.

/** What a booted systemd, the bot's image and their tests need; nothing of it is ours. */
const PACKAGES = ["systemd", "systemd-sysv", "dbus", "sqlite3", "curl", "ca-certificates"];
const RELEASE = "bookworm";
/** Part of the folder's name, so that another list of packages makes another folder. */
const RECIPE = `${RELEASE}-${PACKAGES.join("+")}`;

/** Why tests that want root and these programs cannot run here; null when they can. */
export async function whyNot(programs: readonly string[]): Promise<string | null> {
  if (Deno.build.os !== "linux") return "it takes Linux";
  if (Deno.uid() !== 0) return "it takes root";
  const missing: string[] = [];
  for (const program of programs) {
    const found = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`] }).output();
    if (!found.success) missing.push(program);
  }
  return missing.length > 0 ? `${missing.join(", ")} not installed` : null;
}

/** The pristine system's folder; made, which takes about a minute, when it is not there yet. */
export async function debian(): Promise<string> {
  const include = `--include=${PACKAGES.join(",")}`;
  return await kept(`debian-${RECIPE}`, async (folder) => {
    await command("debootstrap", ["--variant=minbase", include, RELEASE, folder]);
  });
}

/** A folder of this name in the user's cache, filled by `make` when it is not there yet. */
export async function kept(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") || (home && `${home}/.cache`);
  if (!cache) throw new Error("Neither XDG_CACHE_HOME nor HOME is set; there is no cache folder");
  const folder = `${cache}/bitrix24-bot/${name}`;
  try {
    await Deno.stat(folder);
    return folder;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await Deno.mkdir(`${cache}/bitrix24-bot`, { recursive: true });
  const work = await Deno.makeTempDir({ dir: `${cache}/bitrix24-bot`, prefix: "debian-" });
  try {
    await make(`${work}/root`);
    await Deno.rename(`${work}/root`, folder).catch(async (error) => {
      // Somebody else was faster.
      if (!(await Deno.stat(folder).catch(() => null))) throw error;
    });
    return folder;
  } finally {
    await command("rm", ["-rf", "--one-file-system", work]);
  }
}

/** A copy that may be changed; the caller removes it. */
export async function copyOfDebian(target: string): Promise<void> {
  await command("cp", ["-a", "--reflink=auto", `${await debian()}/.`, target]);
}

/** Runs a program to its end and returns what it printed. Throws, with that, when it fails. */
export async function command(
  program: string,
  args: readonly string[],
  options: Deno.CommandOptions = {},
): Promise<string> {
  const { success, code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    ...options,
  }).output();
  const decoder = new TextDecoder();
  const [out, problems] = [decoder.decode(stdout), decoder.decode(stderr)];
  if (success) return out;
  throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${out}${problems}`);
}
