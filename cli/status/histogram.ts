/** Prometheus' text form of a histogram, the difference of two looks at it, and what lies below which share of the difference. Pure. */

export interface Histogram {
  /** Upper bound (Infinity: of all) → observations at or below it, over all label sets. */
  readonly buckets: ReadonlyMap<number, number>;
  readonly count: number;
  /** Of those, with a label `status` of 5xx. */
  readonly failed: number;
}

type Labels = Readonly<Record<string, string>>;

const NOTHING: Histogram = { buckets: new Map(), count: 0, failed: 0 };

/** `counts`: whether what has these labels is to be counted. Without any such line: nothing was observed. */
export function readHistogram(
  text: string,
  name: string,
  counts: (labels: Labels) => boolean = () => true,
): Histogram {
  const buckets = new Map<number, number>();
  let [count, failed] = [0, 0];
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue;
    const [, kind, inner = '', value = ''] =
      /^(_bucket|_count)(?:\{(.*)\})? (\S+)$/.exec(line.slice(name.length)) ?? [];
    if (kind === undefined) continue;
    const labels = labelsOf(inner);
    if (!counts(labels)) continue;
    const observed = Number(value);
    if (kind === '_bucket') {
      const bound = labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
      buckets.set(bound, (buckets.get(bound) ?? 0) + observed);
      continue;
    }
    count += observed;
    if (labels['status']?.startsWith('5') === true) failed += observed;
  }
  return { buckets, count, failed };
}

function labelsOf(text: string): Labels {
  const found = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, value]));
}

/** What was observed between two looks. A process that was started anew meanwhile began at nothing: some number of it has fallen. */
export function sinceLook(before: Histogram, now: Histogram): Histogram {
  const isAnew =
    now.count < before.count ||
    now.failed < before.failed ||
    [...before.buckets].some(([bound, count]) => (now.buckets.get(bound) ?? 0) < count);
  const from = isAnew ? NOTHING : before;
  return {
    buckets: new Map(
      [...now.buckets].map(([bound, count]) => [bound, count - (from.buckets.get(bound) ?? 0)]),
    ),
    count: now.count - from.count,
    failed: now.failed - from.failed,
  };
}

export function sumOf(histograms: readonly Histogram[]): Histogram {
  const buckets = new Map<number, number>();
  for (const each of histograms)
    for (const [bound, count] of each.buckets) buckets.set(bound, (buckets.get(bound) ?? 0) + count);
  return {
    buckets,
    count: histograms.reduce((sum, { count }) => sum + count, 0),
    failed: histograms.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/**
 * Below which a share of the observations lies, as if they were spread evenly between two bounds; null: there were none. Above the last
 * finite bound nothing is known but that bound.
 */
export function quantileOf({ buckets }: Histogram, share: number): number | null {
  const sorted = [...buckets].toSorted(([a], [b]) => a - b);
  const rank = share * (sorted.at(-1)?.[1] ?? 0);
  if (rank <= 0) return null;
  let [below, lower] = [0, 0];
  for (const [bound, count] of sorted) {
    if (count >= rank) {
      if (bound === Infinity) return lower;
      return lower + ((bound - lower) * (rank - below)) / (count - below);
    }
    [below, lower] = [count, bound];
  }
  return lower;
}
