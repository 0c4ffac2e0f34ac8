/** From the measurements of several rounds to one figure each, and what they are to one another. Pure. */
import { median } from './outcome.ts';
import type { LoadResult } from './read-load.ts';

export interface Measured extends LoadResult {
  /** What was asked, e.g. `cold`. */
  readonly name: string;
  readonly connections: number;
  /** CPU of the server's process for one answer. */
  readonly cpuMicros: number;
}

export type Medians = Readonly<Record<string, Pick<Measured, 'rate' | 'p50' | 'p99' | 'cpuMicros'>>>;

/** By `<name>@<connections>`. */
export function medians(all: readonly Measured[]): Medians {
  const names = new Set(all.map(nameOf));
  return Object.fromEntries(
    [...names].map((name) => {
      const group = all.filter((each) => nameOf(each) === name);
      return [
        name,
        {
          rate: median(group.map(({ rate }) => rate)),
          p50: median(group.map(({ p50 }) => p50)),
          p99: median(group.map(({ p99 }) => p99)),
          cpuMicros: median(group.map(({ cpuMicros }) => cpuMicros)),
        },
      ];
    }),
  );
}

function nameOf({ name, connections }: Measured): string {
  return `${name}@${connections}`;
}

/** `pairs`: which name is measured against which. */
export function ratios(
  all: Medians,
  connections: number,
  pairs: ReadonlyArray<readonly [string, string]>,
): Readonly<Record<string, number>> {
  const rateOf = (name: string): number => all[`${name}@${connections}`]?.rate ?? Number.NaN;
  return Object.fromEntries(
    pairs.map(([ours, theirs]) => [
      `${ours} / ${theirs}`,
      Math.round((100 * rateOf(ours)) / rateOf(theirs)) / 100,
    ]),
  );
}
