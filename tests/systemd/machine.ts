// The bot on a server of its own: a booted systemd, the units and the compiled program, installed by
// the README's own lines. One machine for all of it, in this order: `deno task test:systemd`.
import "./install.ts";
import "./life.ts";
import "./care.ts";
