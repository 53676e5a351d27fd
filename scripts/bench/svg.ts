/** One small diagram: a value over a size that grows by multiples. */
export interface Diagram {
  readonly title: string;
  readonly unit: string;
  /** Sizes with their values, ascending. */
  readonly points: readonly { readonly size: number; readonly value: number }[];
}

const WIDTH = 330;
const HEIGHT = 180;
const LEFT = 44;
const TOP = 34;
const RIGHT = 16;
const BOTTOM = 28;

/** Diagrams in rows, as an SVG that can be read on light and dark ground. Sizes are on a logarithmic axis. */
export function picture(rows: readonly (readonly Diagram[])[]): string {
  const columns = Math.max(...rows.map((it) => it.length));
  const body = rows.flatMap((row, y) =>
    row.map((it, x) =>
      `<g transform="translate(${x * WIDTH} ${y * HEIGHT})">\n${diagram(it)}\n</g>`
    )
  );
  const [width, height] = [columns * WIDTH, rows.length * HEIGHT];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...body,
    "</svg>",
    "",
  ].join("\n");
}

function diagram({ title, unit, points }: Diagram): string {
  const sizes = points.map((it) => Math.log(it.size));
  const [least = 0] = sizes;
  const span = (sizes.at(-1) ?? 1) - least || 1;
  const top = ceiling(Math.max(...points.map((it) => it.value)));
  const x = (size: number) =>
    (LEFT + (Math.log(size) - least) / span * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number) => (HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const right = WIDTH - RIGHT;
  const lines = [0, top / 2, top].map((it) =>
    `<path d="M${LEFT} ${y(it)}H${right}" stroke="#ddd"/>` +
    `<text x="${LEFT - 5}" y="${y(it)}" dy="4" text-anchor="end">${short(it)}</text>`
  );
  const labels = points.map(({ size }) =>
    `<text x="${x(size)}" y="${HEIGHT - BOTTOM + 15}" text-anchor="middle">${short(size)}</text>`
  );
  const course = points.map(({ size, value }) => `${x(size)} ${y(value)}`).join("L");
  const dots = points.map(({ size, value }) =>
    `<circle cx="${x(size)}" cy="${y(value)}" r="3" fill="#06c"><title>${short(size)}: ` +
    `${value.toFixed(1)} ${unit}</title></circle>`
  );
  return [
    `<text x="${LEFT}" y="18" font-weight="bold">${title}, ${unit}</text>`,
    ...lines,
    ...labels,
    `<path d="M${course}" fill="none" stroke="#06c" stroke-width="2"/>`,
    ...dots,
  ].join("\n");
}

/** The next value above that is easy to read, and to halve. */
function ceiling(value: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 6, 8, 10].find((it) => it * magnitude >= value) ?? 10) * magnitude;
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  if (value >= 1e4) return `${value / 1e3} k`;
  return value >= 10 || Number.isInteger(value) ? String(value) : value.toFixed(1);
}
