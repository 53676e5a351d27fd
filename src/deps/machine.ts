/** Number by which getrlimit(2) names the limit of open files; the same on x86-64 and arm64. */
const RLIMIT_NOFILE = 7;

/**
 * Raises this process's soft limit of open files to the hard one. The usual 1,024 exist for programs that
 * use select(2). The deno command raises the limit itself, a compiled program does not (2.4.2). Does
 * nothing where that is impossible.
 */
export function raiseDescriptorLimit(): void {
  withLibc({
    getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  }, ({ getrlimit, setrlimit }) => {
    // struct rlimit: soft limit, hard limit.
    const limits = new BigUint64Array(2);
    if (getrlimit(RLIMIT_NOFILE, limits) !== 0) return;
    limits[0] = limits[1] ?? 0n;
    setrlimit(RLIMIT_NOFILE, limits);
  });
}

/** Free bytes, for this user, on the file system of a path (statvfs(3)); undefined when unknown. */
export function freeBytes(path: string): number | undefined {
  return withLibc({
    statvfs: { parameters: ["buffer", "buffer"], result: "i32" },
  }, ({ statvfs }) => {
    // struct statvfs on 64 bits: f_bsize, f_frsize, f_blocks, f_bfree, f_bavail and more.
    const figures = new BigUint64Array(32);
    if (statvfs(cString(path), figures) !== 0) return undefined;
    return Number((figures[1] ?? 0n) * (figures[4] ?? 0n));
  });
}

/**
 * Whether a process of this machine holds a flock(2) lock on a file, by /proc/locks (proc_locks(5));
 * undefined where that is missing. It is read by libc because Deno's own functions refuse to read it
 * without all permissions.
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

/** Host name of this machine or container; Deno.hostname() would need another permission. */
export function hostName(): string {
  for (const path of ["/proc/sys/kernel/hostname", "/etc/hostname"]) {
    try {
      const name = Deno.readTextFileSync(path).trim();
      if (name !== "") return name;
    } catch {
      // The file is missing on this system, or hidden from the service.
    }
  }
  return "an unknown machine";
}
