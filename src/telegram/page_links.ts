import { inline } from "./foreign.ts";
import { link, type Rich, rich } from "./rich.ts";
import type { Voice } from "./texts/format.ts";

/** Links to the status pages of regions; those of several pages are named by their regions. */
export function pageLinks(
  { texts }: Voice,
  regions: Iterable<string>,
  pageUrl: (region: string) => string,
): Rich {
  const pages = [...Map.groupBy(new Set(regions), pageUrl)];
  const [only, ...more] = pages;
  if (only === undefined) return rich();
  if (more.length === 0) return link(texts.status.page, only[0]);
  const named = pages.map(([url, those]) =>
    link(those.map((it) => `.${inline(it)}`).join(" "), url)
  );
  return rich(`${texts.status.page}:`, ...named.flatMap((it) => [" ", it]));
}
