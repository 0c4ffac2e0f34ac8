/** What the graphs show: a value for each look of the last 15 minutes, never more than `LIMIT` of them. */
import type { StatusReport } from '../../../shared/status-report.ts';
import type { HistoryReport } from './console-api.ts';

/** A look a second for 15 minutes. */
const LIMIT = 900;
const WINDOW_SECONDS = 900;
const GAP_SECONDS = 20;

export const MEASURES = [
  'p50Ms',
  'p99Ms',
  'writtenPerSecond',
  'appliedPerSecond',
  'lagSeconds',
  'lagEvents',
  'retainedBytes',
] as const;
export type Measure = (typeof MEASURES)[number];

/** null: not known at that time. */
export type Line = Array<number | null>;

export interface Series {
  /** Seconds since 1970, ascending. */
  readonly at: number[];
  readonly lines: Readonly<Record<Measure, Line>>;
}

/** What of it is shown: all that is known, but a minute at least. In seconds since 1970. */
export function windowOf(at: readonly number[], now: number): { readonly min: number; readonly max: number } {
  const max = at.at(-1) ?? now;
  return { min: Math.max(max - WINDOW_SECONDS, Math.min(at[0] ?? max, max - 60)), max };
}

/** By the name of the read model. */
export type AllSeries = Map<string, Series>;

function emptySeries(): Series {
  return {
    at: [],
    lines: {
      p50Ms: [],
      p99Ms: [],
      writtenPerSecond: [],
      appliedPerSecond: [],
      lagSeconds: [],
      lagEvents: [],
      retainedBytes: [],
    },
  };
}

/** What the server has kept: at the page's start, and after it was away. */
export function seriesOfPast(
  past: HistoryReport,
  streamOf: (projection: string) => string | null,
): AllSeries {
  const all: AllSeries = new Map();
  const at = past.at.slice(-LIMIT).map((iso) => new Date(iso).getTime() / 1000);
  for (const [name, { p50Ms, p99Ms, appliedPerSecond, lagSeconds, lagEvents }] of Object.entries(
    past.projections,
  )) {
    const stream = past.streams[streamOf(name) ?? ''];
    const unknown = past.at.map(() => null);
    const lines = {
      p50Ms,
      p99Ms,
      appliedPerSecond,
      lagSeconds,
      lagEvents,
      writtenPerSecond: stream?.writtenPerSecond ?? unknown,
      retainedBytes: stream?.retainedBytes ?? unknown,
    };
    const series = emptySeries();
    series.at.push(...at);
    for (const measure of MEASURES) series.lines[measure].push(...lines[measure].slice(-LIMIT));
    all.set(name, series);
  }
  return all;
}

/** Adds a look in place, and forgets the oldest. One that was added before is left out. */
export function addLook(all: AllSeries, report: StatusReport): void {
  const at = new Date(report.at).getTime() / 1000;
  for (const each of report.projections) {
    const series = all.get(each.projection) ?? emptySeries();
    all.set(each.projection, series);
    if (at <= (series.at.at(-1) ?? 0)) continue;
    const stream = report.streams.find(({ stream: name }) => name === each.stream);
    const lag = 'error' in each.lag ? null : each.lag;
    const values: Record<Measure, number | null> = {
      p50Ms: each.staleness?.p50Ms ?? null,
      p99Ms: each.staleness?.p99Ms ?? null,
      writtenPerSecond: stream?.writtenPerSecond ?? each.trend?.writtenPerSecond ?? null,
      appliedPerSecond: each.trend?.appliedPerSecond ?? null,
      lagSeconds: lag?.seconds ?? null,
      lagEvents: lag?.events ?? null,
      retainedBytes: stream?.slot?.retainedBytes ?? null,
    };
    const last = series.at.at(-1);
    if (last !== undefined && at - last > GAP_SECONDS) {
      // Nothing is known of the time between: no line is drawn over it.
      series.at.push(last + 1);
      for (const measure of MEASURES) series.lines[measure].push(null);
    }
    series.at.push(at);
    for (const measure of MEASURES) series.lines[measure].push(values[measure]);
    while (series.at.length > LIMIT || at - (series.at[0] ?? at) > WINDOW_SECONDS) {
      series.at.shift();
      for (const measure of MEASURES) series.lines[measure].shift();
    }
  }
}
