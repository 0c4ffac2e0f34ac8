/**
 * Plots as SVG text, without a library: horizontal bars, and lines over a logarithmic x. Colours follow the reader's light or dark
 * setting, as the file does not know on which page it is shown. Pure: the same plot gives the same bytes.
 */
import type { BarPlot, LinePlot, Plot } from './outcome.ts';
import { plain } from './table.ts';

const WIDTH = 720;
const TITLE = 34;
const BAR = 22;
const GAP = 8;
const CHART = 240;
const LINE = 16;
/** Of the text, at 13 px in a sans-serif: enough room for every label is more than the exact one. */
const CHARACTER = 7.9;
const STYLE = `<style>
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}.soft{fill:#59636e}
.ours{fill:#0969da}.peer{fill:#afb8c1}.axis{stroke:#d1d9e0}
.l0{stroke:#0969da}.l1{stroke:#bc4c00}.l2{stroke:#1a7f37}.l3{stroke:#8250df}path{fill:none;stroke-width:2}
.d0{fill:#0969da}.d1{fill:#bc4c00}.d2{fill:#1a7f37}.d3{fill:#8250df}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.soft{fill:#9198a1}
.ours{fill:#4493f8}.peer{fill:#656c76}.axis{stroke:#3d444d}
.l0{stroke:#4493f8}.l1{stroke:#f0883e}.l2{stroke:#3fb950}.l3{stroke:#ab7df8}
.d0{fill:#4493f8}.d1{fill:#f0883e}.d2{fill:#3fb950}.d3{fill:#ab7df8}}
</style>`;
const COLOURS = 4;

export function toSvg(plot: Plot): string {
  return plot.kind === 'bars' ? bars(plot) : lines(plot);
}

function bars({ title, unit, bars: each }: BarPlot): string {
  const left = Math.max(...each.map(({ label }) => label.length)) * CHARACTER + 12;
  const right = Math.max(...each.map(({ value }) => plain(value).length)) * CHARACTER + 12;
  const most = Math.max(...each.map(({ value }) => value), Number.MIN_VALUE);
  const rows = each.map(({ label, value, isOurs }, at) => {
    const y = TITLE + at * (BAR + GAP);
    const width = fixed((value / most) * (WIDTH - left - right));
    return [
      text(left - 8, y + 16, label, 'text-anchor="end"'),
      `<rect class="${isOurs ? 'ours' : 'peer'}" x="${fixed(left)}" y="${y}" width="${width}" height="${BAR}" rx="2"/>`,
      text(left + Number(width) + 6, y + 16, plain(value)),
    ].join('');
  });
  return svg(`${title} (${unit})`, TITLE + each.length * (BAR + GAP), rows);
}

function lines({ title, unit, x, lines: each }: LinePlot): string {
  const points = each.flatMap((line) => line.points);
  const xs = [...new Set(points.map(([at]) => at))].toSorted((a, b) => a - b);
  const most = Math.max(...points.map(([, value]) => value), Number.MIN_VALUE) * 1.1;
  const [first = 1] = xs;
  const span = Math.log((xs.at(-1) ?? first) / first) || 1;
  const left = 20 + plain(Math.ceil(most)).length * CHARACTER;
  const right = Math.max(...each.map(({ label }) => label.length)) * CHARACTER + 20;
  const bottom = TITLE + CHART;
  const toX = (value: number): number => left + (Math.log(value / first) / span) * (WIDTH - left - right);
  const toY = (value: number): number => bottom - (value / most) * CHART;
  const ends = apart(each.map((line) => toY(line.points.at(-1)?.[1] ?? 0)));
  const parts = [
    ...[0, 0.5, 1].map((share) => {
      const y = bottom - share * CHART;
      return `<line class="axis" x1="${fixed(left)}" x2="${fixed(WIDTH - right)}" y1="${y}" y2="${y}"/>${text(left - 8, y + 4, plain(Number((share * most).toPrecision(2))), 'text-anchor="end" class="soft"')}`;
    }),
    ...xs.map((at) => text(toX(at), bottom + 18, plain(at), 'text-anchor="middle" class="soft"')),
    text((left + WIDTH - right) / 2, bottom + 38, x, 'text-anchor="middle" class="soft"'),
    ...each.map((line, index) => {
      const colour = index % COLOURS;
      const way = line.points.map(([at, value]) => `${fixed(toX(at))} ${fixed(toY(value))}`);
      const dots = line.points.map(
        ([at, value]) =>
          `<circle class="d${colour}" cx="${fixed(toX(at))}" cy="${fixed(toY(value))}" r="3.5"/>`,
      );
      const labelX = toX(line.points.at(-1)?.[0] ?? first) + 10;
      return `<path class="l${colour}" d="M${way.join('L')}"/>${dots.join('')}${text(labelX, (ends[index] ?? 0) + 4, line.label)}`;
    }),
  ];
  return svg(`${title} (${unit})`, bottom + 48, parts);
}

/** Labels of lines that end close to each other: each a line's height below the one before, from the top. */
function apart(ys: readonly number[]): readonly number[] {
  const placed = new Map<number, number>();
  let free = -Infinity;
  for (const index of [...ys.keys()].toSorted((a, b) => (ys[a] ?? 0) - (ys[b] ?? 0))) {
    const y = Math.max(ys[index] ?? 0, free);
    placed.set(index, y);
    free = y + LINE;
  }
  return ys.map((y, index) => placed.get(index) ?? y);
}

function svg(title: string, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">`,
    STYLE,
    text(8, 20, title, 'class="title"'),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}"${attributes === '' ? '' : ` ${attributes}`}>${escape(content)}</text>`;
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
