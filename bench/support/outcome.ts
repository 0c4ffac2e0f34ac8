/** What a benchmark comes to: figures for a table, and plots made of them. Plain JSON, kept in bench/results/. Pure. */
export interface Outcome {
  /** What the figures depend on: sizes, rounds, connections. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly figures: readonly Figure[];
  readonly plots: readonly Plot[];
}

export interface Figure {
  readonly what: string;
  /** As it is printed behind the value: ms, /s, MB, ×. */
  readonly unit: string;
  /** The median of the rounds. */
  readonly value: number;
  /** One value a round, where there were several. */
  readonly rounds?: readonly number[];
  /** The acceptance line, where there is one. */
  readonly target?: Target;
}

export type Target = { readonly atMost: number } | { readonly atLeast: number };

export type Plot = BarPlot | LinePlot;

export interface BarPlot {
  readonly kind: 'bars';
  readonly title: string;
  readonly unit: string;
  /** `isOurs` stands out. */
  readonly bars: ReadonlyArray<{ readonly label: string; readonly value: number; readonly isOurs: boolean }>;
}

/** Over a logarithmic x. */
export interface LinePlot {
  readonly kind: 'lines';
  readonly title: string;
  readonly unit: string;
  readonly x: string;
  readonly lines: ReadonlyArray<{
    readonly label: string;
    readonly points: ReadonlyArray<readonly [x: number, y: number]>;
  }>;
}

export function figure(
  what: string,
  unit: string,
  rounds: number | readonly number[],
  target?: Target,
): Figure {
  const each = [rounds].flat().map(rounded);
  return {
    what,
    unit,
    value: rounded(median(each)),
    ...(each.length > 1 ? { rounds: each } : {}),
    ...(target ? { target } : {}),
  };
}

/** Round by round, so that what slowed a whole round down is in both. */
export function ratios(ours: readonly number[], theirs: readonly number[]): readonly number[] {
  return ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** null where there is no target. */
export function isMet({ value, target }: Figure): boolean | null {
  if (target === undefined) return null;
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}

/** Three digits say more than the machine can repeat. */
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
