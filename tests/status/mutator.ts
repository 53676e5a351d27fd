// Pages that nobody would write, the same ones for the same number.

const WELL = ["ВСЕ ОТЛИЧНО РАБОТАЕТ", "Всё отлично работает"];
const ILL = ["ВРЕМЕННЫЙ СБОЙ", "Временный сбой"];
const WORDS = [...WELL, ...WELL, ...WELL, ...ILL, "не", "Загрузка", "x", " "];
const NAMES = (
  "a b i font nobr u p div span section li ul ol dl dd dt h1 h2 button form table tbody thead tr td " +
  "th caption colgroup col select option optgroup input template script style noscript title " +
  "textarea iframe noembed noframes xmp plaintext object video canvas details summary dialog svg " +
  "math g path text desc foreignObject mtext mi annotation-xml ruby rp rt html head body frameset " +
  "frame br hr img image command bgsound keygen marquee applet map datalist label main pre center"
).split(" ");
const ATTRIBUTES = [
  "hidden",
  "HIDDEN=''",
  "style='display:none'",
  'style="DISPLAY: none !important"',
  "style=visibility:hidden",
  "style='visibility:visible'",
  "style='display:block'",
  "style='display:none;display:bogus'",
  "style='display:none!important;display:block'",
  "style='displ/**/ay:none'",
  "style='color:red'",
  "style='a:\"};display:none'",
  "open",
  "popover",
  "title='>'",
  'title="<!--"',
  "title='ВСЕ ОТЛИЧНО РАБОТАЕТ'",
  "/",
  "=hidden",
  "x=hidden",
  'x="a"hidden',
  "class=a",
  "class='b a'",
  "id=c",
  "encoding=text/html",
  "color=red",
];
const PIECES = [
  "<!--",
  "-->",
  "--!>",
  "<!-->",
  "<![CDATA[",
  "]]>",
  "<!",
  "<?",
  "</",
  "<",
  ">",
  "/>",
  "'",
  '"',
  "=",
  "&",
  "&lt;",
  "&#0;",
  "&shy;",
  "\0",
  "\u000C",
  "\u000F",
  "\u001C",
  "<!doctype html>",
  "<!--<script>",
  "</script",
  "</noscript>",
  "</template>",
  "</body></html>",
  "</p>",
  "</br>",
];
const FRAMES: readonly (readonly [string, string])[] = [
  ["<style>.a{display:none}</style><p>", ""],
  ["<div><style>x{}@media all{div #c , i.b.a{color:red;visibility:hidden}}</style>", "</div>"],
  ["", ""],
  ["<!doctype html><html><head><title>x</title></head><body>", "</body></html>"],
  ["<!doctype html><body><div id=root><main>", "</main></div>"],
  ["<table><tr><td>", "</td></tr></table>"],
  ["<!doctype html><p>", ""],
  ["<ul><li>", "</ul>"],
  ["<select><option>", "</select>"],
  ["<svg><title>", "</title></svg>"],
  ["<table><thead hidden><td>x<tbody><td>", "</table>"],
  ["<table><tr hidden><td>x<tr><td>", "</table>"],
  ["<ul hidden><li>x<li>", "</ul>"],
  ["<!doctype html><div><template>", "</template></div>"],
  ["<p><span hidden>", "</span>"],
  ["<form><button><b><i>", "</b></button></form>"],
];

/** A small generator of numbers: "mulberry32". */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6D2B79F5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** The page of that number. */
export function mutatedPage(seed: number): string {
  const below = numbers(Math.imul(seed, 0x9E3779B1));
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const attributes = () => {
    let text = "";
    for (let left = below(4) === 0 ? 2 : below(2); left > 0; left--) text += ` ${pick(ATTRIBUTES)}`;
    return text;
  };
  const open = (name: string) => `<${name}${attributes()}${below(16) === 0 ? "/>" : ">"}`;
  const part = (depth: number): string[] => {
    const kind = below(depth > 3 ? 4 : 10);
    if (kind < 3) return [pick(WORDS)];
    if (kind === 3) {
      return [below(3) === 0 ? pick(PIECES) : `<${below(2) ? "/" : ""}${pick(NAMES)}>`];
    }
    const name = pick(NAMES);
    const inside = Array.from({ length: 1 + below(2) }, () => part(depth + 1)).flat();
    return [open(name), ...inside, `</${name}>`];
  };
  const [before, after] = pick(FRAMES);
  const parts = [before, ...Array.from({ length: 1 + below(3) }, () => part(0)).flat()];
  parts.push(...(below(2) ? [pick(WELL)] : []), after);

  for (let left = below(5); left > 0; left--) {
    const at = below(parts.length + 1);
    const kind = below(7);
    if (kind === 0) parts.splice(at, 1 + below(2));
    else if (kind === 1) parts.splice(at, 0, parts[below(parts.length)] ?? "");
    else if (kind === 2) parts.splice(at, 0, ...parts.splice(below(parts.length), 1 + below(3)));
    else if (kind === 3) parts.splice(at, 0, open(pick(NAMES)));
    else if (kind === 4) parts.splice(at, 0, `</${pick(NAMES)}>`);
    else if (kind === 5) parts.splice(at, 0, pick(PIECES));
    else parts.splice(at, 0, pick(WORDS));
  }
  let text = parts.join("");
  for (let left = below(8) - 4; left > 0; left--) {
    const at = below(text.length + 1);
    const kind = below(4);
    const rest = kind === 0 ? text.slice(at + 1 + below(6)) : text.slice(at);
    const added = kind === 1 ? pick(PIECES) : kind === 2 ? text.slice(at, at + below(30)) : "";
    text = kind === 3 && below(4) > 0 ? text : text.slice(0, at) + added + (kind === 3 ? "" : rest);
  }
  return text;
}
