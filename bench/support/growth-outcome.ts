/** What the rounds of `growth` come to. Pure. */
import { figure, median } from './outcome.ts';
import type { Figure, Outcome, Target } from './outcome.ts';

export interface SizeRounds {
  readonly size: number;
  readonly rounds: ReadonlyArray<{
    /** Seconds, µs, µs and MB. */
    readonly projector: Readonly<Record<'start' | 'perChange' | 'cpuPerChange' | 'peakMb', number>>;
    readonly reader: Readonly<Record<'start' | 'perRead' | 'cpuPerRead' | 'peakMb', number>>;
  }>;
}

type Round = SizeRounds['rounds'][number];

const MEASURES: ReadonlyArray<readonly [what: string, unit: string, of: (round: Round) => number]> = [
  ['a change', 'µs', ({ projector }) => projector.perChange],
  ['a change, CPU of the projector', 'µs', ({ projector }) => projector.cpuPerChange],
  ['a read', 'µs', ({ reader }) => reader.perRead],
  ['a read, CPU of the read API', 'µs', ({ reader }) => reader.cpuPerRead],
  ['memory of the projector at most', 'MB', ({ projector }) => projector.peakMb],
  ['memory of the read API at most', 'MB', ({ reader }) => reader.peakMb],
  ['start of the projector', 's', ({ projector }) => projector.start],
  ['start of the read API', 's', ({ reader }) => reader.start],
];
/** At the most documents, to the fewest. A start varies by itself. */
const TARGETS: Readonly<Record<string, Target>> = {
  'a change': { atMost: 1.2 },
  'start of the projector': { atMost: 1.2 },
  'start of the read API': { atMost: 1.2 },
};

export function growthOutcome(found: readonly SizeRounds[], settings: Outcome['settings']): Outcome {
  const users = (size: number): string => `${size.toLocaleString('en-US')} users`;
  const [fewest] = found;
  const most = found.at(-1);
  const figures: Figure[] = MEASURES.flatMap(([what, unit, of]) => {
    const each = found.map(({ size, rounds }) => figure(`${what}, ${users(size)}`, unit, rounds.map(of)));
    if (!fewest || !most || fewest === most) return each;
    const ratio = median(most.rounds.map(of)) / median(fewest.rounds.map(of));
    const to = `${what}: ${users(most.size)} to ${users(fewest.size)}`;
    return [...each, figure(to, '×', ratio, TARGETS[what])];
  });
  const lines = (title: string, unit: string) => ({
    kind: 'lines' as const,
    title,
    unit,
    x: 'users',
    lines: MEASURES.filter((measure) => measure[1] === unit).map(([label, , of]) => ({
      label,
      points: found.map(({ size, rounds }) => [size, median(rounds.map(of))] as const),
    })),
  });
  return {
    settings,
    figures,
    plots: [lines('Time', 'µs'), lines('Memory at most', 'MB'), lines('Start', 's')],
  };
}
