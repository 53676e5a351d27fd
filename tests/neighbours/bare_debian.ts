// A Debian with Node, npm and git as Debian has them, an ordinary user, and neither Deno nor sqlite3:
// where somebody reads the README for the first time. The network is this machine's.
import { command, copyOfDebian, kept } from "../machine/debian.ts";

/** How npm's registry is reached; npm itself tells whom it starts of more, such as its own cache. */
const REGISTRY_ROAD =
  /^(npm_config_(registry|cafile|ca|strict_ssl|proxy|https_proxy|noproxy|\/\/.*)|https?_proxy|no_proxy|node_extra_ca_certs|deno_tls_ca_store)$/i;
const REPOSITORY = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const USER = "reader";
const AUTHORITIES = "/usr/local/share/ca-certificates";

/** How a command ended, and all that it printed. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** To be ended with {@linkcode BareDebian.end}, whatever happens. */
export class BareDebian {
  readonly #folder: string;
  #env: Record<string, string> = {};

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** A clone of this repository, as it is committed, is in the user's home. */
  static async make(): Promise<BareDebian> {
    const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-bare-" });
    const system = await kept("debian-bookworm-bare", prepare);
    await command("cp", ["-a", "--reflink=auto", `${system}/.`, folder]);
    await command("git", ["clone", "-q", REPOSITORY, `${folder}/home/${USER}/bitrix24-bot`]);
    const bare = new BareDebian(folder);
    await bare.root(`chown -R ${USER}: /home/${USER}`);
    return bare;
  }

  /** Reaches npm's registry as this machine does: with its settings and what it trusts. */
  async reachAsHere(): Promise<void> {
    const home = Deno.env.get("HOME");
    await command("sh", [
      "-c",
      `cp ${AUTHORITIES}/*.crt "$0${AUTHORITIES}" 2>&1; cp "$1/.npmrc" "$0/home/${USER}" 2>&1; true`,
      this.#folder,
      `${home}`,
    ]);
    await this.root(`update-ca-certificates && chown -R ${USER}: /home/${USER}`);
    this.#env = Object.fromEntries(
      Object.entries(Deno.env.toObject()).filter(([name]) => REGISTRY_ROAD.test(name)),
    );
  }

  /** Reaches it through a proxy alone, whose authority an administrator has added to the system's. */
  async reachThrough(port: number, authority: string): Promise<void> {
    const forget = `rm -rf ${AUTHORITIES}/* /home/${USER}/.npm* /home/${USER}/.cache`;
    await this.root(
      `${forget} && cat > ${AUTHORITIES}/company.crt <<'END'\n${authority}END\n` +
        "update-ca-certificates --fresh",
    );
    this.#env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
  }

  /** Runs lines of a shell in the clone, as the ordinary user. */
  async type(lines: string): Promise<Ended> {
    return await nspawn(this.#folder, lines, { user: USER, env: this.#env });
  }

  async root(lines: string): Promise<void> {
    await succeed(this.#folder, lines);
  }

  async end(): Promise<void> {
    await command("rm", ["-rf", "--one-file-system", this.#folder]);
  }
}

/** What Debian's own packages bring, without those that Debian only recommends. */
async function prepare(folder: string): Promise<void> {
  await copyOfDebian(folder);
  await succeed(
    folder,
    `
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update
    apt-get -qy purge sqlite3
    apt-get -qy install --no-install-recommends -o Dpkg::Options::=--force-unsafe-io nodejs npm git
    apt-get clean
    useradd --create-home --shell /bin/bash ${USER}`,
  );
}

async function succeed(folder: string, lines: string): Promise<void> {
  const { code, output } = await nspawn(folder, lines);
  if (code !== 0) throw new Error(`${lines}\nended with ${code}:\n${output}`);
}

async function nspawn(
  folder: string,
  lines: string,
  { user, env = {} }: { user?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const { code, stdout } = await new Deno.Command("systemd-nspawn", {
    args: [
      ...["-q", "-D", folder, "--register=no", "--keep-unit", "--as-pid2", "--pipe"],
      ...(user ? [`--user=${user}`, `--chdir=/home/${user}/bitrix24-bot`] : []),
      ...Object.entries(env).map(([name, value]) => `--setenv=${name}=${value}`),
      ...["bash", "-euc", `exec 2>&1\n${lines}`],
    ],
    stdin: "null",
    // What systemd-nspawn says for itself.
    stderr: "null",
  }).output();
  return { code, output: new TextDecoder().decode(stdout) };
}
