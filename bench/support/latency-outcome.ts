/** What the rounds of `latency` come to. Pure. */
import { figure, median, ratios } from './outcome.ts';
import type { Figure, Outcome, Target } from './outcome.ts';
import type { Quantiles } from './quantiles.ts';

export interface Round {
  readonly load: string;
  /** Whose time it is. */
  readonly name: string;
  readonly found: Quantiles;
}

/** In ms; the key is `<load>, <name>, <quantile>`. */
const TARGETS: Readonly<Record<string, Target>> = {
  'idle, waiting read, p50': { atMost: 15 },
  'idle, waiting read, p99': { atMost: 40 },
  'idle, polled read, p50': { atMost: 15 },
  'idle, polled read, p99': { atMost: 40 },
  'ten times its writes, waiting read, p99': { atMost: 100 },
  'ten times its writes, polled read, p99': { atMost: 100 },
};
const SHOWN = ['p50', 'p99'] as const;

export function latencyOutcome(measured: {
  readonly rounds: readonly Round[];
  readonly toKafka: Quantiles;
  readonly settings: Outcome['settings'];
}): Outcome {
  const { rounds, toKafka, settings } = measured;
  const of = (load: string, name: string, quantile: 'p50' | 'p99'): readonly number[] =>
    rounds.filter((round) => round.load === load && round.name === name).map(({ found }) => found[quantile]);
  const loads = [...new Set(rounds.map(({ load }) => load))];
  const names = [...new Set(rounds.map(({ name }) => name))];
  const figures: Figure[] = SHOWN.map((quantile) =>
    figure(`idle, Kafka consumer, ${quantile}`, 'ms', toKafka[quantile]),
  );
  for (const load of loads) {
    for (const name of names)
      for (const quantile of SHOWN) {
        const each = of(load, name, quantile);
        const what = `${load}, ${name}, ${quantile}`;
        if (each.length > 0) figures.push(figure(what, 'ms', each, TARGETS[what]));
      }
    for (const quantile of SHOWN)
      figures.push(
        figure(
          `${load}, document, ${quantile}: ours to the sink's`,
          '×',
          ratios(of(load, 'document', quantile), of(load, 'document by the sink', quantile)),
          load === 'idle' ? { atMost: 1 } : undefined,
        ),
      );
  }
  const bars = loads.flatMap((load) =>
    names
      .filter((name) => !name.startsWith('reads'))
      .flatMap((name) =>
        SHOWN.map((quantile) => ({
          label: `${load}, ${name}, ${quantile}`,
          value: median(of(load, name, quantile)),
          isOurs: !name.includes('sink'),
        })),
      ),
  );
  return { settings, figures, plots: [{ kind: 'bars', title: 'From the commit', unit: 'ms', bars }] };
}
