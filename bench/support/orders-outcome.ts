/** What the rounds of `orders` come to. Pure. */
import type { LoadReport } from '../load/mixed.ts';
import { figure, ratios } from './outcome.ts';
import type { Figure, Outcome } from './outcome.ts';
import type { Quantiles } from './quantiles.ts';

export interface Measured {
  readonly load: string;
  /** From the commit until an order is shown, in ms. */
  readonly shown: Quantiles;
  /** null: there was none. */
  readonly met: LoadReport | null;
}

/** In ms: while the customer was renamed, and in as many seconds without it. */
type Pair = readonly [during: number, without: number];

export interface Renaming {
  /** Until every order had the new name, without load and with it. */
  readonly alone: number;
  readonly seconds: number;
  readonly reads: Pair;
  readonly shown: Pair;
}

const SHOWN_P99 = { atMost: 100 };
const FAILED = { atMost: 0 };
const READS_P99 = { atMost: 20 };
const RENAMED = { atMost: 5 };
const OTHERS = { atMost: 1.5 };

export function ordersOutcome({
  settings,
  measured,
  renamings,
}: {
  readonly settings: Outcome['settings'];
  readonly measured: readonly Measured[];
  readonly renamings: readonly Renaming[];
}): Outcome {
  const loads = [...new Set(measured.map(({ load }) => load))];
  const figures = loads.flatMap((load): readonly Figure[] => {
    const rounds = measured.filter((each) => each.load === load);
    const shown = rounds.map((each) => each.shown);
    const met = rounds.flatMap((each) => each.met ?? []);
    return [
      ...(met.length === 0
        ? []
        : [
            figure(
              `${load}, commands beside the looks`,
              '/s',
              met.map(({ writes }) => writes.rate),
            ),
            figure(
              `${load}, reads`,
              '/s',
              met.map(({ reads }) => reads.rate),
            ),
            figure(
              `${load}, requests that failed`,
              '',
              met.map(({ failed }) => failed),
              FAILED,
            ),
            figure(
              `${load}, command, p99`,
              'ms',
              met.map(({ writes }) => writes.p99),
            ),
            figure(
              `${load}, read, p50`,
              'ms',
              met.map(({ reads }) => reads.p50),
            ),
            figure(
              `${load}, read, p99`,
              'ms',
              met.map(({ reads }) => reads.p99),
              READS_P99,
            ),
          ]),
      figure(
        `${load}, order shown, p50`,
        'ms',
        shown.map(({ p50 }) => p50),
      ),
      figure(
        `${load}, order shown, p99`,
        'ms',
        shown.map(({ p99 }) => p99),
        SHOWN_P99,
      ),
    ];
  });
  const of = (which: 'reads' | 'shown', at: 0 | 1): readonly number[] =>
    renamings.map((each) => each[which][at]);
  const beside = (which: 'reads' | 'shown', what: string): readonly Figure[] => [
    figure(`renaming, ${what}, p99`, 'ms', of(which, 0)),
    figure(`the same seconds without, ${what}, p99`, 'ms', of(which, 1)),
    figure(`renaming, ${what}, p99: with it to without`, '×', ratios(of(which, 0), of(which, 1)), OTHERS),
  ];
  return {
    settings,
    figures: [
      ...figures,
      figure(
        'renaming without load, until all orders have the name',
        's',
        renamings.map(({ alone }) => alone),
        RENAMED,
      ),
      figure(
        'renaming, until all orders have the name',
        's',
        renamings.map(({ seconds }) => seconds),
        RENAMED,
      ),
      ...beside('reads', 'read'),
      ...beside('shown', 'others’ order shown'),
    ],
    plots: [],
  };
}
