// The README's blocks: read out of it by whoever runs them, so that what is tested is what is
// pasted.

import { piecesOf } from "./markdown.ts";

const README = new URL("../README.md", import.meta.url);

/** A fenced block of Markdown. */
export interface Block {
  /** The last heading above it. */
  readonly heading: string;
  /** What stands behind the opening fence; empty when nothing does. */
  readonly language: string;
  /** The lines between the fences, each with its line feed. */
  readonly text: string;
}

/** Which suite runs a block as it stands, by how a line of the block begins. */
export const SUITES: Readonly<Record<string, string>> = {
  "npx --yes deno@": "tests/neighbours/debian_neighbour.ts",
  "sqlite3 data/bot.db": "tests/readme_test.ts",
  "systemctl enable --now": "tests/systemd/install.ts",
  "/usr/local/bin/bitrix24-bot doctor": "tests/systemd/install.ts",
  "settings=": "tests/systemd/care.ts",
  "systemctl start bitrix24-bot-backup": "tests/systemd/care.ts",
  "install -m 755 /usr/local/bin/bitrix24-bot.old": "tests/systemd/care.ts",
  "copy=": "tests/systemd/care.ts",
  "[ -e .env ] ||": "tests/readme_test.ts",
  "docker compose up": "tests/image/image_test.ts",
  "bitrix24-bot import": "tests/systemd/care.ts",
  "/usr/local/bin/bitrix24-bot import": "tests/systemd/care.ts",
};

/** Why no suite runs a block, by how a line of the block begins. */
export const NOT_RUN: Readonly<Record<string, string>> = {};

/** The README's shell block with a line that begins like this. Throws unless there is exactly one. */
export function readmeBlock(beginning: string): string {
  return onlyBlock("sh", beginning);
}

/** The same of its YAML. */
export function readmeYaml(beginning: string): string {
  return onlyBlock("yaml", beginning);
}

function onlyBlock(language: string, beginning: string): string {
  const found = blocksOf(Deno.readTextFileSync(README))
    .filter((it) => it.language === language && hasLine(it, beginning));
  if (found.length === 1) return found[0]!.text;
  throw new Error(`README.md has ${found.length} blocks with a line “${beginning}…”`);
}

/** Whether a line of the block begins like this, wherever it is indented to. */
export function hasLine({ text }: Block, beginning: string): boolean {
  return text.split("\n").some((it) => it.trimStart().startsWith(beginning));
}

/** The fenced blocks of a text in Markdown, in order. */
export function blocksOf(markdown: string): Block[] {
  let heading = "";
  return piecesOf(markdown).flatMap(({ kind, text, language }) => {
    if (kind === "heading") heading = text;
    return kind === "block" ? [{ heading, language, text: `${text}\n` }] : [];
  });
}
