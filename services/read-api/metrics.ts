/** What the reads of this process were like, for Prometheus. */
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Arrivals } from './freshness/arrivals.ts';

export interface ReadMetrics {
  answered(strategy: string, outcome: 'found' | 'not_found' | 'not_modified', stale: boolean | null): void;
  /** The same arrivals, with each wait measured. */
  measured(arrivals: Arrivals): Arrivals;
}

export function createReadMetrics(registry: Registry): ReadMetrics {
  const registers = [registry];
  /** Counted by hand, and shown when it is asked for: the counter's own labels would cost every read a microsecond. */
  const counts = new Map<string, number>();
  const reads = new Counter({
    name: 'read_api_reads_total',
    help: 'Reads answered, by the strategy that the client chose and what was found',
    labelNames: ['strategy', 'outcome'],
    registers: [],
    collect() {
      this.reset();
      for (const [labels, count] of counts) {
        const [strategy = '', outcome = ''] = labels.split(' ');
        this.inc({ strategy, outcome }, count);
      }
    },
  });
  registry.registerMetric(reads);
  const stale = new Counter({
    name: 'read_api_stale_answers_total',
    help: 'Answers that said that they are older than the Consistency-Token asked for',
    registers,
  });
  const waits = new Histogram({
    name: 'read_api_wait_seconds',
    help: 'Time that a read with a Consistency-Token waited for its document, in seconds',
    labelNames: ['reached'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  return {
    answered(strategy, outcome, isStale) {
      const labels = `${strategy} ${outcome}`;
      counts.set(labels, (counts.get(labels) ?? 0) + 1);
      if (isStale) stale.inc();
    },
    measured(arrivals) {
      const waiting = new Gauge({
        name: 'read_api_waiting_readers',
        help: 'Readers that wait now for the document of their Consistency-Token',
        registers: [],
        collect() {
          this.set(arrivals.size());
        },
      });
      registry.registerMetric(waiting);
      return {
        ...arrivals,
        async until(token, waitMs, signal) {
          const since = performance.now();
          const outcome = await arrivals.until(token, waitMs, signal);
          waits.observe({ reached: String(outcome.reached) }, (performance.now() - since) / 1000);
          return outcome;
        },
      };
    },
  };
}
