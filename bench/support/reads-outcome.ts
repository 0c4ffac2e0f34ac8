/** What the rounds of the reads come to: figures beside their targets. Pure. */
import type { LoadReport } from '../load/mixed.ts';
import { figure, median, ratios } from './outcome.ts';
import type { Figure, Outcome, Target } from './outcome.ts';
import type { LoadResult } from './read-load.ts';

export interface Measured extends LoadResult {
  /** What was asked, e.g. `cold`. */
  readonly name: string;
  readonly connections: number;
  /** CPU of the server's process for one answer. */
  readonly cpuMicros: number;
}

/** As they are told, in this order. */
const NAMES: Readonly<Record<string, string>> = {
  cold: 'documents not read before',
  warm: 'documents at hand',
  held: '304, the reader has it',
  token: 'documents at hand, with a token',
  uncached: 'without a cache',
  'uncached token': 'without a cache, with a token',
  'page of 20': 'page of 20',
  'sql-join': 'Fastify and the SQL join',
  'find-one': 'Fastify and findOne',
  hello: 'Fastify alone',
};
const OURS: ReadonlySet<string> = new Set(['cold', 'warm', 'held']);
/** Which is measured against which, with the target at the connections that have one. */
const PAIRS: ReadonlyArray<readonly [ours: string, theirs: string, target?: Target]> = [
  ['cold', 'sql-join', { atLeast: 2 }],
  ['warm', 'sql-join', { atLeast: 4 }],
  ['held', 'hello', { atLeast: 0.8 }],
  ['cold', 'find-one'],
  ['warm', 'hello'],
];

export interface ReadRounds {
  readonly settings: Outcome['settings'];
  /** In the order of the rounds. */
  readonly measured: readonly Measured[];
  /** The connections at which the targets hold. */
  readonly main: number;
  /** Reads at three times the reference while commands go on, one a round. */
  readonly whileWriting: readonly LoadReport[];
  /** Most memory that the read API had. */
  readonly peakMb: number;
}

export function readsOutcome({ settings, measured, main, whileWriting, peakMb }: ReadRounds): Outcome {
  const at = (name: string, connections: number): readonly Measured[] =>
    measured.filter((each) => each.name === name && each.connections === connections);
  const ratesOf = (name: string, connections: number): readonly number[] =>
    at(name, connections).map(({ rate }) => rate);
  const all = [...new Set(measured.map(({ connections }) => connections))].toSorted((a, b) => a - b);
  const told = Object.entries(NAMES);
  return {
    settings,
    figures: all
      .flatMap((connections) => [
        ...told.flatMap(([name, label]): readonly Figure[] => {
          const found = at(name, connections);
          if (found.length === 0) return [];
          const what = `${label}, ${connections} connections`;
          return [
            figure(what, '/s', ratesOf(name, connections)),
            ...(connections === main
              ? [
                  figure(
                    `${what}, p99`,
                    'ms',
                    found.map(({ p99 }) => p99),
                  ),
                  figure(
                    `${what}, CPU an answer`,
                    'µs',
                    found.map(({ cpuMicros }) => cpuMicros),
                  ),
                ]
              : []),
          ];
        }),
        ...PAIRS.flatMap(([ours, theirs, target]): readonly Figure[] => {
          const mine = ratesOf(ours, connections);
          const others = ratesOf(theirs, connections);
          if (mine.length === 0 || others.length === 0) return [];
          const what = `${NAMES[ours]} to ${NAMES[theirs]}, ${connections} connections`;
          return [figure(what, '×', ratios(mine, others), connections === main ? target : undefined)];
        }),
      ])
      .concat(
        whileWriting.length === 0
          ? []
          : [
              figure(
                'three times the reference reads, while writes go on, p50',
                'ms',
                whileWriting.map(({ reads }) => reads.p50),
              ),
              figure(
                'three times the reference reads, while writes go on, p99',
                'ms',
                whileWriting.map(({ reads }) => reads.p99),
                { atMost: 20 },
              ),
            ],
        figure('the read API’s memory at most', 'MB', peakMb),
      ),
    plots: [
      {
        kind: 'bars',
        title: `Answers a second, ${main} connections`,
        unit: '/s',
        bars: told.flatMap(([name, label]) => {
          const rates = ratesOf(name, main);
          if (rates.length === 0) return [];
          return [{ label, value: Math.round(median(rates)), isOurs: OURS.has(name) }];
        }),
      },
    ],
  };
}
