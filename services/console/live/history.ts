/** The looks of the last minutes, thinned for the graphs: of latencies and lag the worst of each interval, of rates the mean. Pure. */
import type { ProjectionReport, StatusReport, StreamReport } from '../../shared/status-report.ts';

const PROJECTION_SERIES = ['p50Ms', 'p99Ms', 'appliedPerSecond', 'lagSeconds', 'lagEvents'] as const;
const STREAM_SERIES = ['writtenPerSecond', 'retainedBytes'] as const;
const RATES: ReadonlySet<string> = new Set(['appliedPerSecond', 'writtenPerSecond']);

type Series<K extends string> = Readonly<Record<K, number | null>>;
type Columns<K extends string> = Readonly<Record<string, Readonly<Record<K, ReadonlyArray<number | null>>>>>;

interface Point {
  readonly at: string;
  /** How many were made one. */
  readonly looks: number;
  readonly projections: Readonly<Record<string, Series<(typeof PROJECTION_SERIES)[number]>>>;
  readonly streams: Readonly<Record<string, Series<(typeof STREAM_SERIES)[number]>>>;
}

/** By columns, each as long as `at`; null: it was not known, or not looked at. */
export interface HistoryReport {
  readonly at: readonly string[];
  readonly projections: Columns<(typeof PROJECTION_SERIES)[number]>;
  readonly streams: Columns<(typeof STREAM_SERIES)[number]>;
}

export interface History {
  add(report: StatusReport): void;
  /** Nothing could be looked at: a gap in the graphs. */
  addGap(at: Date): void;
  report(): HistoryReport;
}

export function createHistory(lengthMs: number, intervalMs: number): History {
  let points: readonly Point[] = [];
  const add = (point: Point): void => {
    const last = points.at(-1);
    const isSame = last && slotOf(last.at) === slotOf(point.at);
    const from = Date.parse(point.at) - lengthMs;
    points = [...(isSame ? points.slice(0, -1) : points), isSame ? merged(last, point) : point].filter(
      ({ at }) => Date.parse(at) > from,
    );
  };
  const slotOf = (at: string): number => Math.floor(Date.parse(at) / intervalMs);
  return {
    add: (report) => add(pointOf(report)),
    addGap: (at) => add({ at: at.toISOString(), looks: 0, projections: {}, streams: {} }),
    report: () => ({
      at: points.map(({ at }) => at),
      projections: columns(
        points.map((each) => each.projections),
        PROJECTION_SERIES,
      ),
      streams: columns(
        points.map((each) => each.streams),
        STREAM_SERIES,
      ),
    }),
  };
}

function pointOf({ at, projections, streams }: StatusReport): Point {
  return {
    at,
    looks: 1,
    projections: Object.fromEntries(projections.map((each) => [each.projection, ofProjection(each)])),
    streams: Object.fromEntries(streams.map((each) => [each.stream, ofStream(each)])),
  };
}

function ofProjection({
  staleness,
  trend,
  lag,
}: ProjectionReport): Series<(typeof PROJECTION_SERIES)[number]> {
  const known = 'error' in lag ? null : lag;
  return {
    p50Ms: staleness?.p50Ms ?? null,
    p99Ms: staleness?.p99Ms ?? null,
    appliedPerSecond: trend?.appliedPerSecond ?? null,
    lagSeconds: known?.seconds ?? null,
    lagEvents: known?.events ?? null,
  };
}

function ofStream({ writtenPerSecond, slot }: StreamReport): Series<(typeof STREAM_SERIES)[number]> {
  return { writtenPerSecond: writtenPerSecond ?? null, retainedBytes: slot?.retainedBytes ?? null };
}

function merged(before: Point, now: Point): Point {
  return {
    at: before.at,
    looks: before.looks + now.looks,
    projections: mergedOf(before.projections, now.projections, before.looks),
    streams: mergedOf(before.streams, now.streams, before.looks),
  };
}

function mergedOf<K extends string>(
  before: Readonly<Record<string, Series<K>>>,
  now: Readonly<Record<string, Series<K>>>,
  looks: number,
): Readonly<Record<string, Series<K>>> {
  const both = Object.entries(now).map(([name, series]) => {
    const values = Object.entries<number | null>(series).map(([key, value]) => {
      const old = before[name]?.[key as K] ?? null;
      return [key, RATES.has(key) ? mean(old, value, looks) : worst(old, value)];
    });
    return [name, Object.fromEntries(values) as Series<K>] as const;
  });
  return { ...before, ...Object.fromEntries(both) };
}

function worst(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function mean(old: number | null, value: number | null, looks: number): number | null {
  return old === null || value === null ? (old ?? value) : (old * looks + value) / (looks + 1);
}

function columns<K extends string>(
  points: ReadonlyArray<Readonly<Record<string, Series<K>>>>,
  keys: readonly K[],
): Columns<K> {
  const names = [...new Set(points.flatMap((each) => Object.keys(each)))].toSorted();
  const column = (name: string, key: K): ReadonlyArray<number | null> =>
    points.map((each) => each[name]?.[key] ?? null);
  const columnsOf = (name: string) =>
    Object.fromEntries(keys.map((key) => [key, column(name, key)])) as Columns<K>[string];
  return Object.fromEntries(names.map((name) => [name, columnsOf(name)]));
}
