import type { Command } from "./command.ts";

/** The text of `--help` for the program. */
export function usage(version: string, commands: readonly Command[]): string {
  const rows: [string, string][] = [
    ...commands.map((it): [string, string] => [it.synopsis, it.summary]),
    ["--version", "version, commit, and the Deno it was built with"],
    ["--help", "this text; COMMAND --help tells more of one"],
  ];
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => `  bitrix24-bot ${left.padEnd(width)}  ${right}\n`);
  return `bitrix24-bot ${version}: tells Telegram chats when the Bitrix24 cloud breaks

Usage:
${lines.join("")}
All settings come from the environment; a .env file in the working directory fills in what that does
not set. They are listed in .env.example. Exit code 64: no such command or option.
`;
}

/** The text of `--help` for one command. */
export function helpOf({ synopsis, summary, details }: Command): string {
  const sentence = summary.charAt(0).toUpperCase() + summary.slice(1);
  return `Usage: bitrix24-bot ${synopsis}\n\n${sentence}.\n\n${details}\n`;
}
