/** RLIMIT_NOFILE, getrlimit(2); the same number on x86-64 and arm64. */
const RLIMIT_NOFILE = 7;

/**
 * Lets this process open as many files as its hard limit allows: the soft one of 1,024 is there for
 * programs that use select(2). Deno's own command does the same, a compiled program does not (2.4.2).
 * Where it cannot be done, all stays as it was.
 */
export function raiseDescriptorLimit(): void {
  if (Deno.build.os !== "linux") return;
  try {
    const libc = Deno.dlopen("libc.so.6", {
      getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
      setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    });
    // Soft and hard.
    const limits = new BigUint64Array(2);
    if (libc.symbols.getrlimit(RLIMIT_NOFILE, limits) === 0) {
      limits[0] = limits[1] ?? 0n;
      libc.symbols.setrlimit(RLIMIT_NOFILE, limits);
    }
    libc.close();
  } catch {
    // Another C library, or not permitted.
  }
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
