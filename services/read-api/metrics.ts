/** What the reads of this process were like, for Prometheus. */
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Arrivals } from './freshness/arrivals.ts';

export interface ReadMetrics {
  answered(strategy: string, outcome: 'found' | 'not_found' | 'not_modified', stale: boolean | null): void;
  /** The same arrivals, with each wait measured. */
  measured(arrivals: Arrivals): Arrivals;
}

export interface ReadMetricsOf {
  /** Of one projection; once each. */
  of(this: void, projection: string): ReadMetrics;
}

export function createReadMetrics(registry: Registry): ReadMetricsOf {
  const registers = [registry];
  /** Counted by hand, and shown when it is asked for: the counter's own labels would cost every read a microsecond. */
  const counted = new Map<string, ReadonlyMap<string, number>>();
  const waiting = new Map<string, Arrivals>();
  const reads = new Counter({
    name: 'read_api_reads_total',
    help: 'Reads answered, by the strategy that the client chose and what was found',
    labelNames: ['strategy', 'outcome', 'projection'],
    registers: [],
    collect() {
      this.reset();
      for (const [projection, counts] of counted)
        for (const [labels, count] of counts) {
          const [strategy = '', outcome = ''] = labels.split(' ');
          this.inc({ strategy, outcome, projection }, count);
        }
    },
  });
  registry.registerMetric(reads);
  const stale = new Counter({
    name: 'read_api_stale_answers_total',
    help: 'Answers that said that they are older than the Consistency-Token asked for',
    labelNames: ['projection'],
    registers,
  });
  const waits = new Histogram({
    name: 'read_api_wait_seconds',
    help: 'Time that a read with a Consistency-Token waited for its document, in seconds',
    labelNames: ['reached', 'projection'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const waiters = new Gauge({
    name: 'read_api_waiting_readers',
    help: 'Readers that wait now for the document of their Consistency-Token',
    labelNames: ['projection'],
    registers: [],
    collect() {
      for (const [projection, arrivals] of waiting) this.set({ projection }, arrivals.size());
    },
  });
  registry.registerMetric(waiters);
  return {
    of(projection) {
      const counts = new Map<string, number>();
      counted.set(projection, counts);
      return {
        answered(strategy, outcome, isStale) {
          const labels = `${strategy} ${outcome}`;
          counts.set(labels, (counts.get(labels) ?? 0) + 1);
          if (isStale) stale.inc({ projection });
        },
        measured(arrivals) {
          waiting.set(projection, arrivals);
          return {
            ...arrivals,
            async until(token, waitMs, signal) {
              const since = performance.now();
              const outcome = await arrivals.until(token, waitMs, signal);
              const labels = { reached: String(outcome.reached), projection };
              waits.observe(labels, (performance.now() - since) / 1000);
              return outcome;
            },
          };
        },
      };
    },
  };
}
