import { assertEquals, assertObjectMatch } from "./assert.ts";
import { parse } from "./yaml.ts";

const read = (name: string) => Deno.readTextFileSync(new URL(`../${name}`, import.meta.url));

Deno.test("compose.yaml makes the container that the customer's guide speaks to", () => {
  const { services, volumes, secrets } = parse(read("compose.yaml")) as {
    services: Record<string, Record<string, unknown>>;
    volumes: Record<string, unknown>;
    secrets: Record<string, unknown>;
  };
  assertEquals(Object.keys(services), ["bot"]);
  assertObjectMatch(services["bot"] ?? {}, {
    container_name: "bitrix24-bot",
    restart: "unless-stopped",
    volumes: ["data:/app/data"],
    // So that an edit of .env and a restart are enough, and a missing .env is no empty folder.
    secrets: [{ source: "env", target: "/app/.env" }],
    read_only: true,
    cap_drop: ["ALL"],
    stop_grace_period: "15s",
  });
  // What the environment sets would win over the file, and stay after an edit.
  for (const name of ["env_file", "environment", "ports", "privileged"]) {
    assertEquals(services["bot"]?.[name], undefined, name);
  }
  assertEquals(volumes, { data: null });
  assertEquals(secrets, { env: { file: "./.env" } });
});

Deno.test(".dockerignore lets no settings, no data and no repository into the image", () => {
  const lines = read(".dockerignore").split("\n").filter((it) => it && !it.startsWith("#"));
  assertEquals(lines, ["*", "!deno.json", "!deno.lock", "!scripts", "!src"]);
});
