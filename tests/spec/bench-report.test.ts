/** The report says what the results say, and its parts are right on their own. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { PLOTS_FOLDER, fillReport } from '../../bench/support/fill-report.ts';
import { growthOutcome } from '../../bench/support/growth-outcome.ts';
import { latencyOutcome } from '../../bench/support/latency-outcome.ts';
import { ordersOutcome } from '../../bench/support/orders-outcome.ts';
import { figure, isMet, median, ratios } from '../../bench/support/outcome.ts';
import type { Plot } from '../../bench/support/outcome.ts';
import { quantiles } from '../../bench/support/quantiles.ts';
import { readResults } from '../../bench/support/results.ts';
import type { Result } from '../../bench/support/results.ts';
import { toSvg } from '../../bench/support/svg.ts';
import { toText } from '../../bench/support/table.ts';

const docs = new URL('../../docs/', import.meta.url);
const results = new URL('../../bench/results/', import.meta.url);

const BARS: Plot = {
  kind: 'bars',
  title: 'a <b> & "c"',
  unit: 'ms',
  bars: [
    { label: 'ours', value: 10, isOurs: true },
    { label: 'theirs', value: 20, isOurs: false },
  ],
};
const LINES: Plot = {
  kind: 'lines',
  title: 'cost',
  unit: 'µs',
  x: 'users',
  lines: [
    {
      label: 'event',
      points: [
        [10_000, 20],
        [1_000_000, 22],
      ],
    },
  ],
};
const RESULT: Result = {
  name: 'some',
  about: 'this and that',
  date: '2026-01-02T03:04:05.678Z',
  commit: 'abc1234',
  machine: { node: 'v20', cpus: 2, model: 'a CPU', memoryGiB: 8, os: 'Linux', loadBefore: 0.1 },
  settings: { users: 10_000 },
  figures: [figure('rate', '/s', [10, 30, 20], { atLeast: 15 })],
  plots: [BARS],
};

describe('the report', () => {
  test('is what the results make of it: else run npm run bench:report', () => {
    const text = readFileSync(new URL('performance.md', docs), 'utf8');
    const made = fillReport(text, readResults(results.pathname));
    expect(made.text).toBe(text);
    const folder = new URL(`${PLOTS_FOLDER}/`, docs);
    expect(
      readdirSync(folder)
        .filter((name) => name.endsWith('.svg'))
        .toSorted(),
    ).toEqual([...made.plots.keys()].toSorted());
    for (const [name, plot] of made.plots) expect(readFileSync(new URL(name, folder), 'utf8')).toBe(plot);
  });

  test('gets a place for a new result, and renews what stands there', () => {
    const once = fillReport('# Title\n\nHand-written.\n', [RESULT]).text;
    expect(once).toContain('Hand-written.\n\n## some\n');
    expect(once).toContain('| rate | 20/s | ≥ 15/s met | 10 · 30 · 20 |');
    expect(once).toContain('![a <b> & "c"](performance/some-1.svg)');
    expect(fillReport(once, [RESULT]).text).toBe(once);
    const changed = { ...RESULT, figures: [figure('rate', '/s', 14, { atLeast: 15 })] };
    const twice = fillReport(once, [changed]).text;
    expect(twice).toContain('| rate | 14/s | ≥ 15/s missed |  |');
    expect(twice).not.toContain('met |');
  });

  test('puts a result below what people wrote in the section of its name', () => {
    const { text } = fillReport('# Title\n\n## some\n\nWhy so.\n\n## other\n\nMore.\n', [RESULT]);
    expect(text).toMatch(/## some\n\nWhy so\.\n\n<!-- some: [^]*<!-- \/some -->\n\n## other\n\nMore\.\n$/);
    const { text: atTheEnd } = fillReport('# Title\n\n## some\n\nWhy so.\n', [RESULT]);
    expect(atTheEnd).toMatch(/Why so\.\n\n<!-- some: [^]*<!-- \/some -->\n$/);
  });
});

describe('figures', () => {
  test('are medians of their rounds, to three digits', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(figure('a', 'ms', [1.23456, 1234.56, 2])).toEqual({
      what: 'a',
      unit: 'ms',
      value: 2,
      rounds: [1.23, 1235, 2],
    });
    expect(figure('a', 'ms', 5)).toEqual({ what: 'a', unit: 'ms', value: 5 });
  });

  test('stand to their target', () => {
    expect(isMet(figure('a', 'ms', 5))).toBeNull();
    expect(isMet(figure('a', 'ms', 5, { atMost: 5 }))).toBe(true);
    expect(isMet(figure('a', 'ms', 5, { atLeast: 6 }))).toBe(false);
  });

  test('are compared round by round', () => {
    expect(ratios([10, 20], [5, 40])).toEqual([2, 0.5]);
  });

  test('are printed in columns', () => {
    const text = toText([
      figure('short', 'ms', 1.5),
      figure('much longer', '/s', [12_345, 9], { atLeast: 7000 }),
    ]);
    expect(text).toBe('  short         1.5 ms\n  much longer  6,177/s  ≥ 7,000/s missed  12,345 · 9\n');
  });

  test('quantiles are those of the sorted values', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(quantiles(values)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, max: 100 });
    expect(quantiles([7])).toEqual({ count: 1, p50: 7, p95: 7, p99: 7, max: 7 });
  });
});

describe('what rounds come to', () => {
  const round = (factor: number) => ({
    projector: { start: 1, perChange: 20 * factor, cpuPerChange: 18, peakMb: 200 },
    reader: { start: 1, perRead: 50, cpuPerRead: 45, peakMb: 150 },
  });

  test('growth: the most users against the fewest', () => {
    const found = [
      { size: 10_000, rounds: [round(1), round(1.1), round(0.9)] },
      { size: 100_000, rounds: [round(1.3)] },
    ];
    const { figures, plots } = growthOutcome(found, {});
    const ratio = figures.find(({ what }) => what === 'a change: 100,000 users to 10,000 users');
    expect(ratio).toMatchObject({ value: 1.3, target: { atMost: 1.2 } });
    expect(plots.map((plot) => toSvg(plot)).join('')).not.toMatch(/NaN|Infinity/);
    expect(growthOutcome(found.slice(0, 1), {}).figures.every(({ target }) => !target)).toBe(true);
  });

  test('latency: ours to the sink, round by round', () => {
    const took = (load: string, name: string, ms: number) => ({ load, name, found: quantiles([ms]) });
    const { figures } = latencyOutcome({
      rounds: [
        took('idle', 'document', 10),
        took('idle', 'document by the sink', 20),
        took('idle', 'document', 30),
        took('idle', 'document by the sink', 20),
      ],
      toKafka: quantiles([5]),
      settings: {},
    });
    const ratio = figures.find(({ what }) => what === "idle, document, p99: ours to the sink's");
    expect(ratio).toMatchObject({ value: 1, rounds: [0.5, 1.5], target: { atMost: 1 } });
  });

  test('orders: each load with what it met, and the renaming beside the same seconds without it', () => {
    const met = { ...quantiles([3]), rate: 17 };
    const { figures } = ordersOutcome({
      settings: {},
      measured: [
        { load: 'idle', shown: quantiles([20]), met: null },
        {
          load: 'reference load',
          shown: quantiles([40]),
          met: { writes: met, reads: met, refused: 1, failed: 0, failure: null },
        },
      ],
      renamings: [{ alone: 3, seconds: 4, reads: [6, 4], shown: [90, 30] }],
    });
    const of = (name: string) => figures.find(({ what }) => what === name);
    expect(of('idle, read, p99')).toBeUndefined();
    expect(of('reference load, read, p99')).toMatchObject({ value: 3, target: { atMost: 20 } });
    expect(of('reference load, order shown, p99')).toMatchObject({ value: 40, target: { atMost: 100 } });
    expect(of('renaming, until all orders have the name')).toMatchObject({ value: 4, target: { atMost: 5 } });
    expect(of('renaming, read, p99: with it to without')).toMatchObject({ value: 1.5 });
  });
});

describe('a plot', () => {
  test('draws bars by their value, and escapes what people wrote', () => {
    const svg = toSvg(BARS);
    expect(svg).toContain('a &lt;b> &amp; "c" (ms)</text>'.replaceAll('"', '&quot;'));
    const widths = [...svg.matchAll(/<rect class="(ours|peer)".*?width="([\d.]+)"/g)].map((m) =>
      Number(m[2]),
    );
    expect(widths).toHaveLength(2);
    expect((widths[1] ?? 0) / (widths[0] ?? 1)).toBeCloseTo(2, 2);
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  test('draws lines over a logarithmic x, and a single point as well', () => {
    expect(toSvg(LINES).match(/<circle/g)).toHaveLength(2);
    const single: Plot = { ...LINES, lines: [{ label: 'one', points: [[10, 0]] }] };
    expect(toSvg(single)).not.toMatch(/NaN|Infinity/);
    expect(toSvg({ ...BARS, bars: [{ label: 'none', value: 0, isOurs: true }] })).not.toMatch(/NaN|Infinity/);
  });
});
