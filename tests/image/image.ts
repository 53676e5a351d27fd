// The image, built by buildah without a container engine and without a registry: the bases are made of
// a Debian of our own, and handed to the Dockerfile as its build arguments.
import { command, debian } from "../machine/debian.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
/** What npm needs here to reach its registry; in the base of the build alone, never in the image. */
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

/** The part of an image's configuration that says how it is run; names as in the OCI's image-spec. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Volumes: Readonly<Record<string, unknown>>;
  readonly StopSignal: string;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** A finished image and a folder with its files. */
export class Image {
  readonly config: ImageConfig;
  /** The image's files; what is changed here is changed for all who run it. */
  readonly files: string;

  private constructor(config: ImageConfig, files: string) {
    this.config = config;
    this.files = files;
  }

  /** Builds the Dockerfile with everything kept in `folder`; takes most of a minute. */
  static async build(folder: string, { commit }: { commit: string }): Promise<Image> {
    const buildah = (...args: string[]) =>
      command("buildah", [
        ...["--root", `${folder}/images`, "--runroot", `${folder}/run`],
        ...["--storage-driver", "vfs", ...args],
      ]);
    await makeBases(buildah);
    const home = Deno.env.get("HOME") ?? "/root";
    const caches = [".npm", ".cache/bitrix24-bot", ".cache/deno"];
    for (const cache of caches) await Deno.mkdir(`${home}/${cache}`, { recursive: true });
    await buildah(
      ...["bud", "--format", "docker", "--isolation", "chroot", "--layers=false"],
      ...caches.flatMap((it) => ["--volume", `${home}/${it}:/root/${it}`]),
      ...["--build-arg", "BUILD_IMAGE=localhost/base/build"],
      ...["--build-arg", "RUN_IMAGE=localhost/base/run"],
      ...["--build-arg", `SOURCE_COMMIT=${commit}`, "--tag", "bitrix24-bot", ROOT],
    );
    const described = JSON.parse(await buildah("inspect", "--type", "image", "bitrix24-bot"));
    const container = (await buildah("from", "bitrix24-bot")).trim();
    const files = (await buildah("mount", container)).trim();
    return new Image(described.Docker.config, files);
  }
}

async function makeBases(buildah: (...args: string[]) => Promise<string>): Promise<void> {
  const container = (await buildah("from", "scratch")).trim();
  await buildah("add", "-q", container, await debian(), "/");
  await buildah("commit", "-q", container, "base/run");
  const node = (await command("sh", ["-c", "readlink -f $(command -v node)"])).trim();
  const npm = (await command("npm", ["root", "--global"])).trim();
  await buildah("copy", "-q", container, node, "/usr/bin/node");
  await buildah("copy", "-q", container, npm, "/usr/lib/node_modules");
  const inside = (...args: string[]) => buildah("run", "--isolation", "chroot", container, ...args);
  await inside("ln", "-s", "../lib/node_modules/npm/bin/npx-cli.js", "/usr/bin/npx");
  await inside("ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", "/usr/bin/npm");
  const isThere = await Deno.stat(AUTHORITIES).catch(() => null);
  if (isThere) await buildah("copy", "-q", container, AUTHORITIES, AUTHORITIES);
  for (const name of ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]) {
    if (isThere) await buildah("config", "--env", `${name}=${AUTHORITIES}`, container);
  }
  await buildah("config", "--env", "DENO_TLS_CA_STORE=system", container);
  await buildah("commit", "-q", container, "base/build");
  await buildah("rm", container);
}
