/**
 * `<time-graph>`: lines over the last minutes, drawn by uPlot on a canvas. All share one cursor. Its figures stand in the page as text, so the
 * drawing itself is hidden from screen readers. Colours are those of the page, read anew when its scheme changes.
 */
import type uPlot from 'uplot';
import type { Line } from '../data/series.ts';
import { windowOf } from '../data/series.ts';

export interface Drawing {
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  /** Of each line: an ink of the page, whether it is dashed, and whether it is measured on the right. */
  readonly looks: readonly LineLook[];
  readonly format: (value: number) => string;
  readonly formatRight?: (value: number) => string;
}

export interface LineLook {
  readonly ink: '--line-a' | '--line-b';
  readonly dashed?: boolean;
  readonly right?: boolean;
}

/** Its script stands in the page: as a module it comes three times as large. */
const Plot = (globalThis as unknown as { readonly uPlot: typeof uPlot }).uPlot;
const CURSOR = Plot.sync('readside');
const HEIGHT = 150;

export class TimeGraph extends HTMLElement {
  #plot: uPlot | null = null;
  #drawing: Drawing | null = null;
  /** Time of the last look that is drawn: looks are added in place. */
  #last: number | undefined;
  readonly #resized = new ResizeObserver(() => this.#resize());
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');
  readonly #redraw = (): void => this.#draw();

  set drawing(drawing: Drawing) {
    const before = this.#drawing;
    this.#drawing = drawing;
    if (this.#plot === null) this.#draw();
    else if (before?.at !== drawing.at || this.#last !== drawing.at.at(-1)) this.#show(this.#plot, drawing);
  }

  connectedCallback(): void {
    this.#resized.observe(this);
    this.#scheme.addEventListener('change', this.#redraw);
    document.addEventListener('themechange', this.#redraw);
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#resized.disconnect();
    this.#scheme.removeEventListener('change', this.#redraw);
    document.removeEventListener('themechange', this.#redraw);
    this.#plot?.destroy();
    this.#plot = null;
  }

  #resize(): void {
    if (this.#plot && this.clientWidth > 0 && this.#plot.width !== this.clientWidth)
      this.#plot.setSize({ width: this.clientWidth, height: HEIGHT });
  }

  #draw(): void {
    this.#plot?.destroy();
    this.#plot = null;
    const drawing = this.#drawing;
    if (!this.isConnected || drawing === null || this.clientWidth === 0) return;
    this.#plot = new Plot(this.#options(drawing), [[], ...drawing.lines.map(() => [])], this);
    this.#show(this.#plot, drawing);
  }

  #show(plot: uPlot, { at, lines }: Drawing): void {
    this.#last = at.at(-1);
    plot.batch(() => {
      plot.setData([[...at], ...lines.map((line) => [...line])], false);
      plot.setScale('x', windowOf(at, Date.now() / 1000));
    });
  }

  #options({ looks, format, formatRight }: Drawing): uPlot.Options {
    const ink = (name: string): string => this.#ink(name);
    const axis = { stroke: ink('--ink-2'), font: '11px system-ui, sans-serif', ticks: { show: false } };
    const grid = { stroke: ink('--line'), width: 1 };
    const fromZero = (_: uPlot, __: number | null, max: number | null): uPlot.Range.MinMax => [
      0,
      max === null || max <= 0 ? 1 : max * 1.12,
    ];
    const right = looks.some((look) => look.right === true);
    return {
      width: this.clientWidth,
      height: HEIGHT,
      padding: [8, right ? 0 : 8, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: CURSOR.key, setSeries: false },
        y: false,
        points: { size: 6 },
        drag: { x: false, y: false },
      },
      scales: { x: { time: true, auto: false }, y: { range: fromZero }, right: { range: fromZero } },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 22,
          gap: 4,
          space: 90,
          values: (plot, ticks) => ticks.map((tick) => clockAt(tick, plot)),
        },
        { ...axis, grid, size: 58, gap: 6, space: 34, values: (_, ticks) => ticks.map(format) },
        ...(right
          ? [
              {
                ...axis,
                scale: 'right',
                side: 1 as const,
                grid: { show: false },
                size: 48,
                gap: 6,
                space: 34,
                values: (_: uPlot, ticks: number[]) => ticks.map(formatRight ?? format),
              },
            ]
          : []),
      ],
      series: [
        {},
        ...looks.map((look) => ({
          stroke: ink(look.ink),
          width: 1.6,
          scale: look.right === true ? 'right' : 'y',
          ...(look.dashed === true ? { dash: [5, 4] } : {}),
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [(plot) => this.#tell(plot)] },
    };
  }

  /** So that the figures beside it can be those of the place that is pointed at. */
  #tell({ cursor }: uPlot): void {
    const detail = cursor.idx ?? null;
    this.dispatchEvent(new CustomEvent<number | null>('point', { detail, bubbles: true }));
  }

  /** What a custom property says is resolved for a property of an element only. */
  #ink(name: string): string {
    this.style.setProperty('outline-color', `var(${name})`);
    return getComputedStyle(this).outlineColor;
  }
}

/** With seconds, where a minute would be told several times. */
function clockAt(seconds: number, { scales }: uPlot): string {
  const { min = 0, max = 0 } = { ...scales['x'] };
  const isShort = (max ?? 0) - (min ?? 0) < 600;
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(isShort ? { second: '2-digit' } : {}),
  });
}

customElements.define('time-graph', TimeGraph);
