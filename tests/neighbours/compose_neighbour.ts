// compose.yaml as Debian's docker-compose 1.29 and podman-compose read it, and Docker Compose v2 where it
// is there. Without it we know of it what its sources say: that a secret's file that is missing is an
// error, while a volume's becomes an empty folder (docker/compose, pkg/compose/create.go).
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { withFolder } from "../support.ts";
import { neighbour, type Step } from "./neighbour.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** Everything that podman-compose has podman do, written down instead. */
const PODMAN = `#!/bin/sh
echo "podman $*" >> "\${0%/*}/podman.log"
[ "$1" != --version ] || echo "podman version 4.3.1"
`;

/** What makes it the container of the guide and of the README. */
const RUN = [
  "--name=bitrix24-bot",
  "--read-only",
  "--cap-drop ALL",
  "--security-opt no-new-privileges:true",
  "--tmpfs /tmp:exec,mode=1777,size=64m",
  "_data:/app/data",
  "--volume ./.env:/app/.env:ro",
  "--restart unless-stopped",
  "-m 512m",
];

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder as one has it after the README's first line, with compose.yaml in it. */
async function withProject(use: (project: Project) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    for (const name of ["compose.yaml", "Dockerfile"]) {
      await Deno.copyFile(`${ROOT}${name}`, `${folder}/${name}`);
    }
    await Deno.copyFile(`${ROOT}.env.example`, `${folder}/.env`);
    await Deno.writeTextFile(`${folder}/podman`, PODMAN, { mode: 0o755 });
    await use(new Project(folder));
  });
}

class Project {
  constructor(readonly folder: string) {}

  async run(program: string, args: string[], env: Record<string, string> = {}): Promise<Said> {
    const path = `${this.folder}:${Deno.env.get("PATH")}`;
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      cwd: this.folder,
      env: { ...env, PATH: path },
      stdin: "null",
    }).output();
    const [out, problems] = [stdout, stderr].map((it) => new TextDecoder().decode(it));
    return { code, stdout: out ?? "", stderr: problems ?? "" };
  }

  /** What podman was told, oldest first. */
  async podman(): Promise<string[]> {
    return (await Deno.readTextFile(`${this.folder}/podman.log`)).trimEnd().split("\n");
  }
}

/** `docker-compose`, or what else does as it does. */
async function readsIt(compose: readonly string[], project: Project, step: Step): Promise<void> {
  const [program = "", ...before] = compose;
  const config = (env?: Record<string, string>) => project.run(program, [...before, "config"], env);

  await step("as it stands beside the example of the settings, without a warning", async () => {
    const { code, stdout, stderr } = await config();
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, `file: ${project.folder}/.env`);
    assertStringIncludes(stdout, "target: /app/.env");
  });

  await step("with the commit that the README's upgrade names", async () => {
    const { stdout } = await config({ SOURCE_COMMIT: "0123456789ab" });
    assertStringIncludes(stdout, "SOURCE_COMMIT: 0123456789ab");
  });
}

await neighbour(
  "docker-compose 1.29 and compose.yaml",
  { programs: { "docker-compose": ["--version"] }, leavesOut: "up, for want of a Docker" },
  async (step) => {
    await withProject(async (project) => {
      await readsIt(["docker-compose"], project, step);
      await step("also where .env is a folder, which the bot then tells", async () => {
        await Deno.remove(`${project.folder}/.env`);
        await Deno.mkdir(`${project.folder}/.env`);
        assertEquals((await project.run("docker-compose", ["config"])).code, 0);
      });
    });
  },
);

const hasSecondVersion = await new Deno.Command("docker", { args: ["compose", "version"] }).output()
  .then((it) => it.success, () => false);
await neighbour(
  "Docker Compose v2 and compose.yaml",
  { programs: {}, reason: hasSecondVersion ? null : "it is not here, and in no Debian 12" },
  (step) => withProject((project) => readsIt(["docker", "compose"], project, step)),
);

await neighbour(
  "podman-compose and compose.yaml",
  { programs: { "podman-compose": ["--version"] }, leavesOut: "podman, which is stood in for" },
  async (step) => {
    await withProject(async (project) => {
      const env = { SOURCE_COMMIT: "0123456789ab" };
      const { code, stdout, stderr } = await project.run("podman-compose", ["up", "-d"], env);
      assertEquals(code, 0, stdout + stderr);
      const told = await project.podman();

      await step("the image is built with the commit of the environment", () => {
        const build = told.find((it) => it.startsWith("podman build")) ?? "";
        assertMatch(build, / --build-arg SOURCE_COMMIT(=0123456789ab)? /);
      });

      await step("the container is the one that the guide speaks to", () => {
        const run = told.find((it) => it.startsWith("podman run")) ?? "";
        for (const words of RUN) assertStringIncludes(run, words);
        assert(!run.includes("$"), run);
      });
    });
  },
);
