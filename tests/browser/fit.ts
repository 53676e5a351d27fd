// Whether everybody can use the page: pictures to look at, and axe-core, which finds what a machine can find.
import type { Page } from "playwright-core";
import { assertEquals } from "../assert.ts";
import { shoot } from "./browser.ts";
import type { Visitor } from "./visitor.ts";

/** What axe-core tells of one rule that is broken; https://github.com/dequelabs/axe-core/blob/develop/doc/API.md */
interface Violation {
  readonly id: string;
  readonly impact: "minor" | "moderate" | "serious" | "critical" | null;
  readonly help: string;
  readonly nodes: readonly {
    readonly target: readonly string[];
    readonly failureSummary: string;
  }[];
}

/** Nothing sticks out, nothing that axe-core calls serious or critical; kept as a picture. */
export async function assertFit(me: Visitor, name: string): Promise<void> {
  await shoot(me.page, name);
  assertEquals(await overhanging(me.page), [], `${name} is wider than the screen`);
  const violations = await violationsOf(me.page);
  const told = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, impact, help, nodes }) => {
      const where = nodes.map((it) => `${it.target.join(" ")}: ${it.failureSummary}`);
      return `${impact}: ${id}, ${help}\n    ${where.join("\n    ").replaceAll("\n", "\n    ")}`;
    });
  assertEquals(told, [], `${name} is not for everybody`);
}

/** What can be pressed or read, and is partly beside the screen or the conversation. */
async function overhanging(page: Page): Promise<string[]> {
  return await page.locator("html, #messages .bubble, button, a, select, textarea, input")
    .evaluateAll((all) => {
      const screen = all[0]?.clientWidth ?? 0;
      return all.filter((it) => {
        const box = it.closest("#messages")?.getBoundingClientRect();
        const { left, right } = it.getBoundingClientRect();
        return left < (box?.left ?? 0) || right > (box?.right ?? screen) ||
          (it.tagName === "HTML" && it.scrollWidth > screen);
      }).map((it) => `${it.tagName} ${it.textContent?.slice(0, 40)}`);
    });
}

async function violationsOf(page: Page): Promise<Violation[]> {
  const { default: axe } = await import("axe-core");
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    // deno-lint-ignore no-explicit-any -- what the line before has put there
    const { violations } = await (globalThis as any).axe.run();
    return violations;
  });
}
