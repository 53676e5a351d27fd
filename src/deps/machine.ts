/** RLIMIT_NOFILE, getrlimit(2); the same number on x86-64 and arm64. */
const RLIMIT_NOFILE = 7;

/**
 * Lets this process open as many files as its hard limit allows: the soft one of 1,024 is there for
 * programs that use select(2). Deno's own command does the same, a compiled program does not (2.4.2).
 * Where it cannot be done, all stays as it was.
 */
export function raiseDescriptorLimit(): void {
  withLibc({
    getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  }, ({ getrlimit, setrlimit }) => {
    // Soft and hard.
    const limits = new BigUint64Array(2);
    if (getrlimit(RLIMIT_NOFILE, limits) !== 0) return;
    limits[0] = limits[1] ?? 0n;
    setrlimit(RLIMIT_NOFILE, limits);
  });
}

/** Bytes that are free for us where a path leads to, statvfs(3); undefined where that is not told. */
export function freeBytes(path: string): number | undefined {
  return withLibc({
    statvfs: { parameters: ["buffer", "buffer"], result: "i32" },
  }, ({ statvfs }) => {
    // On 64 bits: f_bsize, f_frsize, f_blocks, f_bfree, f_bavail and more.
    const figures = new BigUint64Array(32);
    if (statvfs(cString(path), figures) !== 0) return undefined;
    return Number((figures[1] ?? 0n) * (figures[4] ?? 0n));
  });
}

/**
 * Whether a process of this machine holds a lock on the whole of a file, flock(2), by what proc_locks(5)
 * says; undefined where there is no such file. (Deno itself may not read it without all permissions.)
 */
export function isLocked(path: string): boolean | undefined {
  return withLibc({
    open: { parameters: ["buffer", "i32"], result: "i32" },
    read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  }, ({ open, read, close }) => {
    const descriptor = open(cString("/proc/locks"), 0);
    if (descriptor < 0) return undefined;
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(64 * 1024);
    let locks = "";
    for (let length = 1; length > 0;) {
      length = Number(read(descriptor, buffer, BigInt(buffer.length)));
      locks += decoder.decode(buffer.subarray(0, Math.max(length, 0)), { stream: true });
    }
    close(descriptor);
    const inode = Deno.statSync(path).ino;
    return locks.split("\n").some((lock) =>
      lock.includes(" FLOCK ") && lock.includes(`:${inode} `) && !lock.includes("->")
    );
  });
}

function withLibc<S extends Deno.ForeignLibraryInterface, T>(
  symbols: S,
  use: (functions: Deno.DynamicLibrary<S>["symbols"]) => T,
): T | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const libc = Deno.dlopen("libc.so.6", symbols);
    try {
      return use(libc.symbols);
    } finally {
      libc.close();
    }
  } catch {
    // Another C library, or not permitted.
    return undefined;
  }
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(3 * text.length + 1);
  new TextEncoder().encodeInto(text, bytes);
  return bytes;
}

/** What this machine, or container, calls itself; Deno.hostname() would need a permission of its own. */
export function hostName(): string {
  for (const path of ["/proc/sys/kernel/hostname", "/etc/hostname"]) {
    try {
      const name = Deno.readTextFileSync(path).trim();
      if (name !== "") return name;
    } catch {
      // Not on this system, or hidden from the service.
    }
  }
  return "an unknown machine";
}
