import { decodeFeed, decodePage } from "../../src/status/decode.ts";
import type { Bench } from "./bench.ts";
import { median, type Row } from "./table.ts";

const FEED = JSON.stringify({
  result: "error",
  info: "Временный сбой",
  statusTitle: "ВРЕМЕННЫЙ СБОЙ",
  statusInfo: "Недоступны: CRM, Почта, <b>Телефония</b>.<br>Начало: 23.11.2026, 10:02. " +
    "Пожалуйста, подождите, мы уже работаем над решением.",
  id: 4711,
});
const PAGE_BYTES = 2 ** 20;
/** What costs a reader of HTML or a regular expression most, over and over up to a mebibyte. */
const HOSTILE = [
  "<",
  "<div>",
  "<a b='c' d=",
  "<!--",
  "&amp;&lt;&#1042;",
  "</p><p>",
  "ВРЕМЕННЫЙ СБОЙ .ru ",
  "не все - отлично - ",
  "<script>",
  " \u00a0\n",
  "31.02.2026, 10:02 ",
  "CRM Почта Телефония ",
];
const FEEDS = 2_000;
const REPEATS = 5;

/** How long it takes to read what the status hosts answer. Of this Deno, in this process. */
export function decode({ isShort }: Bench): Promise<Row[]> {
  const at = Date.now();
  const feed = () => timed(() => decodeFeed(FEED, "ru", at), FEEDS);
  const parse = () => timed(() => JSON.parse(FEED), FEEDS);
  const [feeds, parses] = alternately(feed, parse);
  const pages = HOSTILE.map((piece) => {
    const page = piece.repeat(Math.ceil(PAGE_BYTES / new TextEncoder().encode(piece).length));
    const text = JSON.stringify(page);
    const [decoded, parsed] = alternately(
      () => timed(() => decodePage(page, "ru", at)),
      () => timed(() => JSON.parse(text)),
    );
    return { piece, decoded, parsed };
  });
  const worst = pages.reduce((a, b) => a.decoded > b.decoded ? a : b);
  return Promise.resolve([{
    name: "feed decoded",
    about: "an announcement of an outage, JSON to reading; JSON.parse of the same text",
    unit: "µs",
    figure: feeds * 1_000,
    yardstick: parses * 1_000,
    target: null,
  }, {
    name: "hostile page decoded",
    about: `1 MiB of ${JSON.stringify(worst.piece)}, the worst of ${HOSTILE.length}; ` +
      `JSON.parse of it as a string takes ${worst.parsed.toFixed(1)} ms`,
    unit: "ms",
    figure: worst.decoded,
    yardstick: null,
    target: { atMost: isShort ? 250 : 50 },
  }]);
}

/** Medians of both, measured in turns, after a turn that is not counted. */
function alternately(a: () => number, b: () => number): [number, number] {
  const pairs = Array.from({ length: REPEATS + 1 }, () => [a(), b()] as const).slice(1);
  return [median(pairs.map((it) => it[0])), median(pairs.map((it) => it[1]))];
}

/** Milliseconds that it takes, on average of so many times. */
function timed(work: () => unknown, times = 1): number {
  const since = performance.now();
  for (let count = 0; count < times; count++) work();
  return (performance.now() - since) / times;
}
