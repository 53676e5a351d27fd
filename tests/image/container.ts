// What Docker would do with the image and compose.yaml, with the kernel's own means: a root of its own
// that cannot be written to, namespaces for mounts and processes, the image's user. The network is this
// machine's, where the stand-ins listen.
import { command } from "../machine/debian.ts";
import type { Image } from "./image.ts";

const decoder = new TextDecoder();

/** What a command in the container did. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The container of compose.yaml: `up`, `stop` and `exec`, with a volume and an .env that stay. */
export class Container {
  readonly #image: Image;
  /** The volume, as seen from here. */
  readonly data: string;
  /** The file that is mounted to /app/.env. */
  readonly envFile: string;
  #child: Deno.ChildProcess | null = null;
  #log: Promise<string> | null = null;
  /** Its first process; null when that ended before it could be seen. */
  #pid: number | null = null;

  private constructor(image: Image, folder: string) {
    this.#image = image;
    this.data = `${folder}/data`;
    this.envFile = `${folder}/.env`;
  }

  /** A volume is filled and owned like the folder of the image that it covers. */
  static async create(image: Image, folder: string): Promise<Container> {
    const container = new Container(image, folder);
    await command("cp", ["-a", `${image.files}/app/data`, container.data]);
    return container;
  }

  /** Starts what the image starts, as first process of its namespace. */
  async up(args: readonly string[] = this.#image.config.Cmd): Promise<void> {
    const { files, config } = this.#image;
    const [user] = await this.#user();
    const script = [
      // Nothing of what is mounted here reaches the outside.
      `mount --make-rprivate /`,
      `mount --bind "${files}" "${files}"`,
      `mount -t proc proc "${files}/proc"`,
      `mount --rbind /dev "${files}/dev"`,
      // As compose.yaml has it.
      `mount -t tmpfs -o mode=1777,size=64m tmpfs "${files}/tmp"`,
      `mount --bind "${this.data}" "${files}/app/data"`,
      `touch "${files}/app/.env"`,
      `mount --bind "${this.envFile}" "${files}/app/.env"`,
      `mount -o remount,bind,ro "${files}/app/.env"`,
      `mount -o remount,bind,ro "${files}"`,
      `exec setpriv --no-new-privs chroot --userspec=${user} "${files}" env -i ` +
      `-C "${config.WorkingDir}" "$@"`,
    ].join("\n");
    this.#child = new Deno.Command("unshare", {
      args: [
        ...["--mount", "--pid", "--fork", "--kill-child", "bash", "-euc", script, "bash"],
        ...config.Env,
        ...config.Entrypoint,
        ...args,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#log = both(this.#child);
    this.#pid = await childOf(this.#child.pid);
  }

  /** `docker stop`: the image's signal to the first process; resolves with its end and its log. */
  async stop(): Promise<{ code: number; log: string }> {
    const { StopSignal } = this.#image.config;
    if (this.#pid === null) throw new Error("Nothing runs");
    Deno.kill(this.#pid, (StopSignal || "SIGTERM") as Deno.Signal);
    return await this.ended();
  }

  /** The end of it, however it comes. */
  async ended(): Promise<{ code: number; log: string }> {
    const child = this.#child;
    if (!child) throw new Error("Nothing runs");
    const { code } = await child.status;
    this.#child = null;
    return { code, log: await this.#log ?? "" };
  }

  /** For the end of a test, whatever happened. */
  async kill(): Promise<void> {
    if (!this.#child) return;
    if (this.#pid !== null) Deno.kill(this.#pid, "SIGKILL");
    await this.ended();
  }

  /** `docker exec`: as the image's user, with its home as /etc/passwd says. */
  async exec(...args: readonly string[]): Promise<Ended> {
    const { config, files } = this.#image;
    const [user, home] = await this.#user();
    const { code, stdout, stderr } = await new Deno.Command("nsenter", {
      args: [
        ...["--target", String(this.#pid), "--mount", "--pid", "--root"],
        ...["chroot", `--userspec=${user}`, "/", "env", "-i", "-C", config.WorkingDir],
        ...config.Env,
        `HOME=${home}`,
        ...args,
      ],
      stdin: "null",
    }).output();
    if (files === "/") throw new Error("That would be this machine");
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /** The line of a command in the customer's guide, behind `docker exec bitrix24-bot`. */
  async execLine(line: string): Promise<Ended> {
    return await this.exec("sh", "-c", line);
  }

  async #user(): Promise<[string, string]> {
    const { files, config } = this.#image;
    const passwd = await Deno.readTextFile(`${files}/etc/passwd`);
    const entry = passwd.split("\n").map((it) => it.split(":")).find(([name, , id]) =>
      name === config.User || id === config.User
    );
    const [, , uid, gid, , home] = entry ?? [];
    if (!uid || !gid || !home) throw new Error(`The image knows no user ${config.User}`);
    return [`${uid}:${gid}`, home];
  }
}

async function both(child: Deno.ChildProcess): Promise<string> {
  const parts = [child.stdout, child.stderr].map((it) => new Response(it).text());
  return (await Promise.all(parts)).join("");
}

/** The first process of the namespace, as seen from here; null when both have ended already. */
async function childOf(pid: number): Promise<number | null> {
  const file = `/proc/${pid}/task/${pid}/children`;
  while (true) {
    const children = await Deno.readTextFile(file).catch(() => null);
    if (children === null) return null;
    const [child] = children.trim().split(" ");
    if (child) return Number(child);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
