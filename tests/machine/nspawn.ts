import { command, copyOfDebian } from "./debian.ts";

/** Long enough for the slowest machine; whoever waits longer waits for nothing. */
const PATIENCE_MS = 60_000;
/** With --keep-unit systemd-nspawn leaves it to whoever started it to boot the machine again. */
const REBOOT_CODE = 133;

/**
 * A machine with a systemd of its own: a copy of the cached Debian, booted by systemd-nspawn with
 * nothing but loopback for a network. To be ended with {@linkcode Machine.end} whatever happens.
 */
export class Machine {
  readonly folder: string;
  #nspawn: Deno.ChildProcess | null = null;
  readonly #notify: Deno.DatagramConn;
  #init = 0;
  #booted = Promise.withResolvers<void>();

  private constructor(folder: string, notify: Deno.DatagramConn) {
    this.folder = folder;
    this.#notify = notify;
    void this.#hear();
  }

  /** The copy, not booted yet. */
  static async make(): Promise<Machine> {
    const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-machine-" });
    await copyOfDebian(`${folder}/root`);
    // Whatever becomes of this process, the machine does not outlive it: this one then reads the end.
    new Deno.Command("sh", {
      args: ["-c", `trap '' INT TERM HUP; cat > /dev/null; ${BURIAL}`, "sh", folder],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const path = `${folder}/notify`;
    return new Machine(folder, Deno.listenDatagram({ transport: "unixpacket", path }));
  }

  /** A path of the machine, as seen from here. */
  path(inside: string): string {
    return `${this.folder}/root${inside}`;
  }

  /** The first process, as seen from here; with its namespaces one gets inside. */
  get init(): number {
    return this.#init;
  }

  /** Resolves when the machine has started everything it starts. */
  async boot(): Promise<void> {
    this.#booted = Promise.withResolvers();
    this.#nspawn = new Deno.Command("systemd-nspawn", {
      // Neither systemd nor its machine registry need be there on the outside.
      args: ["-q", "-D", this.path(""), "-b", "--private-network", "--register=no", "--keep-unit"]
        .concat(["--notify-ready=yes", "--console=pipe"]),
      env: { NOTIFY_SOCKET: `${this.folder}/notify` },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await Deno.writeTextFile(`${this.folder}/nspawn`, `${this.#nspawn.pid}\n`);
    await inTime(this.#booted.promise, () => "The machine does not boot");
  }

  /**
   * Resolves when it has started everything again. Nothing that came in by `nsenter` may be left: its
   * end is told to its parent out here, and the shutdown would wait a minute and a half to hear of it.
   */
  async reboot(): Promise<void> {
    await this.sh("systemctl --no-block reboot");
    const code = (await this.#nspawn?.status)?.code;
    if (code !== REBOOT_CODE) throw new Error(`Instead of a reboot the machine ended with ${code}`);
    await this.boot();
  }

  /**
   * What systemd-nspawn tells of the machine, like a service of its own state. All of it has to be
   * read, also what comes after the boot: it does nothing else until it is heard.
   */
  async #hear(): Promise<void> {
    try {
      for await (const [bytes] of this.#notify) {
        const text = new TextDecoder().decode(bytes);
        const leader = /^X_NSPAWN_LEADER_PID=(\d+)$/m.exec(text)?.[1];
        if (leader) this.#init = Number(leader);
        if (/^READY=1$/m.test(text)) this.#booted.resolve();
      }
    } catch {
      // Closed at the end.
    }
  }

  /** What `nsenter` wants to hear, to run a program in there. */
  inside(program: string, ...args: string[]): string[] {
    return ["-t", String(this.#init), "-m", "-u", "-i", "-n", "-p", "--", program, ...args];
  }

  /** Runs lines of a shell as root, like an administrator; what they print. Throws when one fails. */
  async sh(script: string, env: Record<string, string> = {}): Promise<string> {
    const args = this.inside("bash", "-euo", "pipefail", "-c", script);
    const output = await command("nsenter", args, { clearEnv: true, env: { ...ENV, ...env } });
    return output.trim();
  }

  /** Writes a file, as root; its folder is made. */
  async write(path: string, content: string): Promise<void> {
    const given = content.replaceAll("'", `'\\''`);
    await this.sh(`mkdir -p "$(dirname ${path})" && printf %s '${given}' > ${path}`);
  }

  /** A property of a unit, as systemd knows it. */
  async show(unit: string, property: string): Promise<string> {
    return await this.sh(`systemctl show --value -p ${property} ${unit}`);
  }

  /**
   * Ends everything in there and removes the folder. Waits for nothing but that, so that it can be
   * called when a test module is unloaded.
   */
  end(): void {
    this.#notify.close();
    new Deno.Command("sh", { args: ["-c", BURIAL, "sh", this.folder] }).outputSync();
  }
}

/**
 * Ends the machine of the folder `$1`, if it is there: with its first process all others end, and then
 * systemd-nspawn. One that has ended, and that nobody asked after yet, has no program any more.
 */
const BURIAL = `
  [ -d "$1" ] || exit 0
  is_there() { case $(readlink "/proc/$pid/exe") in */systemd-nspawn) ;; *) false ;; esac }
  if read -r pid < "$1/nspawn" && is_there; then
    kill -9 $(cat "/proc/$pid/task/$pid/children") || kill -9 "$pid"
    for n in $(seq 300); do is_there || break; sleep 0.1; done
  fi
  rm -rf --one-file-system "$1"`;
const ENV = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
};

/** The journal of a machine, as it is written. */
export class Journal {
  readonly lines: string[] = [];
  readonly #follower: Deno.ChildProcess;
  #next = Promise.withResolvers<void>();

  constructor(machine: Machine, unit: string) {
    // From the outside, so that nobody in there has to wait for it at a reboot.
    const folder = machine.path("/var/log/journal");
    this.#follower = new Deno.Command("journalctl", {
      // --merge: of any boot, or it would look for the one of this machine.
      args: ["-D", folder, "--merge", "-f", "-n", "all", "-o", "cat", "-u", unit],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    void this.#read();
  }

  /** Resolves with the first line from `from` on that has this text. */
  async until(text: string, from = 0): Promise<string> {
    const late = () => {
      const last = this.lines.slice(-30).join("\n");
      return `The journal never said “${text}”. It ends so:\n${last}`;
    };
    const deadline = performance.now() + PATIENCE_MS;
    while (true) {
      const line = this.lines.slice(from).find((it) => it.includes(text));
      if (line !== undefined) return line;
      await inTime(this.#next.promise, late, deadline - performance.now());
    }
  }

  /** Ends the following; the lines stay. */
  end(): void {
    this.#follower.kill("SIGKILL");
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#follower.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
      this.#next.resolve();
      this.#next = Promise.withResolvers();
    }
  }
}

/** The result of `work`; throws with the words of `late` when it takes too long. */
async function inTime<T>(work: Promise<T>, late: () => string, ms = PATIENCE_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(late())), Math.max(ms, 0));
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
