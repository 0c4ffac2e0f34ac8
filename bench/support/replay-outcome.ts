/** What the rounds of the replay come to: figures beside their targets. Pure. */
import { figure, median, ratios } from './outcome.ts';
import type { Outcome } from './outcome.ts';

/** Changes a second, unless it says otherwise. */
export interface ReplayRound {
  readonly ours: number;
  /** Most memory that the projector had, MB. */
  readonly peakMb: number;
  /** CPU of the projector for each change, all its threads, in microseconds. */
  readonly cpuMicros: number;
  readonly kafkajs: number;
  readonly kafkajsAndParse: number;
  /** Documents a second, as the projector saves them. */
  readonly saves: number;
  /** Documents a second, by the driver's bulkWrite. */
  readonly bulkWrites: number;
  readonly sink: number;
  readonly naive: number;
}

export function replayOutcome(settings: Outcome['settings'], rounds: readonly ReplayRound[]): Outcome {
  const of = (what: keyof ReplayRound): readonly number[] => rounds.map((round) => round[what]);
  const bar = (label: string, what: keyof ReplayRound) => ({
    label,
    value: Math.round(median(of(what))),
    isOurs: what === 'ours',
  });
  return {
    settings,
    figures: [
      figure('ours', '/s', of('ours')),
      figure('MongoDB’s sink (flat copies, 2 tasks)', '/s', of('sink')),
      figure('naive consumer', '/s', of('naive')),
      figure('kafkajs alone', '/s', of('kafkajs')),
      figure('kafkajs and JSON.parse', '/s', of('kafkajsAndParse')),
      figure('ours to the sink', '×', ratios(of('ours'), of('sink')), { atLeast: 3 }),
      figure('ours to the naive consumer', '×', ratios(of('ours'), of('naive')), { atLeast: 60 }),
      figure('ours to kafkajs and JSON.parse', '×', ratios(of('ours'), of('kafkajsAndParse')), {
        atLeast: 0.6,
      }),
      figure('documents saved, fenced', '/s', of('saves')),
      figure('the same by bulkWrite, not fenced', '/s', of('bulkWrites')),
      figure('saves to bulkWrite', '×', ratios(of('saves'), of('bulkWrites')), { atLeast: 0.7 }),
      figure('the projector’s memory at most', 'MB', of('peakMb'), { atMost: 250 }),
      figure('the projector’s CPU for each change', 'µs', of('cpuMicros')),
    ],
    plots: [
      {
        kind: 'bars',
        title: 'Changes a second from Kafka into the read model',
        unit: '/s',
        bars: [
          bar('Readside', 'ours'),
          bar('MongoDB’s sink', 'sink'),
          bar('naive consumer', 'naive'),
          bar('kafkajs + JSON.parse, nothing saved', 'kafkajsAndParse'),
        ],
      },
    ],
  };
}
